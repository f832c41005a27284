"""The pages that `type` of a problem leads to: what a code means, what to do, its status and values.

Every service serves them all, at the same address, so that the origin may ask any of them.
"""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

import orjson
from fastapi import Header, Query
from rapport_kernel.errors import NotFound
from starlette.responses import Response

from rapport_chassis.problems import Entry, register
from rapport_chassis.security.scopes import Public
from rapport_chassis.sheets import LANGUAGES, Language
from rapport_chassis.web.docs import CONTENT_SECURITY, framed
from rapport_chassis.web.negotiation import chosen_language
from rapport_chassis.web.pages import wants_page
from rapport_chassis.web.problems import PROBLEM_BASE
from rapport_chassis.web.router import Router

Preference = Annotated[str | None, Header()]
Lang = Annotated[str | None, Query(max_length=20, description="`zh` or `en`; else as the caller likes best.")]
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "all": "Problems",
        "code": "Code",
        "status": "Status",
        "params": "Values",
        "todo": "What to do",
        "field": "field",
    },
    "zh": {"all": "问题代码", "code": "代码", "status": "状态码", "params": "参数", "todo": "如何处理", "field": "字段"},
}


def problem_router() -> Router:
    """`/problems` and `/problems/<code>`."""
    router = Router(prefix=PROBLEM_BASE.rstrip("/"), tags=["operation"])

    @router.get("", allow=Public, hidden=True)
    async def problems(lang: Lang = None, accept: Preference = None, accept_language: Preference = None) -> Response:
        language = _language(lang, accept_language)
        if not wants_page(accept):
            return _json({"problems": [_told(each, language) for each in register().values()]}, language)
        rows = "".join(_row(each, language) for each in register().values())
        return _html(_WORDS[language]["all"], f"<table>{rows}</table>", language)

    @router.get("/{code}", allow=Public, errors=["no-such-problem"], hidden=True)
    async def one(code: str, lang: Lang = None, accept: Preference = None, accept_language: Preference = None) -> Response:
        language, found = _language(lang, accept_language), register().get(code)
        if found is None:
            raise NotFound("no-such-problem")
        if not wants_page(accept):
            return _json(_told(found, language), language)
        return _html(found.texts[language].title, _page(found, language), language)

    return router


def _language(asked: str | None, accepted: str | None) -> Language:
    return chosen_language(asked, accepted, LANGUAGES)


def _told(entry: Entry, language: Language) -> dict[str, Any]:
    texts = entry.texts[language]
    about = {"type": PROBLEM_BASE + entry.code, "code": entry.code, "status": entry.status, "params": entry.params}
    return {**about, "title": texts.title, "detail": texts.detail, "what_to_do": texts.todo}


def _row(entry: Entry, language: Language) -> str:
    status = entry.status or _WORDS[language]["field"]
    link = f'<a href="{PROBLEM_BASE}{entry.code}"><code>{entry.code}</code></a>'
    return f"<tr><td>{link}</td><td>{status}</td><td>{escape(entry.texts[language].title)}</td></tr>"


def _page(entry: Entry, language: Language) -> str:
    words, texts = _WORDS[language], entry.texts[language]
    rows = {
        words["code"]: f"<code>{entry.code}</code>",
        words["status"]: str(entry.status or words["field"]),
        words["params"]: ", ".join(f"<code>{name}</code>" for name in entry.params) or "-",
        words["todo"]: escape(texts.todo),
    }
    cells = "".join(f'<tr><th scope="row">{name}</th><td>{shown}</td></tr>' for name, shown in rows.items())
    return f'<p>{escape(texts.detail)}</p><table>{cells}</table><p><a href="{PROBLEM_BASE[:-1]}">{words["all"]}</a></p>'


def _html(title: str, content: str, language: Language) -> Response:
    headers = {"Content-Security-Policy": CONTENT_SECURITY, "Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(framed(title, [content], language), media_type="text/html", headers=headers)


def _json(content: dict[str, Any], language: Language) -> Response:
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(orjson.dumps(content), media_type="application/json", headers=headers)
