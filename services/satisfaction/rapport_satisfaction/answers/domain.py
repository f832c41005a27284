"""Answers: read as they were meant or not at all. Nothing is rounded, cut to the scale or guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from rapport_contracts.satisfaction.scores import Rating
from rapport_contracts.satisfaction.vocabulary import Band, RejectionReason
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Invalid

from rapport_satisfaction.asking.domain.invitations import Score
from rapport_satisfaction.surveys.domain import Definition, Question, Scale

COMMENT_LENGTH = 4000
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Answers:
    """A valid answer: the score, the other ratings and the comments by question key."""

    score: int
    ratings: dict[str, int] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer does not count; `question` is the key of the question, None for one that the survey does not have."""

    reason: RejectionReason
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One valid answer. `comments` is sealed under the key of `keyed_by`, which a merge does not change."""

    id: UUID
    invitation_id: UUID
    survey: str
    survey_version: int
    metric: str
    score: int
    band: str
    answered_at: datetime
    received_at: datetime
    ratings: dict[str, int] = field(default_factory=dict)
    comments: bytes | None = None
    keyed_by: UUID | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    complaint_id: UUID | None = None
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    source: str | None = None
    ref: str | None = None

    @property
    def owner(self) -> UUID:
        """The data subject whose key seals the comments."""
        return self.keyed_by or self.customer_id or self.id

    def with_comments(self, sealed: bytes) -> Response:
        """The same answer with its sealed comments."""
        return replace(self, comments=sealed)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One answer that does not count."""

    id: UUID
    invitation_id: UUID
    survey: str
    metric: str
    reason: str
    at: datetime
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    source: str | None = None
    ref: str | None = None


def read_answers(definition: Definition, given: Mapping[str, object]) -> Answers | Refusal:
    """The answers by question key. Numbers may come as text, as files write them: "9.0" is 9, 9.5 is no answer.

    Raises Invalid `comment-too-long`, which the customer can correct; it is not counted as an answer.
    """
    known = {question.key: question for question in definition.questions}
    if set(given) - set(known):
        return Refusal(RejectionReason.UNKNOWN_QUESTION)
    numbers: dict[str, int] = {}
    comments: dict[str, str] = {}
    for question in definition.questions:
        value, scale = given.get(question.key), definition.scale_of(question)
        if is_blank(value):
            if question.required or question.kind == "score":
                return Refusal(RejectionReason.BLANK, question.key)
        elif scale is None:
            comments[question.key] = _comment(question, value)
        else:
            number = on_scale(value, scale)
            if number is None:
                return Refusal(RejectionReason.OUT_OF_SCALE, question.key)
            numbers[question.key] = number
    score = numbers.pop(definition.score.key)
    return Answers(score, numbers, comments)


def rated(ratings: Mapping[str, int]) -> list[Rating]:
    """Answers to the other questions, as facts carry them."""
    return [Rating(question=question, value=value) for question, value in ratings.items()]


def score_of(definition: Definition, answers: Answers) -> Score:
    """What the answers come to."""
    scale = definition.scale_of(definition.score)
    assert scale is not None  # noqa: S101 - that of the metric
    return Score(
        metric=definition.metric,
        value=float(answers.score),
        band=band_of(definition.metric, answers.score),
        lowest=scale.low,
        highest=scale.high,
        ratings=rated(answers.ratings),
        has_comment=bool(answers.comments),
    )


def is_blank(value: object) -> bool:
    """Nothing, or white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def on_scale(value: object, scale: Scale) -> int | None:
    """The whole number on the scale that `value` stands for, or None: 11 is not 10, 9.5 is no number, nor is true."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if number != number.to_integral_value() or not scale.low <= number <= scale.high:
        return None
    return int(number)


def _comment(question: Question, value: object) -> str:
    text = value.strip() if isinstance(value, str) else str(value)
    if len(text) > COMMENT_LENGTH:
        raise Invalid.at(f"answers.{question.key}", "comment-too-long", max_length=COMMENT_LENGTH)
    return text


def band_of(metric: Metric, score: int) -> Band:
    """The band of a score: NPS 9-10 promoter, 0-6 detractor (Bain); CSAT 4-5 satisfied, 1-2 not; CES 5-7 easy, 1-3 hard."""
    bounds = {
        Metric.NPS: ((9, Band.PROMOTER), (7, Band.PASSIVE), (0, Band.DETRACTOR)),
        Metric.CSAT: ((4, Band.SATISFIED), (3, Band.NEUTRAL), (1, Band.DISSATISFIED)),
        Metric.CES: ((5, Band.EASY), (4, Band.NEUTRAL), (1, Band.HARD)),
    }[metric]
    for lowest, band in bounds:
        if score >= lowest:
            return band
    raise ValueError("a score below its scale")
