"""Reading an answer. It is taken as it was meant or not at all: nothing is rounded, cut to the scale or guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.errors import FieldError, Invalid

from rapport_satisfaction.domain.surveys import Definition, Question, Scale

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
    """Why an answer does not count; `question` is the key of ours that it is about, None for one that we do not ask."""

    reason: RejectionReason
    question: str | None = None


def read_answers(definition: Definition, given: Mapping[str, object]) -> Answers | Refusal:
    """What was answered, by question key. Numbers may come as text, as files write them: "9.0" is 9, 9.5 is no answer.

    Raises Invalid `comment-too-long`: that one the customer can mend, it is not counted as an answer.
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


def is_blank(value: object) -> bool:
    """Nothing, or white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def on_scale(value: object, scale: Scale) -> int | None:
    """The whole number on the scale that `value` says, or None: 11 is not 10, 9.5 is neither 9 nor 10, true is no number."""
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
        wrong = FieldError(question.key, "too-long", f"At most {COMMENT_LENGTH} characters.")
        raise Invalid("comment-too-long", "A comment is too long.", [wrong])
    return text
