"""The public route: a customer opens the link and answers. Nobody is signed in here; the token is the only credential.

A link that was never given out and one that was replaced are the same 404. A used or expired link is reported as such: its
holder was asked. What was sent is shown again by one answer alone, to whoever sent it: the form with something wrong in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Header, Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapport_chassis.company import CompanySettings
from rapport_chassis.web import Call, Described, Public, RawBody, Router
from rapport_chassis.web.field_errors import invalid
from rapport_chassis.web.negotiation import chosen_language
from rapport_chassis.web.pages import FORM, is_form, problem_answer, read_form, wants_page
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.errors import Conflict, FieldError, Invalid, NotFound, Refused
from rapport_kernel.plain_text import is_clean
from starlette.responses import Response

from rapport_satisfaction.answers.domain import Refusal
from rapport_satisfaction.answers.usecases.responses import Asked, ask, demand_link, open_invitation, receive_answer
from rapport_satisfaction.answers.web.asked import AskedView, asked_view
from rapport_satisfaction.answers.web.page import WORDS, AnswerPages, field_of
from rapport_satisfaction.surveys.domain import Definition, Language

LARGEST = 64 * 1024
BOTH: tuple[Language, ...] = ("en", "zh")


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
Lang = Annotated[str | None, Query(max_length=20, description="`zh` or `en`; else as the browser likes best.")]


def answering_router(company: CompanySettings) -> Router:  # noqa: C901 - one function for each route
    """The routes; the settings say how the pages look."""
    router = Router(prefix="/r", tags=["answering"], about="The public page of a survey: its questions, and the answer.")
    pages = AnswerPages(company)

    @router.get(
        "/{token}",
        allow=Public,
        errors=[Gone, "link-unknown", "duplicate"],
        produces=["text/html"],
        shows=AskedView,
        summary="Open a survey",
    )
    async def show(
        token: str, call: Call[Work], lang: Lang = None, accept: Preference = None, accept_language: Preference = None
    ) -> Response:
        """The form as a page, in the language of the survey that is asked for by `lang` or that the browser prefers; or JSON
        when that is asked for, with what a page of your own needs: title, questions, scales, languages, and until when."""
        reader = _Reader(call, pages, lang, accept_language, page=wants_page(accept))
        try:
            found = await call.run(ask, token)
        except NotFound:
            return reader.unknown()
        if not isinstance(found, Asked):
            return reader.refused(Refusal(found))
        if reader.page:
            return pages.form(found.definition, reader.language(found.definition))
        return Response(asked_view(found).model_dump_json(), media_type="application/json")

    async def opens(
        token: str,
        call: Call[Work],
        lang: Lang = None,
        content_type: Preference = None,
        accept_language: Preference = None,
    ) -> Response | None:
        """Whether there is such a link; if not, what is answered before an answer is read. That of a used or expired link is
        read, and counted among those that do not count."""
        try:
            await call.run(demand_link, token)
        except NotFound:
            return _Reader(call, pages, lang, accept_language, page=is_form(content_type)).unknown()
        return None

    @router.post(
        "/{token}",
        allow=Public,
        first=opens,
        errors=[
            *(Gone, "link-unknown", "duplicate", "invalid-body"),
            *("comment-too-long", "blank", "out-of-scale", "unknown-question"),
        ],
        produces=["text/html"],
        shows=Thanks,
        max_body=LARGEST,
        summary="Answer a survey",
    )
    async def answer(
        token: str,
        body: Annotated[RawBody, Described(AnswerBody, media_types=("application/json", FORM))],
        call: Call[Work],
        lang: Lang = None,
        content_type: Preference = None,
        accept_language: Preference = None,
    ) -> Response:
        """JSON, or the form. One answer for each link. An answer that does not count (off the scale, blank, a second
        one, too late, a question that was not asked) is a 4xx that says why; it is counted under `excluded`."""
        reader = _Reader(call, pages, lang, accept_language, page=is_form(content_type))
        given = read_form(body) if reader.page else _read_json(body)
        try:
            found = await call.run(receive_answer, token, given)
        except NotFound:
            return reader.unknown()
        except Invalid as error:
            definition = await _definition(call, token) if reader.page else None
            if definition is None:
                raise
            return reader.again(definition, given, error.status, "too_long", error.fields[0].path.removeprefix("answers."))
        if isinstance(found, Refusal):
            definition = await _definition(call, token) if reader.page else None
            return reader.refused(found, definition, given)
        if reader.page:
            return pages.message("thanks", reader.language(found))
        return Response(Thanks().model_dump_json(), 200, media_type="application/json")

    return router


class _Reader:
    """Who is answered: on a page in their language, or a program with a problem."""

    def __init__(self, call: Call[Work], pages: AnswerPages, asked: str | None, accepted: str | None, *, page: bool) -> None:
        self.page, self._call = page, call
        self._pages, self._asked, self._accepted = pages, asked, accepted

    def language(self, definition: Definition | None = None) -> Language:
        """The one of the survey that they like best, of all when there is none to show."""
        offered = BOTH if definition is None else definition.languages()
        return chosen_language(self._asked, self._accepted, offered)

    def unknown(self) -> Response:
        """There is no such link."""
        if self.page:
            return self._pages.message("unknown", self.language(), 404)
        return problem_answer(NotFound("link-unknown"), self._call)

    def refused(
        self, refusal: Refusal, definition: Definition | None = None, given: Mapping[str, object] | None = None
    ) -> Response:
        """The answer does not count; with a survey that is still open they can correct it."""
        error = _error(refusal)
        if not self.page:
            return problem_answer(error, self._call)
        if definition is not None:
            return self.again(definition, given or {}, error.status, refusal.reason, refusal.question)
        return self._pages.message(refusal.reason, self.language(), error.status)

    def again(
        self, definition: Definition, given: Mapping[str, object], status: int, says: str, question: str | None
    ) -> Response:
        """The form with what they answered, and what is wrong with it."""
        language = self.language(definition)
        target = None if question is None else field_of(definition, question)
        wrong = [(target, WORDS[language][says])]
        return self._pages.form(definition, language, given=given, wrong=wrong, status=status)


def _read_json(body: bytes) -> Mapping[str, object]:
    try:
        answers = _BODY.validate_json(body).answers
    except ValidationError as error:
        raise invalid(error, "invalid-body", AnswerBody.model_fields, _BODY) from None
    if any(not is_clean(text) for pair in answers.items() for text in pair if isinstance(text, str)):
        raise Invalid("invalid-body", fields=[FieldError("answers", "control-character")])
    return cast("Mapping[str, object]", answers)


async def _definition(call: Call[Work], token: str) -> Definition | None:
    found = await call.run(open_invitation, token)
    return found if isinstance(found, Definition) else None


def _error(refusal: Refusal) -> Refused:
    if refusal.reason is RejectionReason.DUPLICATE:
        return Conflict("duplicate")
    if refusal.reason is RejectionReason.EXPIRED:
        return Gone()
    code = refusal.reason.replace("_", "-")
    return Invalid.at(f"answers.{refusal.question}" if refusal.question else "answers", code)
