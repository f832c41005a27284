"""What Complaints publishes of what was found out: latent risks of single complaints, trends of many.

Causes, products and places are codes; what people wrote about them stays with the service.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, Open, UtcTime
from rapport_contracts.vocabulary import TrendDimension


class LatentRiskIdentified(Event, type="latent-risk.identified.v1", topic=TOPIC, key="complaint_id"):
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


class RootCauseTrendDetected(Event, type="root-cause-trend.detected.v1", topic=TOPIC, key="trend_id"):
    """Complaints of one group come more often than before (S55, S68).

    `observed` were received (of causes: found) from `window_start` on and before `window_end`; `reference` from
    `reference_start` on and before `window_start`. `expected` is `reference`, scaled to the length of the window; `p` the
    chance of so many or more if nothing had changed (exact, one-sided), `p_adjusted` the same corrected for the `tested`
    groups of this run (Benjamini and Hochberg), at most `alpha`. Said once for each group and window.
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
