"""What the API shows, and how much of it a level sees (S113)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Kind, Masked, Names, Person, View, personal
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_contracts.complaints.vocabulary import (
    ClockKind,
    ClosureOutcome,
    PauseReason,
    RejectionGround,
    RemedyKind,
    Severity,
    Vulnerability,
)
from rapport_contracts.fields import UtcTime
from rapport_contracts.money import Amount
from rapport_contracts.vocabulary import Channel

from rapport_complaints.access import HANDLE
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Bilingual
from rapport_complaints.cases.domain.life import LIFE
from rapport_complaints.cases.domain.record import FLAGS, KNOWS_VULNERABLE, VULNERABLE
from rapport_complaints.cases.usecases.show_complaint import Texts
from rapport_complaints.cases.usecases.working import Advice
from rapport_complaints.clocks.domain.clock_life import CLOCK_LIFE
from rapport_complaints.clocks.domain.clocks import Clock


class ComplaintView(View):
    """A complaint without its texts. `version` is its ETag."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    number: str = Field(examples=["C2026-000042"])
    state: Annotated[str, known(LIFE)] = Field(examples=["investigating"])
    allowed: Annotated[Allowed, acted_on(Complaint)] = Field(examples=[["record-step", "set-root-cause", "withdraw"]])
    episode: int
    channel: Annotated[str, known(Channel)]
    category: str
    category_version: int | None = Field(description="Of the taxonomy that it was classified under.")
    source_category: str | None = Field(description="What the system it comes from calls the category.")
    product: str | None
    severity: Annotated[str | None, known(Severity)]
    complex: bool
    customer_id: UUID | None
    interaction_id: UUID | None
    touchpoint: str | None
    subject_staff: list[Person]
    subject_unit: str | None
    recurrence_of: UUID | None
    duplicate_of: UUID | None
    transferred_to: str | None
    source: str | None
    external_ref: str | None
    flags: Annotated[list[str], known(FLAGS)] = Field(
        description="`no-target`: no policy matches, nobody promised a time; `vulnerable`: the customer needs more care,"
        " shown from level 2 on;"
        " `major`: it is on the major track; `unassigned`: nobody could be found who handles it."
    )
    policy: str | None
    policy_version: int | None
    assignee: Person | None
    handlers: list[Person]
    escalation_level: int = Field(description="0: it is not escalated.")
    held_by: list[UUID] = Field(description="Emergencies for whose time its resolution clocks stand still.")
    barred: list[Person] = Field(description="Handled it before an appeal was upheld, and may not do so again.")
    promised_until: UtcTime | None
    cause: str | None
    cause_version: int | None = Field(description="Of the taxonomy that the cause was taken from.")
    cause_at: UtcTime | None
    latent_risk: bool | None
    proposals: int
    remedy: Annotated[str | None, known(RemedyKind)]
    amount: Amount | None = Field(description="What the proposal costs.")
    currency: str | None
    pending_remedy: Annotated[str | None, known(RemedyKind)] = Field(
        description="Proposed, but waiting for somebody with more authority."
    )
    pending_amount: Amount | None
    pending_currency: str | None
    pending_by: Person | None
    pending_at: UtcTime | None
    attempts: int
    attempts_needed: int
    reopen_grace_days: int
    grounds: Annotated[list[str], known(RejectionGround)] = Field(
        description="Why it is not upheld.", examples=[["no_failure_found"]]
    )
    appeals: int
    outcome: Annotated[str | None, known(ClosureOutcome)]
    received_at: UtcTime
    due_at: UtcTime | None = Field(description="The earliest due time of its running clocks.")
    acknowledged_at: UtcTime | None
    accepted_at: UtcTime | None
    first_resolved_at: UtcTime | None = Field(description="Of the first episode; reopening does not change it.")
    resolved_at: UtcTime | None
    not_upheld_at: UtcTime | None
    appealed_at: UtcTime | None = Field(description="When the present decision was appealed against.")
    feedback_at: UtcTime | None
    follow_up_at: UtcTime | None = Field(description="When the customer is to be asked once more.")
    followed_up_at: UtcTime | None
    closed_at: UtcTime | None
    withdrawn_at: UtcTime | None
    ended_at: UtcTime | None = Field(description="When it was marked a duplicate or transferred.")
    names: Names


class ContactView(BaseModel):
    """How the customer can be reached; masked below level 4."""

    name: Annotated[str | None, personal(Kind.NAME)] = Field(default=None, examples=["张*明"])
    phone: Annotated[str | None, personal(Kind.PHONE)] = Field(default=None, examples=["138****5678"])
    email: Annotated[str | None, personal(Kind.EMAIL)] = Field(default=None, examples=["z***@example.cn"])
    address: Annotated[str | None, personal(Kind.ADDRESS)] = None
    masked_as_one: ClassVar = True


class AdviceView(BaseModel):
    """Of what kind the complainant is, as somebody judged who handled the complaint, and what helps."""

    tag: str = Field(examples=["emotional"])
    zh: str = Field(examples=["感情用事者"])
    en: str
    guide: Bilingual
    guide_version: int
    since: UtcTime
    by: Person
    reason: str


class ComplaintDetail(ComplaintView):
    """A complaint with its texts: words from level 2 on, numbers in them and contacts masked below level 4; null once the
    customer is erased."""

    problem: Annotated[str | None, personal(Kind.WORDS)]
    remedy_sought: Annotated[str | None, personal(Kind.WORDS)]
    contact: ContactView
    vulnerability: Annotated[str | None, known(Vulnerability), personal(Kind.CARE)] = Field(
        description="Why the customer needs more care than others.", examples=["language"]
    )
    handling: Annotated[list[AdviceView] | None, personal(Kind.CARE, only=HANDLE)] = Field(
        description="How to treat this customer; for those who handle complaints (`complaints:handle`, level 2), else null."
    )
    masked: Masked


class PauseView(View):
    """A time in which the clock stood still; `end` null: still does."""

    start: UtcTime
    end: UtcTime | None
    reason: Annotated[str, known(PauseReason)]


class PastDueView(View):
    """A due time that held until it was replaced, and why: a pause, `assessed`, `calendar-changed`, `extended`."""

    due_at: UtcTime | None
    replaced_at: UtcTime
    reason: str


class TargetView(View):
    """The limit."""

    amount: int
    unit: str = Field(examples=["business_days"])


class ClockView(View):
    """A clock; `kind` is `acknowledgement`, `resolution` or `update`. `due_at` is null while it is paused; `breached_at` is
    the due time itself, not when somebody looked."""

    id: UUID
    kind: Annotated[str, known(ClockKind)]
    episode: int
    state: Annotated[str, known(CLOCK_LIFE)]
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    target: TargetView
    warn_percent: int
    started_at: UtcTime
    due_at: UtcTime | None
    warn_at: UtcTime | None
    warned_at: UtcTime | None
    breached_at: UtcTime | None
    ended_at: UtcTime | None
    in_time: bool | None
    extended: int = Field(description="By how much the limit was extended, in its unit; 0: not at all.")
    pauses: list[PauseView]
    past_dues: list[PastDueView]
    allowed: Annotated[Allowed, acted_on(Clock)]


_plain = shown_as(ComplaintView)


def view(complaint: Any, call: Call[Any]) -> ComplaintView:
    """A complaint as every action answers and every list shows it; the flag `vulnerable` for those who may know."""
    shown = _plain(complaint, call)
    flags = [flag for flag in shown.flags if flag != VULNERABLE]
    if complaint.vulnerability is not None and call.actor.level >= KNOWS_VULNERABLE:
        flags.append(VULNERABLE)
    return shown.model_copy(update={"flags": flags})


clock_view = shown_as(ClockView)
"""A clock."""


def detail(complaint: Complaint, texts: Texts, call: Call[Any]) -> ComplaintDetail:
    """A complaint with its texts, in clear: they are masked for who reads it."""
    return ComplaintDetail(
        **view(complaint, call).model_dump(),
        problem=texts.problem,
        remedy_sought=texts.remedy_sought,
        contact=ContactView.model_validate(texts.contact),
        vulnerability=texts.vulnerability,
        handling=None if texts.handling is None else [advice_view(each) for each in texts.handling],
    )


def advice_view(advice: Advice) -> AdviceView:
    """A tag with its guide."""
    tag, guide = advice.tag, advice.guide
    return AdviceView(
        tag=tag.tag,
        zh=guide.body.zh,
        en=guide.body.en,
        guide=guide.body.guide,
        guide_version=guide.version,
        since=tag.at,
        by=tag.by,
        reason=tag.reason,
    )
