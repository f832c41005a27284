"""Errors as the caller sees them: RFC 9457 problems with a stable type and code, and nothing that the caller sent.

`refusal` is the one table: every exception becomes an error of the kernel's tree; `problem` writes that down in the words of
the register. Front ends read `code`; `type` is `/problems/<code>`.
"""

from __future__ import annotations

import http
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, Field
from rapport_kernel.errors import (
    Conflict,
    FieldError,
    Invalid,
    NotAllowed,
    NotFound,
    RapportError,
    Refused,
    Unauthenticated,
    Unavailable,
    VersionConflict,
)

from rapport_chassis.database import is_transient, sqlstate
from rapport_chassis.problems import register
from rapport_chassis.sheets import Language
from rapport_chassis.web.answer import Answer

PROBLEM_BASE = "/problems/"
"""What `type` begins with: a relative reference (RFC 9457, 3.1.1), which leads to the page of the origin that answered."""
MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 20


class MethodNotAllowed(Refused):
    """The resource has no such method."""

    status = 405
    code = "method-not-allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        """`allowed` are the methods that it has."""
        super().__init__(methods=allowed)
        self.allowed = tuple(allowed)


class NoSuchAction(NotFound):
    """There is no such action here."""

    code = "no-such-action"

    def __init__(self, actions: Sequence[str]) -> None:
        """`actions` are those that there are."""
        super().__init__(actions=list(actions))
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
    code = "body-too-slow"


class BadRequest(Refused):
    """The request is not well-formed."""

    status = 400
    code = "bad-request"


class FieldProblem(BaseModel):
    """One wrong field."""

    path: str = Field(description="Names of known fields and positions in lists, with dots between; empty: the whole body.")
    code: str = Field(description="Stable, kebab-case.")
    message: str = Field(description="For people, in the language of the answer.")
    params: dict[str, Any] | None = Field(default=None, description="The values in the message, for texts of your own.")


class Problem(BaseModel):
    """A problem as of RFC 9457. Nothing in it was sent by the caller. Texts are in the language that `Accept-Language` likes
    best, `en` or `zh`; `Content-Language` names it."""

    type: str = Field(description="`/problems/<code>`: stable, and the address of a page about this kind of problem.")
    title: str
    status: int
    code: str = Field(description="Stable code for programs, kebab-case.")
    detail: str | None = None
    params: dict[str, Any] | None = Field(default=None, description="The values in `detail`, for texts of your own.")
    trace_id: str | None = Field(default=None, description="Say this when you ask for help.")
    errors: list[FieldProblem] | None = None
    state: str | None = Field(default=None, description="`not-allowed`, `version-conflict`: the state it is in.")
    allowed: list[str] | None = Field(
        default=None, description="`not-allowed`, `version-conflict`: the moves that this state has."
    )
    actions: list[str] | None = Field(default=None, description="`no-such-action`: the actions that there are.")


def problem(error: RapportError, trace_id: str | None = None, language: Language = "en") -> Answer:
    """The answer that says `error`."""
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if (retry_after := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(max(1, retry_after))
    if (challenge := _challenge(error)) is not None:
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, VersionConflict) and error.version is not None:
        headers["ETag"] = f'"{error.version}"'
    body = orjson.dumps(describe(error, trace_id, language), default=str)
    return Answer(error.status, body, MEDIA_TYPE, headers)


def _challenge(error: RapportError) -> str | None:
    """What a refused token is told (RFC 6750, 3.1); who sent none hears of no error."""
    if error.status == http.HTTPStatus.UNAUTHORIZED:
        return "Bearer" if error.code == Unauthenticated.code else 'Bearer error="invalid_token"'
    if error.code == "scope-missing":
        return f'Bearer error="insufficient_scope", scope="{error.params["scope"]}"'
    return 'Bearer error="insufficient_scope"' if error.code == "level-too-low" else None


def describe(error: RapportError, trace_id: str | None = None, language: Language = "en") -> dict[str, Any]:
    """The members of the problem. A code that the register does not know says what its class says, in English."""
    entry = register().get(error.code)
    title = (type(error).__doc__ or "").split("\n", 1)[0].rstrip(".")
    found: dict[str, Any] = {
        "type": PROBLEM_BASE + error.code,
        "title": title if entry is None else entry.texts[language].title,
        "status": error.status,
        "code": error.code,
        "detail": error.message if entry is None else entry.detail(language, error.params),
    }
    if error.params and not isinstance(error, NotAllowed | NoSuchAction):
        found["params"] = dict(error.params)
    if trace_id is not None:
        found["trace_id"] = trace_id
    if isinstance(error, Invalid) and error.fields:
        found["errors"] = [_field(each, language) for each in error.fields]
    if isinstance(error, NotAllowed | VersionConflict) and error.state:
        found["state"], found["allowed"] = error.state, list(error.allowed)
    if isinstance(error, NoSuchAction):
        found["actions"] = list(error.actions)
    return found


def _field(error: FieldError, language: Language) -> dict[str, Any]:
    entry = register().get(error.code)
    message = error.message if entry is None else entry.detail(language, error.params)
    found = {"path": error.path, "code": error.code, "message": message}
    return {**found, "params": dict(error.params)} if error.params else found


def refusal(error: Exception) -> RapportError:
    """The error of the kernel's tree that stands for any exception; `internal` (500) for what nobody foresaw."""
    if isinstance(error, RapportError):
        return error
    if is_transient(error):
        return Unavailable("try-again")
    state = sqlstate(error)
    if state == "23505":
        return Conflict("already-exists")
    if state == "23503":
        return Conflict("still-in-use")
    if state is not None and state.startswith("22"):
        return Invalid("value-not-storable")
    return RapportError("internal")


def example(code: str) -> Mapping[str, Any]:
    """What a problem of this code looks like, for the document: the values in its sentence are left out."""
    entry, trace = register()[code], "4bf92f3577b34da6a3ce929d0e0e4736"
    if code in _EXAMPLES:
        return describe(_EXAMPLES[code], trace)
    texts = entry.texts["en"]
    found = {"type": PROBLEM_BASE + code, "title": texts.title, "status": entry.status, "code": code}
    return {**found, "detail": entry.detail("en", {}), "trace_id": trace}


_EXAMPLES: dict[str, RapportError] = {
    "not-allowed": NotAllowed("closed", "accept", ["reopen"]),
    "version-conflict": VersionConflict(7, "closed"),
    "invalid-body": Invalid("invalid-body", fields=[FieldError("opened_at", "missing")]),
}
