"""Errors as the caller sees them: RFC 9457 problems with a stable type and code, and nothing that the caller sent.

`refusal` is the one table: every exception becomes an error of the kernel's tree; `problem` writes that down. Front ends
read `code`; `type` is `https://rapport.dev/problems/<code>`.
"""

from __future__ import annotations

import http
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from rapport_kernel.errors import (
    Conflict,
    FieldError,
    Invalid,
    NotAllowed,
    NotFound,
    RapportError,
    Refused,
    Unavailable,
)

from rapport_chassis.database import is_transient, sqlstate
from rapport_chassis.web.answer import Answer

PROBLEM_BASE = "https://rapport.dev/problems/"
MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 20

ECHOING = {
    "date_from_datetime_parsing": "This should be a date, YYYY-MM-DD.",
    "date_parsing": "This should be a date, YYYY-MM-DD.",
    "datetime_from_date_parsing": "This should be a time with an offset, as of RFC 3339.",
    "datetime_object_invalid": "This should be a time with an offset, as of RFC 3339.",
    "datetime_parsing": "This should be a time with an offset, as of RFC 3339.",
    "time_delta_parsing": "This should be a duration, as of ISO 8601.",
    "time_parsing": "This should be a time of day.",
    "timezone_offset": "This time has another offset than it should.",
    "url_parsing": "This should be a URL.",
    "url_syntax_violation": "This should be a URL.",
    "uuid_parsing": "This should be a UUID.",
    **dict.fromkeys(
        (
            "assertion_error",
            "bytes_invalid_encoding",
            "get_attribute_error",
            "iteration_error",
            "json_invalid",
            "mapping_type",
            "no_such_attribute",
            "union_tag_invalid",
            "value_error",
        ),
        "This value is not valid.",
    ),
}
"""Pydantic's errors whose own text may hold what was sent, and what is said instead; others speak of our schema only."""


class MethodNotAllowed(Refused):
    """The resource has no such method."""

    status = 405
    code = "method-not-allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        """`allowed` are the methods that it has."""
        super().__init__(None, "The address exists, but not with this method; see Allow.")
        self.allowed = tuple(allowed)


class NoSuchAction(NotFound):
    """There is no such action here."""

    code = "no-such-action"

    def __init__(self, actions: Sequence[str]) -> None:
        """`actions` are those that there are."""
        super().__init__(None, f"There is no such action; there are: {', '.join(actions)}.")
        self.actions = tuple(actions)


class UnsupportedMedia(Refused):
    """The body is not of a type that is read here."""

    status = 415
    code = "unsupported-media-type"


class HeadersTooLarge(Refused):
    """The head of the request is larger than allowed."""

    status = 431
    code = "headers-too-large"


class TooSlow(Refused):
    """The request was not complete in time."""

    status = 408
    code = "too-slow"


class BadRequest(Refused):
    """The request is not well-formed."""

    status = 400
    code = "bad-request"


class FieldProblem(BaseModel):
    """One wrong field."""

    path: str = Field(description="Names of known fields and positions in lists, with dots between.")
    code: str = Field(description="Stable, kebab-case.")
    message: str


class Problem(BaseModel):
    """A problem as of RFC 9457. Nothing in it was sent by the caller."""

    type: str = Field(description="Stable URI of the kind of problem.")
    title: str
    status: int
    code: str = Field(description="Stable code for programs, kebab-case.")
    detail: str | None = None
    trace_id: str | None = Field(default=None, description="Say this when you ask for help.")
    errors: list[FieldProblem] | None = None
    state: str | None = Field(default=None, description="`not-allowed`: the state it is in.")
    allowed: list[str] | None = Field(default=None, description="`not-allowed`: the operations that this caller can use.")
    actions: list[str] | None = Field(default=None, description="`no-such-action`: the actions that there are.")


def problem(error: RapportError, trace_id: str | None = None) -> Answer:
    """The answer that says `error`."""
    headers: dict[str, str] = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, retry_after))
    if error.status == http.HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    body = orjson.dumps(describe(error, trace_id))
    return Answer(error.status, body, MEDIA_TYPE, headers)


def describe(error: RapportError, trace_id: str | None = None) -> dict[str, Any]:
    """The members of the problem."""
    title = (type(error).__doc__ or "").split("\n", 1)[0].rstrip(".")
    found: dict[str, Any] = {
        "type": PROBLEM_BASE + error.code,
        "title": title,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
    }
    if trace_id is not None:
        found["trace_id"] = trace_id
    if isinstance(error, Invalid) and error.fields:
        found["errors"] = [{"path": f.path, "code": f.code, "message": f.message} for f in error.fields]
    if isinstance(error, NotAllowed):
        found["state"], found["allowed"] = error.state, list(error.allowed)
    if isinstance(error, NoSuchAction):
        found["actions"] = list(error.actions)
    return found


def refusal(error: Exception) -> RapportError:
    """The error of the kernel's tree that stands for any exception; `internal` (500) for what nobody foresaw."""
    if isinstance(error, RapportError):
        return error
    if is_transient(error):
        return Unavailable("try-again", "A part that is needed does not answer at the moment.")
    state = sqlstate(error)
    if state == "23505":
        return Conflict("already-exists", "There is one already.")
    if state == "23503":
        return Conflict("still-in-use", "Something that this refers to is not there, or something still refers to this.")
    if state is not None and state.startswith("22"):
        return Invalid("value-not-storable", "A value is out of the range that can be stored.")
    return RapportError("internal", "Something went wrong on our side; it has been logged.")


def invalid(error: ValidationError, code: str, known: Collection[str]) -> Invalid:
    """What pydantic found, without what was sent: `known` are the field names that may be shown."""
    found = error.errors(include_url=False, include_input=False, include_context=True)
    fields = [FieldError(_path(one, known), one["type"].replace("_", "-"), _message(one)) for one in found[:MOST_FIELDS]]
    return Invalid(code, "Some fields are not valid.", fields)


def _path(error: ErrorDetails, known: Collection[str]) -> str:
    steps: Iterable[int | str] = error["loc"]
    if error["type"] == "extra_forbidden":
        steps = error["loc"][:-1]
    return ".".join(str(step) if isinstance(step, int) or step in known else "*" for step in steps)


def _message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "There is a field here that is not known."
    return ECHOING.get(error["type"], error["msg"])


def example(error: type[RapportError]) -> Mapping[str, Any]:
    """What a problem of this kind looks like, for the document."""
    made = _EXAMPLES.get(error)
    return describe(made if made is not None else error(), "4bf92f3577b34da6a3ce929d0e0e4736")


_EXAMPLES: dict[type[RapportError], RapportError] = {
    NotAllowed: NotAllowed("closed", "accept", ["reopen"]),
    Invalid: Invalid("invalid-body", "Some fields are not valid.", [FieldError("opened_at", "missing", "Field required")]),
}
