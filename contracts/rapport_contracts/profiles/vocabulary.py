"""The closed lists of Profiles, open on the wire."""

from __future__ import annotations

from enum import StrEnum


class CustomerKind(StrEnum):
    """Person or organisation (S8)."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


class LifecycleStage(StrEnum):
    """How far the relationship has come (S9): 潜在, 意向, 成交, 休眠, 流失."""

    PROSPECT = "prospect"
    INTERESTED = "interested"
    ACTIVE = "active"
    DORMANT = "dormant"
    CHURNED = "churned"


class ConsentState(StrEnum):
    """What holds: unknown → granted ↔ withdrawn."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class ConsentPurpose(StrEnum):
    """What a customer may allow (PIPL 13: per purpose)."""

    SERVICE = "service"
    SURVEY = "survey"
    MARKETING = "marketing"
    CARE = "care"
