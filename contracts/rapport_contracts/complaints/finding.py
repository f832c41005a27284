"""What was found out: about single complaints, about latent risks, and trends of many.

Causes, products and places are codes; what people wrote about them stays with the service.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import CauseCode, CauseMethod, EvidenceKind, InvestigationMethod, TrendDimension
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, Open, UtcTime


class InvestigationStarted(
    Event,
    type="investigation.started.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:start-investigation`, once in each episode.",
    often="again",
    state="investigating",
):
    """Facts are being gathered. After a refused proposal or an upheld appeal they are gathered again, without this
    event."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    started_at: UtcTime


class InvestigationStepRecorded(
    Event,
    type="investigation-step.recorded.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:record-step`.",
    often="again",
):
    """One step of finding out, by one of the three methods (S51). `evidence`: of which kinds the things are that it rests
    on, one entry for each."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    method: Open[InvestigationMethod]
    recorded_at: UtcTime
    evidence: list[Open[EvidenceKind]] = Field(default_factory=list)


class RootCauseIdentified(
    Event,
    type="root-cause.identified.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:set-root-cause`; also later, when it comes to light after the answer.",
    often="again",
    state="{state}",
):
    """Why it happened (S52, S56) and whether a latent risk remains. `cause` is a code of the taxonomy in its version
    `cause_version`; `method` is how it was found, where that was said."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    cause: Open[CauseCode]
    latent_risk: bool
    identified_at: UtcTime
    method: Open[CauseMethod] | None = None
    cause_version: int | None = None
    state: Code | None = None


class LatentRiskIdentified(
    Event,
    type="latent-risk.identified.v1",
    topic=TOPIC,
    key="complaint_id",
    when="The cause is entered with the details of a risk; it follows `root-cause.identified`.",
    often="again",
):
    """Something that may happen again, found behind a complaint (S52, 潜在风险), and who is to look after it (an opaque
    code). Likelihood and impact are steps from 1 to 5. A later one of the same complaint replaces it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    risk: Code
    cause: Code
    likelihood: int = Field(ge=1, le=5)
    impact: int = Field(ge=1, le=5)
    owner: Code
    identified_at: UtcTime


class RootCauseTrendDetected(
    Event,
    type="root-cause-trend.detected.v1",
    topic=TOPIC,
    key="trend_id",
    when="The daily run finds the group rising, and no window that overlaps with this one had it.",
    often="once",
):
    """Complaints of one group come more often than before (S55, S68).

    `observed` were received (of causes: found) from `window_start` on and before `window_end`; `reference` from
    `reference_start` on and before `window_start`. `expected` is `reference`, scaled to the length of the window; `p` the
    chance of so many or more if nothing had changed (exact, one-sided), `p_adjusted` the same corrected for the `tested`
    groups of this run (Benjamini and Hochberg), at most `alpha`.
    """

    trend_id: UUID
    dimension: Open[TrendDimension]
    group: Code
    observed: int
    reference: int
    expected: float
    p: float
    p_adjusted: float
    alpha: float
    tested: int
    reference_start: UtcTime
    window_start: UtcTime
    window_end: UtcTime
    policy: Code
    policy_version: int
    definition_version: int
    detected_at: UtcTime
