"""Pages for customers in the look of the company: one frame, one stylesheet, the words that all of them share.

A service keeps its own templates and words; its templates extend `page.html` and take fields from `fields.html`. A page has
no script and loads nothing: the stylesheet and the logo are in it, and the policy names the stylesheet by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from rapport_chassis.company import PAPER, PAPER_DARK, CompanySettings
from rapport_chassis.web.pages import L

LIGHT = MappingProxyType(
    {"paper": PAPER, "text": "#1b1f24", "soft": "#4b545d", "line": "#6e7781", "wrong": "#b3261e"},
)
DARK = MappingProxyType(
    {"paper": PAPER_DARK, "text": "#e8eaed", "soft": "#b0b8c0", "line": "#8b949e", "wrong": "#ff8a80"},
)
"""The colours of a page, beside the company's own; all of them can be read on its paper."""
LANGUAGES = MappingProxyType({"en": "English", "zh": "中文"})
"""The languages of pages, by their own names."""
DIRECTIONS = MappingProxyType({"en": "ltr", "zh": "ltr"})
"""Where a line of each begins; the stylesheet knows no left and right."""
SHARED = MappingProxyType(
    {
        "en": {
            "error": "Error: ",
            "again": "Nothing has been sent yet. What you wrote is below: please correct it and send it again.",
            "required": " (required)",
            "optional": " (optional)",
            "reach": "How to reach us",
            "call": "Phone: ",
            "write": "E-mail: ",
            "site": "Our website",
            "privacy": "How we handle personal data",
        },
        "zh": {
            "error": "错误：",
            "again": "内容尚未提交。您填写的内容已保留在下方，请修改后重新提交。",
            "required": "（必填）",
            "optional": "（选填）",
            "reach": "联系我们",
            "call": "电话：",
            "write": "电子邮箱：",
            "site": "我们的网站",
            "privacy": "个人信息保护说明",
        },
    }
)
"""Words that the pages of all services have in common. A service may say the same otherwise."""
Wrong = list[tuple[str | None, str]]
"""What is wrong with a form: the id of the field, None for the whole, and what to say."""


class PublicPages:
    """The pages of one service, in the look of the company that the installation serves."""

    def __init__(self, package: str, folder: str, company: CompanySettings, words: Mapping[L, Mapping[str, str]]) -> None:
        """`folder` of `package` holds the templates of the service, `words` what it says in each language."""
        self._company = company
        self._words: dict[str, dict[str, str]] = {language: {**SHARED[language], **of} for language, of in words.items()}
        sheet = sheet_for(company)
        self._headers = {"Content-Security-Policy": policy_for(sheet, images=company.company_logo is not None)}
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package, folder), PackageLoader("rapport_chassis", "web/templates")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "company": company,
            "sheet": Markup(sheet),  # noqa: S704 - a file of ours, and colours that were checked
            "names": LANGUAGES,
            "dialled": re.sub(r"[^+0-9]", "", company.company_phone or ""),
        }

    def answer(
        self,
        template: str,
        language: str,
        status: int = 200,
        *,
        title: str,
        offered: Iterable[str] = tuple(LANGUAGES),
        elsewhere: str = "",
        wrong: Wrong | None = None,
        **values: object,
    ) -> HTMLResponse:
        """The page of this template. It links to itself in the other languages `offered`, or to the page `elsewhere` where
        its own address would not show the same again; after `wrong` its title says so."""
        name = self._company.company_name_in(language)
        html = self._templates.get_template(f"{template}.html").render(
            language=language,
            direction=DIRECTIONS[language],
            words=self._words[language],
            others=[other for other in offered if other != language],
            elsewhere=elsewhere,
            company_name=name,
            title=title,
            wrong=wrong or [],
            **values,
        )
        return HTMLResponse(html, status, self._headers | {"Content-Language": language})

    def who(self, language: str) -> str:
        """Who receives what a customer writes, and why, in the words `who` or `who_named` of the service."""
        words, name = self._words[language], self._company.company_name_in(language)
        return words["who"] if name is None else words["who_named"].format(company=name)


def sheet_for(company: CompanySettings) -> str:
    """The stylesheet with the company's colours."""
    light = _properties({**LIGHT, "accent": company.company_colour})
    dark = _properties({**DARK, "accent": company.company_colour_dark})
    rules = files("rapport_chassis.web").joinpath("templates/pages.css").read_text(encoding="utf-8")
    return f":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{rules.strip()}"


def policy_for(sheet: str, *, images: bool) -> str:
    """What a page may do: use this stylesheet, show images that are in it, send forms to us."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    shown = "img-src data:; " if images else ""
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; {shown}"
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _properties(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
