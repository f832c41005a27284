"""Routes that people without an account open: their language, the form that they send, whether they want a page.

How a page looks is in `public_pages`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from rapport_kernel.errors import Invalid, Refused
from rapport_kernel.plain_text import is_clean
from starlette.responses import Response

from rapport_chassis.observability import trace_id
from rapport_chassis.web.body import FormBody
from rapport_chassis.web.call import Call
from rapport_chassis.web.problems import problem

FORM = FormBody.media_type
MOST_FIELDS = 50


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
    if len(fields) != len(pairs) or any(not is_clean(text) for pair in pairs for text in pair):
        raise _no_form()
    return fields


def problem_answer(error: Refused, call: Call[Any]) -> Response:
    """A problem as of RFC 9457, for a route that answers pages and problems by itself."""
    answer = problem(error, trace_id(call.cause.traceparent), call.language)
    return Response(answer.body, answer.status, answer.headers, answer.media_type)


def _no_form() -> Invalid:
    return Invalid("invalid-body")
