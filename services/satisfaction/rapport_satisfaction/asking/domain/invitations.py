"""The life of an invitation: from a candidate to the answer, or to the reason why not."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from rapport_contracts.satisfaction.scores import DetractorDetected, Rating, SatisfactionScored
from rapport_contracts.satisfaction.surveys import (
    SurveyConsidered,
    SurveyInvitationExpired,
    SurveyInvitationSent,
    SurveyResponseReceived,
    SurveyResponseRejected,
)
from rapport_contracts.satisfaction.vocabulary import Band, RejectionReason, SurveyDecision
from rapport_contracts.vocabulary import Metric
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Conflict
from rapport_kernel.history import Act
from rapport_kernel.ids import derived_id
from rapport_kernel.states import Move, StateTable

from rapport_satisfaction.asking.domain.eligibility import Verdict

_OPEN = ("considered", "held", "scheduled")
INVITATION_LIFE = StateTable(
    name="invitation",
    initial="considered",
    moves=[
        *(Move("schedule", source, "scheduled", by="system") for source in ("considered", "held")),
        *(Move("hold", source, "held", by="system") for source in _OPEN),
        *(Move("block", source, "blocked", by="system") for source in _OPEN),
        *(Move("sample-out", source, "sampled_out", by="system") for source in ("considered", "held")),
        Move("reconsider", "blocked", "considered", by="system"),
        Move("send", "scheduled", "sent"),
        Move("send", "sent", "sent"),  # a reminder
        Move("send", "opened", "opened"),
        Move("open", "sent", "opened", by="system"),
        *(Move("answer", source, "completed", by="system") for source in ("sent", "opened")),
        *(Move("expire", source, "expired", by="system") for source in ("scheduled", "sent", "opened")),
        *(Move("opt-out", source, "opted_out") for source in ("held", "scheduled", "sent", "opened")),
    ],
)
"""`open` and `answer` are made by customers, on the public page; callers of the API cannot make them."""
_MOVES = {
    SurveyDecision.SCHEDULED: "schedule",
    SurveyDecision.HELD: "hold",
    SurveyDecision.BLOCKED: "block",
    SurveyDecision.SAMPLED_OUT: "sample-out",
}
UNDECIDED = ("considered", "held")
WAITING = ("scheduled", "held")
ASKED = ("sent", "opened")
ERASED = "erased"
"""The reason why a customer whose data was erased is no longer asked."""
Subject = Literal["interaction", "complaint", "recovery"]


@dataclass(frozen=True, slots=True)
class Score:
    """What an answer comes to: its number on the scale of its metric, the other ratings by question, and whether there are
    comments."""

    metric: Metric
    value: float
    band: Band
    lowest: int
    highest: int
    ratings: list[Rating]
    has_comment: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the trail: the decision, when and why, the versions of the rules, and the event behind it."""

    decision: str
    reason: str
    sentence: str
    rule_version: int
    throttle_version: int
    at: datetime
    cause: UUID | None


def invitation_id(rule: str, subject_id: UUID) -> UUID:
    """The id of the invitation of a rule about a contact, a complaint or a recovery: a rule asks about each once."""
    return derived_id(subject_id, f"invitation of {rule}")


def waits_for_its_time(invitation: Invitation, now: datetime) -> bool:
    """The delay of the rule, or the gap between reminders, has not passed yet."""
    waits_until = invitation.send_after if invitation.state == "scheduled" else invitation.remind_after
    return waits_until is not None and now < waits_until


def may_send(invitation: Invitation, act: Act) -> bool:
    """Its time has come; whether the customer may still be asked is seen when it is sent."""
    return not waits_for_its_time(invitation, act.at)


@dataclass(kw_only=True)
class Invitation(Aggregate, life=INVITATION_LIFE):
    """One customer, one contact, one survey. `subject_id` is the interaction, complaint or recovery that it is about."""

    survey: str
    rule_key: str
    subject: Subject
    subject_id: UUID
    interaction_id: UUID | None
    complaint_id: UUID | None
    customer_id: UUID | None
    channel: str
    occurred_at: datetime
    considered_at: datetime
    human: bool = True
    imported: bool = False
    relationship: bool = False
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    reason: str = ""
    survey_version: int | None = None
    send_after: datetime | None = None
    sent_at: datetime | None = None
    reminders: int = 0
    remind_after: datetime | None = None
    expires_at: datetime | None = None
    token_hash: bytes | None = None
    opened_at: datetime | None = None
    completed_at: datetime | None = None
    trail: list[Decision] = field(default_factory=list, compare=False)

    @property
    def recovery_id(self) -> UUID | None:
        """The recovery that it is about, if it is about one."""
        return self.subject_id if self.subject == "recovery" else None

    @property
    def was_sent(self) -> bool:
        """Whether the customer was asked at all."""
        return self.sent_at is not None

    def decide(self, verdict: Verdict, rules: tuple[int, int], now: datetime, cause: UUID | None = None) -> bool:
        """Take a verdict; the same one again leaves no second line in the trail. Returns whether anything changed.

        `rules` are the versions of the trigger and of the throttle rule.
        """
        if self.reason == verdict.reason and self.state != "considered":
            return False
        self.move(_MOVES[verdict.decision])
        self.reason = verdict.reason
        self.trail.append(Decision(verdict.decision, verdict.reason, verdict.sentence, *rules, now, cause))
        self._emit(SurveyConsidered, decision=verdict.decision, considered_at=now)
        return True

    def send(self, token_hash: bytes, version: int, now: datetime, expires_at: datetime, gap: timedelta) -> None:
        """The first link goes out; a reminder may after `gap`. Raises NotAllowed, Conflict `too-early` before the delay of
        the rule has passed."""
        if waits_for_its_time(self, now):
            raise Conflict("too-early")
        self.move("send")
        self.survey_version, self.sent_at = version, now
        self._link(token_hash, now, expires_at, gap)

    def remind(self, token_hash: bytes, now: datetime, most: int, gap: timedelta) -> None:
        """A new link takes the place of the old one, with the same end. Raises NotAllowed, Conflict `reminders-used`, and
        `too-early` before the gap has passed."""
        self.move("send")
        if self.reminders >= most:
            raise Conflict("reminders-used")
        if waits_for_its_time(self, now):
            raise Conflict("too-early")
        self.reminders += 1
        assert self.expires_at is not None  # noqa: S101 - set by `send`, which comes before
        self._link(token_hash, now, self.expires_at, gap)

    def _link(self, token_hash: bytes, now: datetime, expires_at: datetime, gap: timedelta) -> None:
        self.token_hash, self.expires_at, self.remind_after = token_hash, expires_at, now + gap
        self._emit(SurveyInvitationSent, version=self.survey_version, sent_at=now)

    def recall_sent(self, fact: SurveyInvitationSent, gap: timedelta) -> bool:
        """It was sent, as a fact in the log says and this row does not: without a move of its life, whatever was decided
        meanwhile, and without a fact. Returns whether anything changed."""
        reminders = fact.reminders or 0
        if self.state not in {*UNDECIDED, "blocked", "sampled_out", *WAITING, *ASKED} or (
            self.sent_at is not None and self.reminders >= reminders
        ):
            return False
        self.state, self.reason, self.customer_id = "sent", "", fact.customer_id
        self.survey_version, self.reminders, self.token_hash = fact.version, reminders, None
        self.sent_at, self.expires_at, self.remind_after = self.sent_at or fact.sent_at, fact.expires_at, fact.sent_at + gap
        return True

    def recall_answered(self, at: datetime) -> bool:
        """The same for an answer."""
        if self.state not in ASKED:
            return False
        self.state, self.completed_at, self.token_hash = "completed", at, None
        return True

    def open(self, now: datetime) -> None:
        """The customer opened the form; the first time counts."""
        if self.state == "sent":
            self.move("open")
            self.opened_at = now

    def barrier(self, now: datetime) -> RejectionReason | None:
        """Why an answer can no longer be taken: there is one, or the time is over. An answer at the very end counts."""
        if self.state == "completed":
            return RejectionReason.DUPLICATE
        if self.state not in ASKED or (self.expires_at is not None and now > self.expires_at):
            return RejectionReason.EXPIRED
        return None

    def answer(self, response_id: UUID, score: Score, now: datetime, *, unhappy: bool) -> None:
        """A valid answer: received, scored, attributed to the last human handler and to all of them. Raises NotAllowed."""
        self.move("answer")
        self.completed_at = now
        here = {"response_id": response_id, "version": self.survey_version, "answered_at": now, "source": None, "ref": None}
        self._emit(SurveyResponseReceived, **here, received_at=now)
        told = {each.name: getattr(score, each.name) for each in fields(score)}
        self._emit(SatisfactionScored, **here, **told, scored_at=now)
        if unhappy and self.customer_id is not None:
            self._emit(DetractorDetected, response_id=response_id, metric=score.metric, value=score.value, detected_at=now)

    def reject(self, reason: RejectionReason, now: datetime) -> None:
        """An answer that does not count; the invitation stays as it is."""
        self._emit(SurveyResponseRejected, reason=reason, rejected_at=now, answered_at=now, source=None, ref=None)

    def expire(self, at: datetime) -> None:
        """Its time is over, at `at` exactly. Raises NotAllowed."""
        self.move("expire")
        if self.customer_id is not None:
            self._emit(SurveyInvitationExpired, expired_at=at)

    def opt_out(self, reason: str) -> None:
        """The customer does not want to be asked; the link is void. Raises NotAllowed."""
        self.move("opt-out")
        self.reason, self.token_hash = reason, None

    def belongs_to(self, customer_id: UUID) -> None:
        """The contact got its customer, or another one. A survey that was sent stays with the customer it was sent to."""
        if self.state in {*UNDECIDED, "blocked", "sampled_out", "scheduled"}:
            self.customer_id = customer_id

    def update_contact(
        self,
        *,
        channel: str,
        human: bool,
        touchpoint: str | None,
        agent: str | None,
        agents: list[str],
        occurred_at: datetime,
    ) -> None:
        """The contact was reported again, with other facts. An answer stays attributed as it was."""
        if self.state == "completed":
            return
        self.channel, self.human, self.touchpoint = channel, human, touchpoint
        self.agent, self.agents, self.occurred_at = agent, agents, occurred_at
