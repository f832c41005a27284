"""What the API shows. Times are UTC; enums are open: new values may come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from rapport_contracts.event import Payload
from rapport_contracts.figures import Figure, Interval

from rapport_satisfaction.domain.invitations import Decision, Invitation
from rapport_satisfaction.domain.metrics import DEFINITION_VERSION, DEFINITIONS, LEVEL, Difference, Estimate
from rapport_satisfaction.domain.surveys import Definition, Survey
from rapport_satisfaction.usecases.report_scores import Report, Score


class View(BaseModel):
    """Base of what is shown; made from the attributes of ours."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class SurveyVersionView(View):
    """A numbered definition; `published_at` null is a draft."""

    number: int
    definition: Definition
    created_at: datetime
    published_at: datetime | None


class SurveyView(View):
    """A survey with all its versions; `published` is the one in use."""

    id: UUID
    version: int = Field(description="of the record; the ETag")
    key: str = Field(examples=["after-call"])
    metric: str = Field(examples=["nps"])
    published: int | None
    versions: list[SurveyVersionView]


def survey_view(survey: Survey) -> SurveyView:
    """A survey as it is shown."""
    return SurveyView(
        id=survey.id,
        version=survey.version,
        key=survey.key,
        metric=survey.versions[0].definition.metric,
        published=survey.in_use.number if survey.in_use else None,
        versions=[SurveyVersionView.model_validate(one, from_attributes=True) for one in survey.versions],
    )


class InvitationView(View):
    """A candidate and what became of it. Who the customer is, only Profiles knows."""

    id: UUID
    version: int
    state: str = Field(examples=["scheduled"])
    reason: str = Field(examples=["eligible"], description="of the last decision")
    survey: str
    survey_version: int | None
    rule_key: str
    subject: str = Field(examples=["interaction"])
    interaction_id: UUID | None
    complaint_id: UUID | None
    customer_id: UUID | None
    channel: str
    touchpoint: str | None
    agent: str | None
    agents: list[str]
    occurred_at: datetime
    considered_at: datetime
    send_after: datetime | None
    sent_at: datetime | None
    reminders: int
    expires_at: datetime | None
    opened_at: datetime | None
    completed_at: datetime | None
    allowed: list[str] = Field(description="moves that the state has")


def invitation_view(invitation: Invitation) -> InvitationView:
    """An invitation as it is shown: never its token, nor the hash of it."""
    return InvitationView.model_validate(invitation, from_attributes=True)


class SentView(BaseModel):
    """The link, once: it is stored nowhere. Send it through the channel of your choice."""

    invitation: InvitationView
    link: str = Field(examples=["http://127.0.0.1:8080/satisfaction/v1/r/8Xv..."])
    version: int


class DecisionView(View):
    """One line of the trail."""

    decision: str = Field(examples=["held"])
    reason: str = Field(examples=["open-complaint"])
    sentence: str
    rule_version: int
    throttle_version: int
    at: datetime
    cause: UUID | None = Field(description="the event behind it")


class TrailView(BaseModel):
    """All decisions about one candidate, in order; the last one holds."""

    invitation_id: UUID
    decision: str
    reason: str
    decisions: list[DecisionView]


def trail_view(invitation_id: UUID, lines: list[Decision]) -> TrailView:
    """The whole trail as it is shown."""
    shown = [DecisionView.model_validate(line, from_attributes=True) for line in lines]
    return TrailView(invitation_id=invitation_id, decision=shown[-1].decision, reason=shown[-1].reason, decisions=shown)


class FollowUpView(View):
    """A case to close the loop with an unhappy customer."""

    id: UUID
    version: int
    state: str = Field(examples=["opened"])
    invitation_id: UUID
    response_id: UUID
    customer_id: UUID
    survey: str
    metric: str
    score: int
    opened_at: datetime
    due_at: datetime
    tries: int
    most_tries: int
    cause: str | None
    action: str | None
    assignee: str | None
    contacted_at: datetime | None
    escalated_at: datetime | None = Field(description="the due time itself, when it passed before the case was closed")
    closed_at: datetime | None
    allowed: list[str] = Field(description="moves that the state has")


class ResponseView(View):
    """A valid answer. `comments` is shown where one answer is read; below level 4 it is masked."""

    id: UUID
    invitation_id: UUID
    survey: str
    survey_version: int
    metric: str
    score: int
    band: str
    ratings: dict[str, int]
    customer_id: UUID | None
    interaction_id: UUID | None
    complaint_id: UUID | None
    touchpoint: str | None
    agent: str | None
    agents: list[str]
    answered_at: datetime
    received_at: datetime
    source: str | None
    ref: str | None


class ResponseWithComments(ResponseView):
    """A valid answer with what was written, by question."""

    comments: dict[str, str]


class ChangeView(Payload):
    """How far a score moved against another time; `p` of a two-sided z test, significant below 0.05."""

    delta: float
    p: float
    significant: bool
    before: Figure


class ScoreView(Figure):
    """A score with everything that is needed to trust it. CES has a second number, `share` (5-7 in percent)."""

    metric: str
    says: str = Field(description="the definition in words: what is counted, and how the interval is made")
    distribution: dict[str, int]
    share: Figure | None = None


class GroupView(ScoreView):
    """The score of one part; `group` empty: not known."""

    group: str


class ScoresView(ScoreView):
    """The score of the whole, its parts, and how many were asked in the same time."""

    survey: str | None
    invited: int
    answered: int = Field(description="of the invited")
    groups: list[GroupView] = Field(default_factory=list)
    change: ChangeView | None = None


def scores_view(report: Report, survey: str | None) -> ScoresView:
    """A report as it is shown."""
    groups = [GroupView(**_score(score, report.as_of), group=name) for name, score in report.groups.items()]
    change = None
    if report.before is not None and report.change is not None:
        change = _change(report.change, report.before, report.as_of)
    return ScoresView(
        **_score(report.whole, report.as_of),
        survey=survey,
        invited=report.invited,
        answered=report.answered,
        groups=groups,
        change=change,
    )


def _change(change: Difference, before: Score, as_of: datetime) -> ChangeView:
    figure = Figure(**_figure(before.estimate, before.n, before.metric, as_of, before.excluded))
    return ChangeView(delta=float(change.delta), p=change.p, significant=change.significant, before=figure)


def _score(score: Score, as_of: datetime) -> dict[str, Any]:
    share = None if score.share is None else Figure(**_figure(score.share, score.n, "ces-share", as_of, {}))
    return {
        **_figure(score.estimate, score.n, score.metric, as_of, score.excluded),
        "metric": score.metric,
        "says": DEFINITIONS[score.metric],
        "distribution": {str(key): times for key, times in sorted(score.distribution.items())},
        "share": share,
    }


def _figure(found: Estimate | None, n: int, definition: str, as_of: datetime, excluded: Mapping[str, int]) -> dict[str, Any]:
    interval = None
    if found is not None:
        interval = Interval(low=float(found.low), high=float(found.high), level=LEVEL, method=found.method)
    return {
        "value": None if found is None else _number(found.value),
        "n": n,
        "unit": "points" if definition in {"nps", "ces"} else "percent",
        "definition": str(definition),
        "definition_version": DEFINITION_VERSION,
        "as_of": as_of,
        "verdict": "too few" if found is None else "ok",
        "interval": interval,
        "excluded": dict(excluded),
    }


def _number(value: Decimal) -> float:
    return float(value)
