"""Letters: issue one from a template, read one, and change the templates (S54)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.security.kinds import Kind, shown_to
from rapport_chassis.vault import Box
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version, in_force

from rapport_complaints.cases.domain.communication import Communication
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.communications import Communications
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.communications import we_contacted_customer
from rapport_complaints.correspondence.domain.letters import Language, Letter, LetterTemplate, Written, samples, values_of
from rapport_complaints.correspondence.store import LETTER_TEMPLATES, Letters, SealedLetter

SUBJECT, BODY, ADDRESSEE = "letters.subject", "letters.body", "letters.addressee"
"""The places that a letter's texts are sealed for."""


class Writing(Body):
    """What the writer says about a letter."""

    language: Language
    version: int | None = Field(default=None, ge=1, description="Of the template; null: the one in force.")
    message: str = Field(default="", max_length=5_000, description="The variable `message`; stored encrypted in the letter.")
    signature: str = Field(default="", max_length=200, description="The variable `signature`.")


class Preview(Writing):
    """A letter to look at. Without a complaint its variables are made up."""

    model_config = example({"language": "en", "message": "The depot is still searching.", "signature": "Customer Care"})

    complaint_id: UUID | None = None


class NewLetter(Writing):
    """A letter to send."""

    model_config = example(
        {
            "template": "update",
            "language": "zh",
            "channel": "letter",
            "message": "仓库仍在查找您的包裹。",
            "signature": "客户关怀部",
        }
    )

    template: NewCode
    channel: Channel = Field(description="By what means it goes out.")


@dataclass(frozen=True, slots=True)
class Made:
    """A letter as it would be."""

    template: Version[LetterTemplate]
    subject: str
    body: str


async def preview_letter(work: Work, code: str, command: Preview) -> Made:
    """The letter as it would be; keeps nothing. The name is masked by the level of the one who looks.

    Raises NotFound, Invalid `unknown-complaint`, `template-not-in-force`, `language-missing`, `letter-too-large`.
    """
    template = await _template(work, code, command.version)
    values = samples() | {name: text for name in ("message", "signature") if (text := getattr(command, name))}
    if command.complaint_id is not None:
        try:
            complaint = await work.store(Complaints).get(command.complaint_id)
        except NotFound:
            raise Invalid.at("complaint_id", "unknown-complaint") from None
        name = shown_to(work.actor, Kind.NAME, await name_of(work, complaint)) or ""
        values = values_of(
            template.body, command.language, complaint, Written(name, command.message, command.signature), work.now
        )
        await work.audit("letter.preview", f"complaint:{complaint.id}", detail={"level": work.actor.level})
    subject, body = template.body.make(command.language, values)
    return Made(template, subject, body)


async def issue_letter(work: Work, complaint_id: UUID, command: NewLetter) -> Letter:
    """Issue it: the text is kept as it is, with the version of its template, and recorded as a communication.

    Raises NotFound, VersionConflict (If-Match is the complaint's), Erased, Invalid as `preview_letter`.
    """
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    try:
        template = await _template(work, command.template, command.version)
    except NotFound:
        raise Invalid.at("template", "unknown-template") from None
    name = await name_of(work, complaint)
    written = Written(name, command.message, command.signature)
    subject, body = template.body.make(
        command.language, values_of(template.body, command.language, complaint, written, work.now)
    )
    key = complaint.keyed_by
    box = await work.vault.open_for([key])
    letter = Letter(
        id=new_id(),
        complaint_id=complaint.id,
        template=template.code,
        template_version=template.version,
        language=command.language,
        kind=template.body.kind,
        media_type=template.body.format,
        issued_at=work.now,
        by=str(work.actor),
        subject=box.seal(key, SUBJECT, subject),
        body=box.seal(key, BODY, body),
        addressee=box.seal(key, ADDRESSEE, name) if name else None,
    )
    letter.issue(complaint.customer_id)
    work.store(Letters).add(letter)
    await we_contacted_customer(work, complaint, letter.issued_at)
    _record(work, complaint, letter, command.channel)
    await work.audit("letter.issue", f"complaint:{complaint.id}", detail={"letter_id": str(letter.id)})
    return letter


async def name_of(work: Work, complaint: Complaint) -> str:
    """The customer's name as given; empty when none was given or the customer was erased."""
    box = await work.vault.open_for([complaint.keyed_by], create=False)
    contact = box.read(complaint.keyed_by, "complaints.contact", complaint.contact)
    return "" if contact is None else str(orjson.loads(contact).get("name") or "")


def _record(work: Work, complaint: Complaint, letter: Letter, channel: Channel) -> None:
    work.store(Communications).add(
        Communication.about(
            complaint,
            at=letter.issued_at,
            recorded_at=work.now,
            by=letter.by,
            direction=Direction.OUTBOUND,
            channel=channel,
            kind=letter.kind,
            letter_id=letter.id,
        )
    )


async def _template(work: Work, code: str, version: int | None) -> Version[LetterTemplate]:
    if version is not None:
        return await work.store(LETTER_TEMPLATES).exact(code, version)
    found = in_force(await work.store(LETTER_TEMPLATES).of(code), work.now)
    if found is None:
        raise Invalid.at("version", "template-not-in-force")
    return found


@dataclass(frozen=True, slots=True)
class LetterTexts:
    """A letter in clear, and the name that it was made with; None once the customer is erased."""

    subject: str | None
    body: str | None
    addressee: str | None


async def read_letter(work: Work, complaint_id: UUID, letter_id: UUID) -> tuple[Letter, LetterTexts]:
    """The letter and its texts in clear. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    letter = await work.store(Letters).get(letter_id)
    if letter.complaint_id != complaint_id:
        raise NotFound
    key, level = complaint.keyed_by, work.actor.level
    box = await work.vault.open_for([key], create=False)
    await work.audit("letter.read", f"complaint:{complaint_id}", detail={"letter_id": str(letter_id), "level": level})
    return letter, texts_of(box, key, letter)


def texts_of(box: Box, key: UUID, letter: Letter | SealedLetter) -> LetterTexts:
    """The texts of a letter; `box` holds the keys of `key`. Raises Damaged."""
    sealed = ((SUBJECT, letter.subject), (BODY, letter.body), (ADDRESSEE, letter.addressee))
    return LetterTexts(*(box.read(key, place, text) for place, text in sealed))


class NewLetterTemplate(Since, LetterTemplate):
    """A template as it is from a time on; letters that were issued keep their text and version."""


async def put_letter_template(work: Work, code: str, command: NewLetterTemplate) -> Version[LetterTemplate]:
    """Add the version. Raises Invalid `template-syntax`, `template-not-allowed`, `template-unknown-variable`,
    `template-too-deep`, `letter-too-large`, `unknown-time-zone`; VersionConflict."""
    command.check()
    return await work.store(LETTER_TEMPLATES).put(code, command)
