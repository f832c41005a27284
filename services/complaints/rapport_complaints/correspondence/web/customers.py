"""Links for customers without an account, and the pages that they open.

On a page nobody is signed in; the token is all that there is. A link that never was and one that was revoked are the same
404; whoever holds a used or expired link is told so: it was theirs. What was sent is shown again by one answer alone, to
whoever sent it: the form with something wrong in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from rapport_chassis.problems import register
from rapport_chassis.web import Call, Described, Public, RawBody, Router, Scope, View
from rapport_chassis.web.endpoint import known_names
from rapport_chassis.web.field_errors import invalid
from rapport_chassis.web.negotiation import chosen_language
from rapport_chassis.web.operations import On
from rapport_chassis.web.pages import FORM, is_form, read_form, wants_page
from rapport_chassis.web.public_pages import Wrong
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import FieldError, Invalid, NotAllowed, NotFound, Refused, VersionConflict
from rapport_kernel.plain_text import is_clean
from starlette.responses import Response

from rapport_complaints.correspondence.domain.letters import Language
from rapport_complaints.correspondence.domain.links import (
    LINK_LIFE,
    CustomerLink,
    LinkExpired,
    LinkPurpose,
    LinkUsed,
    Standing,
)
from rapport_complaints.correspondence.store import CustomerLinks
from rapport_complaints.correspondence.usecases.links import (
    LONGEST,
    REACHING,
    NewIntakeLink,
    NewStatusLink,
    OwnWords,
    file_by_link,
    make_intake_link,
    make_status_link,
    open_intake_link,
    revoke_link,
    show_standing,
)
from rapport_complaints.correspondence.web.customer_pages import WORDS, CustomerPages
from rapport_complaints.correspondence.web.form_view import FormView, form_view
from rapport_complaints.settings import Settings

LARGEST = 320 * 1024
"""Bytes of a form: the longest texts in Chinese, percent-encoded."""
BOTH = (Language.EN, Language.ZH)
HANDLE = Scope("complaints:handle", level=2)
Preference = Annotated[str | None, Header()]
Lang = Annotated[str | None, Query(max_length=20, description="`zh` or `en`; else as the browser likes best.")]
_OWN_WORDS = TypeAdapter(OwnWords)
_KNOWN = known_names(_OWN_WORDS)


class LinkView(View):
    """A link; its token is shown once, when it is made. `state`: `issued`, `used`, `revoked`; it may be over by
    `expires_at` before any of these. `complaint_id` is what it shows, or what was filed with it."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    purpose: Annotated[str, known(LinkPurpose)] = Field(examples=["file", "status"])
    state: Annotated[str, known(LINK_LIFE)]
    created_at: UtcTime
    expires_at: UtcTime
    used_at: UtcTime | None
    complaint_id: UUID | None
    allowed: Annotated[Allowed, acted_on(CustomerLink)]


class MadeLinkView(LinkView):
    """A link as it was made, with its address for the customer."""

    link: str


class FiledView(BaseModel):
    """The complaint has arrived; `link` shows where it stands."""

    number: str
    link: str


class StandingView(BaseModel):
    """Where a complaint stands. `promised_until` is null when nothing is promised, or it has been answered."""

    number: str
    standing: Annotated[str, known(Standing)] = Field(examples=["received"])
    promised_until: UtcTime | None


def customers_router(settings: Settings) -> Router:  # noqa: C901 - one function for each route
    """The routes; the settings say where customers reach us, and how the pages look."""
    router = Router(tags=["customers"], about="Links for customers without an account, and what they open.")
    pages = CustomerPages(settings)
    base = f"{settings.public_url.rstrip('/')}/complaints/v1"

    @router.post(
        "/intake-links", allow=Scope("complaints:file"), status=201, shown_once=True, summary="Make a link to file with"
    )
    async def post_intake_link(body: NewIntakeLink, call: Call[Work]) -> MadeLinkView:
        """With it a customer files one complaint without an account (S48). The answer holds the link, once."""
        link, token = await call.run(make_intake_link, body)
        return _made(link, f"{base}/f/{token}", call)

    @router.post(
        "/complaints/{complaint_id}/status-links",
        allow=HANDLE,
        errors=[NotFound],
        status=201,
        shown_once=True,
        summary="Make a link to where a complaint stands",
    )
    async def post_status_link(complaint_id: UUID, body: NewStatusLink, call: Call[Work]) -> MadeLinkView:
        """With it the customer sees number, standing and promised day (ISO 10002: status on request). The answer holds the
        link, once."""
        link, token = await call.run(make_status_link, complaint_id, body)
        return _made(link, f"{base}/s/{token}", call)

    @router.get("/customer-links/{link_id}", allow=Scope("complaints:read"), errors=[NotFound], summary="Show a link")
    async def show_link(link_id: UUID, call: Call[Work]) -> LinkView:
        """Whether it was used, and what was filed with it."""
        return _shown(await (await call.work()).store(CustomerLinks).get(link_id), call)

    @router.post(
        "/customer-links/{link_id}:revoke",
        allow=HANDLE,
        errors=[NotFound, NotAllowed, VersionConflict],
        summary="Void a link",
        on=On(CustomerLink),
    )
    async def post_revoke(link_id: UUID, call: Call[Work]) -> LinkView:
        """It opens nothing any more."""
        return _shown(await call.run(revoke_link, link_id), call)

    @router.get(
        "/f/{token}",
        allow=Public,
        errors=[LinkUsed, LinkExpired, "link-unknown"],
        produces=["text/html"],
        shows=FormView,
        summary="Open the form",
    )
    async def show_form(
        token: str,
        call: Call[Work],
        lang: Lang = None,
        accept: Preference = None,
        accept_language: Preference = None,
    ) -> Response:
        """The form as a page, in the language of `lang` or the one that the browser likes best; or JSON when that is asked
        for: its fields with their labels and limits, and until when it can be sent."""
        language = _language(lang, accept_language)
        try:
            link = await call.run(open_intake_link, token)
        except (NotFound, LinkUsed, LinkExpired) as error:
            return _refused(error, pages, language, page=wants_page(accept))
        if not wants_page(accept):
            return Response(form_view(link).model_dump_json(), media_type="application/json")
        return pages.form(language)

    async def opens(
        token: str,
        call: Call[Work],
        lang: Lang = None,
        content_type: Preference = None,
        accept_language: Preference = None,
    ) -> Response | None:
        """Whether the link takes a complaint; if not, what is answered before anything that was written is read."""
        try:
            await call.run(open_intake_link, token)
        except (NotFound, LinkUsed, LinkExpired) as error:
            return _refused(error, pages, _language(lang, accept_language), page=is_form(content_type))
        return None

    @router.post(
        "/f/{token}",
        allow=Public,
        first=opens,
        errors=[LinkUsed, LinkExpired, "link-unknown", "invalid-body"],
        status=201,
        produces=["text/html"],
        shows=FiledView,
        max_body=LARGEST,
        summary="File a complaint with a link",
    )
    async def post_form(
        token: str,
        body: Annotated[RawBody, Described(OwnWords, media_types=("application/json", FORM))],
        call: Call[Work],
        lang: Lang = None,
        content_type: Preference = None,
        accept_language: Preference = None,
    ) -> Response:
        """JSON, or what the form sends (S49). A link files one complaint; its channel is `web`, its time is now."""
        page, language = is_form(content_type), _language(lang, accept_language)
        given: Mapping[str, str] = {}
        try:
            given = read_form(body) if page else {}
            words = _from_form(given) if page else _from_json(body)
            complaint, status_token = await call.run(file_by_link, token, words)
        except (NotFound, LinkUsed, LinkExpired) as error:
            return _refused(error, pages, language, page=page)
        except Invalid as error:
            if not page:
                raise
            return pages.form(language, given, _worded(error, given, language), error.status)
        link = f"{base}/s/{status_token}"
        if page:
            return pages.filed(language, complaint.number, link)
        answer = FiledView(number=complaint.number, link=link)
        return Response(answer.model_dump_json(), 201, media_type="application/json")

    @router.get(
        "/s/{token}",
        allow=Public,
        errors=[LinkExpired, "link-unknown"],
        produces=["text/html"],
        shows=StandingView,
        summary="See where a complaint stands",
    )
    async def show(
        token: str,
        call: Call[Work],
        lang: Lang = None,
        accept: Preference = None,
        accept_language: Preference = None,
    ) -> Response:
        """A page, or JSON when that is asked for: number, standing in plain words, promised day. The page also says when it
        was received and what happens next."""
        page, language = wants_page(accept), _language(lang, accept_language)
        try:
            shown = await call.run(show_standing, token)
        except (NotFound, LinkExpired) as error:
            return _refused(error, pages, language, page=page)
        if page:
            return pages.standing(language, shown)
        told = StandingView(number=shown.number, standing=shown.standing, promised_until=shown.promised_until)
        return Response(told.model_dump_json(), media_type="application/json")

    return router


_shown = shown_as(LinkView)


def _made(link: CustomerLink, address: str, call: Call[Work]) -> MadeLinkView:
    return MadeLinkView(**_shown(link, call).model_dump(), link=address)


def _language(asked: str | None, accepted: str | None) -> Language:
    return chosen_language(asked, accepted, BOTH)


def _from_form(given: Mapping[str, str]) -> OwnWords:
    """What the customer wrote; fields that were left empty are none. Raises Invalid, without what it was."""
    stripped = {name: text.strip() for name, text in given.items()}
    try:
        return _OWN_WORDS.validate_python({name: text for name, text in stripped.items() if text})
    except ValidationError as error:
        raise invalid(error, "invalid-body", _KNOWN, _OWN_WORDS) from None


def _from_json(body: bytes) -> OwnWords:
    """What the customer wrote. Raises Invalid, without what it was."""
    try:
        words = _OWN_WORDS.validate_json(body)
    except ValidationError as error:
        raise invalid(error, "invalid-body", _KNOWN, _OWN_WORDS) from None
    unclean = [name for name, text in words.model_dump(exclude_none=True).items() if not is_clean(text)]
    if unclean:
        raise Invalid("invalid-body", fields=[FieldError(name, "control-character") for name in unclean])
    return words


def _worded(error: Invalid, given: Mapping[str, str], language: Language) -> Wrong:
    """All that is wrong, by field of the form in its order, in words."""
    words = WORDS[language]
    found: dict[str, str] = {}
    for each in error.fields:
        if each.code == "missing":
            found[each.path] = words["missing"]
        elif each.code in {"string-too-long", "string-too-short"} and each.path in LONGEST:
            how = "too_long" if each.code == "string-too-long" else "too_short"
            found[each.path] = words[how].format(field=words[each.path])
        elif each.path in LONGEST:
            found[each.path] = f"{words[each.path]}: {register()[each.code].detail(language.value, each.params)}"
    if given and not any(given.get(name, "").strip() for name in REACHING):
        found[REACHING[0]] = words["unreachable"]
    if not found:
        return [(None, words["unreadable"])]
    return [(name, found[name]) for name in LONGEST if name in found]


def _refused(error: Refused, pages: CustomerPages, language: Language, *, page: bool) -> Response:
    """Why the link opens nothing. Nothing was changed, so there is nothing to roll back."""
    if not page:
        raise error
    return pages.message(language, error.code, error.status)
