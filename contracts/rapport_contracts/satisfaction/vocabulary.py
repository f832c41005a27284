"""The closed lists of Satisfaction, open on the wire."""

from __future__ import annotations

from enum import StrEnum


class Band(StrEnum):
    """Where a score lies: NPS promoter to detractor, CSAT satisfied to dissatisfied, CES easy to hard."""

    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
    EASY = "easy"
    HARD = "hard"


class SurveyDecision(StrEnum):
    """What was decided about asking a customer; every decision has a reason code."""

    SCHEDULED = "scheduled"
    HELD = "held"
    BLOCKED = "blocked"
    SAMPLED_OUT = "sampled_out"


class RejectionReason(StrEnum):
    """Why an answer does not count."""

    OUT_OF_SCALE = "out_of_scale"
    BLANK = "blank"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    UNKNOWN_QUESTION = "unknown_question"
