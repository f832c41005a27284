"""What the scores mean. An answer counts in the period in which it was given."""

from __future__ import annotations

from rapport_contracts.figures import define

LEAST = 10
_NEVER_BLENDED = " Several surveys have no value together (`mixed`). Answers off the scale are excluded, never bent."

NPS = define(
    "satisfaction.nps",
    "points",
    "Percent of promoters (9-10) minus percent of detractors (0-6) of all valid answers on 0-10 (Bain). Interval 95 %: Wald"
    " with variance p + d - (p - d)^2 from 30 answers on; from 10 to 29 adjusted Wald (3 pseudo-answers)." + _NEVER_BLENDED,
    least=LEAST,
)
CSAT = define(
    "satisfaction.csat",
    "percent",
    "Percent of 4 and 5 (top two boxes) of all valid answers on 1-5. Interval 95 %: Wilson." + _NEVER_BLENDED,
    least=LEAST,
)
CES = define(
    "satisfaction.ces",
    "points",
    "Mean of all valid answers on 1-7, 7 is easiest (CES 2.0). Interval 95 %: Wald with the sample variance."
    + _NEVER_BLENDED,
    least=LEAST,
)
CES_SHARE = define(
    "satisfaction.ces-share",
    "percent",
    "Percent of 5-7 of all valid answers on 1-7, for whom it was easy (CES 2.0). Interval 95 %: Wilson." + _NEVER_BLENDED,
    least=LEAST,
)
