"""Routes that people without an account open: their language, the form that they send, whether they want a page.

How a page looks is in `public_pages`.
"""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from rapport_kernel.errors import Invalid, Refused
from starlette.responses import Response

from rapport_chassis.bodies import UNCLEAN
from rapport_chassis.observability import current_trace
from rapport_chassis.web.body import FormBody
from rapport_chassis.web.problems import MEDIA_TYPE, describe

L = TypeVar("L", bound=str)
FORM = FormBody.media_type
MOST_FIELDS = 50
_MOST_LANGUAGES = 20


def language_for(accepted: str | None, offered: tuple[L, ...]) -> L:
    """The language of `offered` that an Accept-Language header likes best; the first one when it likes none (RFC 9110)."""
    best: tuple[float, int] = (0.0, 0)
    chosen = offered[0]
    for place, part in enumerate((accepted or "").split(",")[:_MOST_LANGUAGES]):
        name, _, quality = part.strip().partition(";q=")
        for language in offered:
            if name.strip().lower().partition("-")[0] == language:
                weight = (_quality(quality), -place)
                if weight > best:
                    best, chosen = weight, language
    return chosen


def chosen_language(asked: str | None, accepted: str | None, offered: tuple[L, ...]) -> L:
    """The language of `offered` that was asked for (`?lang=`); where it is none of these, the one that the browser likes."""
    return next((language for language in offered if language == asked), None) or language_for(accepted, offered)


def is_form(content_type: str | None) -> bool:
    """Whether a body came from a plain HTML form."""
    return (content_type or "").partition(";")[0].strip().lower() == FORM


def wants_page(accept: str | None) -> bool:
    """Whether the caller is somebody who reads, not a program that asked for JSON."""
    return "application/json" not in (accept or "") and "problem+json" not in (accept or "")


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, the empty ones too. Raises Invalid `invalid-body` for what no form sends: bytes that are not
    percent-encoded UTF-8, a field that comes twice, control characters."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _no_form() from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or any(UNCLEAN.search(text) for pair in pairs for text in pair):
        raise _no_form()
    return fields


def problem_answer(error: Refused) -> Response:
    """A problem as of RFC 9457, for a route that answers pages and problems by itself."""
    return Response(orjson.dumps(describe(error, current_trace())), error.status, media_type=MEDIA_TYPE)


def _no_form() -> Invalid:
    return Invalid("invalid-body", "The body is not what a form sends: percent-encoded UTF-8, each field once.")


def _quality(text: str) -> float:
    try:
        value = float(text) if text else 1.0
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
