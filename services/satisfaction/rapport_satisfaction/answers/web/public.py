"""The public route: a customer opens the link and answers. Nobody is signed in here; the token is the only credential.

A link that was never given out and one that was replaced are the same 404. A used or expired link is reported as such: its
holder was asked. No answer ever shows anything that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Header
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapport_chassis.bodies import UNCLEAN
from rapport_chassis.web import Call, Described, Public, RawBody, Router
from rapport_chassis.web.field_errors import invalid
from rapport_chassis.web.negotiation import language_for
from rapport_chassis.web.pages import FORM, is_form, problem_answer, read_form, wants_page
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.errors import Conflict, FieldError, Invalid, NotFound, Refused
from starlette.responses import Response

from rapport_satisfaction.answers.domain import Refusal
from rapport_satisfaction.answers.usecases.responses import open_invitation, receive_answer
from rapport_satisfaction.answers.web.page import WORDS, form_page, message_page
from rapport_satisfaction.surveys.domain import Definition, Language

LARGEST = 64 * 1024
BOTH: tuple[Language, ...] = ("en", "zh")

router = Router(prefix="/r", tags=["answering"])


class Gone(Refused):
    """The time for this answer is over."""

    status = 410
    code = "expired"


class AnswerBody(BaseModel, extra="forbid", allow_inf_nan=False):
    """The answers by question key; numbers may come as text. A form sends the same keys as fields."""

    answers: dict[str, str | int | float | None] = Field(max_length=50, examples=[{"score": 9, "comment": "quick"}])


class Thanks(BaseModel):
    """The answer has arrived."""

    status: str = "received"


_BODY = TypeAdapter(AnswerBody)
Preference = Annotated[str | None, Header()]


@router.get(
    "/{token}",
    allow=Public,
    errors=[Gone, "link-unknown", "duplicate"],
    produces=["text/html"],
    summary="Open a survey",
)
async def show(token: str, call: Call[Work], accept: Preference = None, accept_language: Preference = None) -> Response:
    """The form as a page, in the language of the survey that the browser prefers."""
    try:
        found = await call.run(open_invitation, token)
    except NotFound:
        return _unknown(call, wants_page(accept), accept_language)
    if isinstance(found, Definition):
        return form_page(found, language_for(accept_language, found.languages()))
    return _refused(call, Refusal(found), None, page=wants_page(accept), accepted=accept_language)


@router.post(
    "/{token}",
    allow=Public,
    errors=[
        Gone,
        "link-unknown",
        "duplicate",
        "invalid-body",
        "comment-too-long",
        "blank",
        "out-of-scale",
        "unknown-question",
    ],
    produces=["text/html"],
    max_body=LARGEST,
    summary="Answer a survey",
)
async def answer(
    token: str,
    body: Annotated[RawBody, Described(AnswerBody, media_types=("application/json", FORM))],
    call: Call[Work],
    content_type: Preference = None,
    accept_language: Preference = None,
) -> Response:
    """JSON, or the form. One answer for each link. An answer that does not count (off the scale, blank, a second
    one, too late, a question that was not asked) is a 4xx that says why; it is counted under `excluded`."""
    page = is_form(content_type)
    given = read_form(body) if page else _read_json(body)
    try:
        found = await call.run(receive_answer, token, given)
    except NotFound:
        return _unknown(call, page, accept_language)
    except Invalid as error:
        if not page:
            raise
        return await _again(call, token, accept_language, error)
    if isinstance(found, Refusal):
        definition = await _definition(call, token) if page else None
        return _refused(call, found, definition, page=page, accepted=accept_language)
    if page:
        return message_page("thanks", language_for(accept_language, found.languages()), 200)
    return Response(Thanks().model_dump_json(), 200, media_type="application/json")


def _read_json(body: bytes) -> Mapping[str, object]:
    try:
        answers = _BODY.validate_json(body).answers
    except ValidationError as error:
        raise invalid(error, "invalid-body", AnswerBody.model_fields, _BODY) from None
    if any(UNCLEAN.search(text) for pair in answers.items() for text in pair if isinstance(text, str)):
        raise Invalid("invalid-body", fields=[FieldError("answers", "control-character")])
    return cast("Mapping[str, object]", answers)


def _unknown(call: Call[Work], page: bool, accepted: str | None) -> Response:
    if page:
        return message_page("unknown", language_for(accepted, BOTH), 404)
    return problem_answer(NotFound("link-unknown"), call)


async def _definition(call: Call[Work], token: str) -> Definition | None:
    found = await call.run(open_invitation, token)
    return found if isinstance(found, Definition) else None


async def _again(call: Call[Work], token: str, accepted: str | None, error: Invalid) -> Response:
    definition = await _definition(call, token)
    if definition is None:
        raise error
    language = language_for(accepted, definition.languages())
    return form_page(definition, language, problem=WORDS[language]["too_long"], status=422)


def _refused(
    call: Call[Work], refusal: Refusal, definition: Definition | None, *, page: bool, accepted: str | None
) -> Response:
    error = _error(refusal)
    if not page:
        return problem_answer(error, call)
    if definition is not None:
        language = language_for(accepted, definition.languages())
        return form_page(definition, language, wrong=refusal, status=error.status)
    return message_page(refusal.reason, language_for(accepted, BOTH), error.status)


def _error(refusal: Refusal) -> Refused:
    if refusal.reason is RejectionReason.DUPLICATE:
        return Conflict("duplicate")
    if refusal.reason is RejectionReason.EXPIRED:
        return Gone()
    code = refusal.reason.replace("_", "-")
    return Invalid.at(f"answers.{refusal.question}" if refusal.question else "answers", code)
