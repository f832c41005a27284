"""The life of an invitation: from the first thought of asking to the answer, or to the reason why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.satisfaction.scores import DetractorDetected, SatisfactionScored
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
from rapport_kernel.states import Move, StateTable

from rapport_satisfaction.domain.eligibility import Verdict

LIFE = StateTable(
    initial="considered",
    moves=[
        *(Move("schedule", source, "scheduled") for source in ("considered", "held")),
        *(Move("hold", source, "held") for source in ("considered", "held", "scheduled")),
        *(Move("block", source, "blocked") for source in ("considered", "held", "scheduled")),
        *(Move("sample_out", source, "sampled_out") for source in ("considered", "held")),
        Move("reconsider", "blocked", "considered"),
        Move("send", "scheduled", "sent"),
        Move("remind", "sent", "sent"),
        Move("remind", "opened", "opened"),
        Move("open", "sent", "opened"),
        *(Move("answer", source, "completed") for source in ("sent", "opened")),
        *(Move("expire", source, "expired") for source in ("scheduled", "sent", "opened")),
        *(Move("opt_out", source, "opted_out") for source in ("held", "scheduled", "sent", "opened")),
    ],
)
_MOVES = {
    SurveyDecision.SCHEDULED: "schedule",
    SurveyDecision.HELD: "hold",
    SurveyDecision.BLOCKED: "block",
    SurveyDecision.SAMPLED_OUT: "sample_out",
}
UNDECIDED = ("considered", "held")
WAITING = ("scheduled", "held")
ASKED = ("sent", "opened")
ERASED = "erased"
"""The reason why somebody who was forgotten is not asked any more."""
Subject = Literal["interaction", "complaint", "recovery"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the trail: what was decided when, why, under which versions of the rules, because of which event."""

    decision: str
    reason: str
    sentence: str
    rule_version: int
    throttle_version: int
    at: datetime
    cause: UUID | None


@dataclass(kw_only=True)
class Invitation(Aggregate, life=LIFE):
    """One customer, one contact, one survey. What it is about: an interaction, a complaint or a recovery (`subject_id`)."""

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
    expires_at: datetime | None = None
    token_hash: bytes | None = None
    opened_at: datetime | None = None
    completed_at: datetime | None = None
    trail: list[Decision] = field(default_factory=list, compare=False)

    def decide(self, verdict: Verdict, rules: tuple[int, int], now: datetime, cause: UUID | None = None) -> bool:
        """Take a verdict. The same one as before leaves no second line in the trail. Returns whether something changed.

        `rules` are the versions of the trigger and of the throttle rule.
        """
        if self.reason == verdict.reason and self.state != "considered":
            return False
        self.move(_MOVES[verdict.decision])
        self.reason = verdict.reason
        self.trail.append(Decision(verdict.decision, verdict.reason, verdict.sentence, *rules, now, cause))
        self.record(
            SurveyConsidered(
                invitation_id=self.id,
                survey=self.survey,
                customer_id=self.customer_id,
                interaction_id=self.interaction_id,
                complaint_id=self.complaint_id,
                decision=verdict.decision,
                reason=verdict.reason,
                considered_at=now,
            )
        )
        return True

    def send(self, token_hash: bytes, version: int, now: datetime, expires_at: datetime) -> None:
        """The first link goes out. Raises NotAllowed, Conflict `too-early` before the delay of the rule has passed."""
        if self.send_after is not None and now < self.send_after and self.state == "scheduled":
            raise Conflict("too-early", "The delay of the rule has not passed yet.")
        self.move("send")
        self.survey_version, self.sent_at = version, now
        self._link(token_hash, now, expires_at)

    def remind(self, token_hash: bytes, now: datetime, most: int) -> None:
        """A new link takes the place of the old one, with the same end. Raises NotAllowed, Conflict `reminders-used`."""
        self.move("remind")
        if self.reminders >= most:
            raise Conflict("reminders-used", "The customer was reminded as often as the rule allows.")
        self.reminders += 1
        assert self.expires_at is not None  # noqa: S101 - set by `send`, which comes before
        self._link(token_hash, now, self.expires_at)

    def _link(self, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        self.token_hash, self.expires_at = token_hash, expires_at
        assert self.customer_id is not None  # noqa: S101 - an unknown customer is held, never scheduled
        assert self.survey_version is not None  # noqa: S101 - set by `send`
        self.record(
            SurveyInvitationSent(
                invitation_id=self.id,
                survey=self.survey,
                version=self.survey_version,
                customer_id=self.customer_id,
                channel=self.channel,
                sent_at=now,
                expires_at=expires_at,
            )
        )

    def open(self, now: datetime) -> None:
        """The customer looked at the form; the first time counts."""
        if self.state == "sent":
            self.move("open")
            self.opened_at = now

    def barrier(self, now: datetime) -> RejectionReason | None:
        """Why an answer cannot be taken any more: it was given, or its time is over; an answer at the very end counts."""
        if self.state == "completed":
            return RejectionReason.DUPLICATE
        if self.state not in ASKED or (self.expires_at is not None and now > self.expires_at):
            return RejectionReason.EXPIRED
        return None

    def answer(self, response_id: UUID, metric: Metric, score: int, band: Band, now: datetime, *, unhappy: bool) -> None:
        """A valid answer: received, scored, attributed to the last human handler and to all of them. Raises NotAllowed."""
        self.move("answer")
        self.completed_at = now
        assert self.survey_version is not None  # noqa: S101 - set by `send`
        score_facts = scored(self, response_id, version=self.survey_version, metric=metric, score=score, band=band, now=now)
        for fact in score_facts:
            self.record(fact)
        if unhappy and self.customer_id is not None:
            self.record(
                DetractorDetected(
                    invitation_id=self.id,
                    response_id=response_id,
                    customer_id=self.customer_id,
                    metric=metric,
                    value=float(Decimal(score)),
                    detected_at=now,
                )
            )

    def reject(self, reason: RejectionReason, now: datetime) -> None:
        """An answer that does not count; the invitation stays as it is."""
        self.record(
            SurveyResponseRejected(
                invitation_id=self.id, survey=self.survey, customer_id=self.customer_id, reason=reason, rejected_at=now
            )
        )

    def expire(self, at: datetime) -> None:
        """Its time is over, at `at` exactly. Raises NotAllowed."""
        self.move("expire")
        if self.customer_id is not None:
            self.record(SurveyInvitationExpired(invitation_id=self.id, customer_id=self.customer_id, expired_at=at))

    def opt_out(self, reason: str) -> None:
        """The customer does not want to be asked; the link is void. Raises NotAllowed."""
        self.move("opt_out")
        self.reason, self.token_hash = reason, None

    def belongs_to(self, customer_id: UUID) -> None:
        """The contact got its customer, or another one; what was sent stays with whom it was sent to."""
        if self.state in {*UNDECIDED, "blocked", "sampled_out", "scheduled"}:
            self.customer_id = customer_id

    def learn(
        self,
        *,
        channel: str,
        human: bool,
        touchpoint: str | None,
        agent: str | None,
        agents: list[str],
        occurred_at: datetime,
    ) -> None:
        """The contact turned out otherwise than first told; what was answered stays attributed as it was."""
        if self.state == "completed":
            return
        self.channel, self.human, self.touchpoint = channel, human, touchpoint
        self.agent, self.agents, self.occurred_at = agent, agents, occurred_at


def scored(
    of: Invitation, response_id: UUID, *, version: int, metric: Metric, score: int, band: Band, now: datetime
) -> list[Event]:
    """The two facts of every valid answer: it was received, and it is this score."""
    return [
        SurveyResponseReceived(
            invitation_id=of.id,
            response_id=response_id,
            survey=of.survey,
            version=version,
            customer_id=of.customer_id,
            received_at=now,
        ),
        SatisfactionScored(
            invitation_id=of.id,
            response_id=response_id,
            survey=of.survey,
            metric=metric,
            value=float(score),
            band=band,
            customer_id=of.customer_id,
            interaction_id=of.interaction_id,
            complaint_id=of.complaint_id,
            touchpoint=of.touchpoint,
            agent=of.agent,
            agents=of.agents,
            scored_at=now,
            recovery_id=of.subject_id if of.subject == "recovery" else None,
        ),
    ]
