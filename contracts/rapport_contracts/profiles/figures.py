"""What the figures of customers mean."""

from __future__ import annotations

from rapport_contracts.figures import define

COMPLETENESS = define(
    "profiles.completeness",
    "percent",
    "Filled of the fields that are required of one customer, by kind and stage; n is how many are required.",
)
