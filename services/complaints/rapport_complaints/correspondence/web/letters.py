"""Letters and the templates that they are made of."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, PrivateAttr
from rapport_chassis.lists import Page, Paging
from rapport_chassis.vault import Erased
from rapport_chassis.web import Call, Kind, Masked, Name, Names, Person, Router, Scope, VersionedData, View, personal
from rapport_chassis.web.for_reader import mask
from rapport_chassis.web.operations import Aside
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict
from starlette.responses import Response

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.correspondence.domain.letters import VARIABLES, Language, Letter, LetterFormat, LetterTemplate
from rapport_complaints.correspondence.store import ISSUED, LETTER_TEMPLATES, LetterFilters, SealedLetter, find_letters
from rapport_complaints.correspondence.usecases.letters import (
    LetterTexts,
    NewLetter,
    NewLetterTemplate,
    Preview,
    issue_letter,
    preview_letter,
    put_letter_template,
    read_letter,
)

router = Router(tags=["letters"], about="Letters out of templates, issued and kept.")
WORDS = Scope("complaints:read", level=2)
HANDLE = Scope("complaints:handle", level=2)


class VariableView(BaseModel):
    """What a template may print."""

    name: str
    meaning: str
    sample: str


class PreviewView(BaseModel):
    """A letter as it would be."""

    template: str
    template_version: int
    media_type: Annotated[str, known(LetterFormat)]
    subject: str
    body: str


class LetterView(View):
    """A letter that was issued; it never changes."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    complaint_id: UUID
    template: str
    template_version: int
    language: Annotated[str, known(Language)]
    kind: Annotated[str, known(CommunicationKind)]
    media_type: Annotated[str, known(LetterFormat)] = Field(description="Of the body.")
    issued_at: UtcTime
    by: Person
    names: Names


class LetterDetail(LetterView):
    """A letter with its texts; name and numbers in them are masked below level 4, null once the customer is erased."""

    subject: Annotated[str | None, personal(Kind.LETTER, naming="addressed_to")]
    body: Annotated[str | None, personal(Kind.LETTER, naming="addressed_to")]
    masked: Masked
    _addressee: str | None = PrivateAttr(default=None)

    @property
    def addressed_to(self) -> str | None:
        """The name that the letter was made with; it is not shown, but masked in the texts."""
        return self._addressee

    def addressed(self, name: str | None) -> LetterDetail:
        """The same, made with that name."""
        self._addressee = name
        return self


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/letter-templates/{code}", lambda work: work.store(LETTER_TEMPLATES), LetterTemplate, NewLetterTemplate,
     put_letter_template, errors=(VersionConflict,
     "unknown-time-zone", "template-syntax", "template-not-allowed", "template-unknown-variable",
     "template-too-deep", "letter-too-large"),
     every=("find_templates", "Templates of letters with all their versions",
            "Every version of every template, by code and version."),
     one=("show_template", "The newest version of a template",
          "The newest version, or the one asked for: what was written with it stays explained by it."),
     put=("change_template", "Add a version of a template",
          "For letters issued from `effective_from` on. Loops, calls, attributes and unknown variables are refused."))
# fmt: on


@router.get("/letter-templates:variables", allow=READ, summary="What a template of a letter may print")
async def variables() -> Page[VariableView]:
    """All variables. Each is text and always there, empty when nothing is known."""
    return Page(items=[VariableView(name=name, meaning=one.meaning, sample=one.sample) for name, one in VARIABLES.items()])


@router.post(
    "/letter-templates/{code}:preview",
    allow=HANDLE,
    errors=[NotFound, "unknown-complaint", "template-not-in-force", "language-missing", "letter-too-large"],
    summary="Look at a letter",
    on=Aside("changes nothing"),
)
async def post_preview(code: Name, body: Preview, call: Call[Work]) -> PreviewView:
    """The letter as it would be, about a complaint or made up. Keeps nothing; the name is masked below level 4."""
    made = await call.run(preview_letter, code, body)
    return PreviewView(
        template=made.template.code,
        template_version=made.template.version,
        media_type=made.template.body.format,
        subject=made.subject,
        body=made.body,
    )


@router.post(
    "/complaints/{complaint_id}/letters",
    allow=HANDLE,
    errors=[
        NotFound,
        VersionConflict,
        Erased,
        "unknown-template",
        "template-not-in-force",
        "language-missing",
        "letter-too-large",
    ],
    status=201,
    summary="Issue a letter",
)
async def post_letter(complaint_id: UUID, body: NewLetter, call: Call[Work]) -> LetterView:
    """Its text is kept as it is, with the version of the template; it is recorded as a communication. It makes no move of
    the complaint's life: acknowledge, or give feedback, beside it."""
    letter = await call.run(issue_letter, complaint_id, body)
    return LetterView.model_validate(letter)


@router.get("/complaints/{complaint_id}/letters", allow=READ, errors=[NotFound], summary="Letters to a customer")
async def find_issued(
    complaint_id: UUID, filters: LetterFilters, paging: Annotated[Paging, ISSUED], call: Call[Work]
) -> Page[LetterView]:
    """Letters about a complaint without their texts, the newest first."""
    await call.read(_complaint, complaint_id)
    return (await call.read(find_letters, complaint_id, filters, paging)).map(LetterView.model_validate)


@router.get("/complaints/{complaint_id}/letters/{letter_id}", allow=WORDS, errors=[NotFound], summary="Read a letter")
async def show_letter(complaint_id: UUID, letter_id: UUID, call: Call[Work]) -> LetterDetail:
    """The letter with its texts. Every look is audited."""
    letter, texts = await call.run(read_letter, complaint_id, letter_id)
    return letter_detail(letter, texts)


@router.get(
    "/complaints/{complaint_id}/letters/{letter_id}/text",
    allow=WORDS,
    errors=[NotFound, "letter-erased"],
    produces=["text/plain"],
    sends=["Content-Language"],
    summary="The text of a letter",
)
async def show_text(complaint_id: UUID, letter_id: UUID, call: Call[Work]) -> Response:
    """The body alone, ready to print; what is HTML comes as its source. 404 once the customer is erased."""
    letter, texts = await call.run(read_letter, complaint_id, letter_id)
    shown = letter_detail(letter, texts)
    mask(shown, call.actor)
    if shown.body is None:
        raise NotFound("letter-erased")
    return Response(shown.body, media_type="text/plain", headers={"Content-Language": letter.language})


def letter_detail(letter: Letter | SealedLetter, texts: LetterTexts) -> LetterDetail:
    """A letter with its texts, in clear: they are masked for who reads it."""
    shown = LetterView.model_validate(letter).model_dump()
    return LetterDetail(**shown, subject=texts.subject, body=texts.body).addressed(texts.addressee)


async def _complaint(work: Work, complaint_id: UUID) -> None:
    await work.store(Complaints).get(complaint_id)
