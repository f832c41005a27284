"""Reading answers: taken as meant, or not at all."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.errors import Invalid
from rapport_satisfaction.answers.domain import Answers, Refusal, read_answers
from rapport_satisfaction.surveys.domain import Definition

NPS = Definition.model_validate(
    {
        "title": "Your call",
        "metric": "nps",
        "questions": [
            {"key": "score", "kind": "score", "text": "Recommend?"},
            {"key": "speed", "kind": "rating", "text": "Speed?", "scale": {"low": 1, "high": 5}},
            {"key": "comment", "kind": "comment", "text": "Why?"},
        ],
    }
)


@pytest.mark.parametrize(("given", "score"), [(9, 9), ("9.0", 9), (" 10 ", 10), (0, 0), ("0", 0), (9.0, 9), ("+3", 3)])
def test_a_whole_number_is_taken_however_it_is_written(given: object, score: int) -> None:
    assert read_answers(NPS, {"score": given}) == Answers(score)


@pytest.mark.parametrize("given", [11, "11", -1, 9.5, "9.5", "nine", "1e1", "９", True, "0x5", float("nan"), "9" * 5000, []])
def test_what_is_not_on_the_scale_is_never_bent(given: object) -> None:
    assert read_answers(NPS, {"score": given}) == Refusal(RejectionReason.OUT_OF_SCALE, "score")


@pytest.mark.parametrize("given", [{}, {"score": None}, {"score": "  "}])
def test_a_blank_score_is_refused(given: dict[str, object]) -> None:
    assert read_answers(NPS, given) == Refusal(RejectionReason.BLANK, "score")


def test_a_question_that_was_not_asked_is_refused_without_its_name() -> None:
    assert read_answers(NPS, {"score": 9, "phone": "123"}) == Refusal(RejectionReason.UNKNOWN_QUESTION)


def test_ratings_and_comments_come_along() -> None:
    found = read_answers(NPS, {"score": 9, "speed": "4", "comment": " quick "})
    assert found == Answers(9, {"speed": 4}, {"comment": "quick"})
    assert read_answers(NPS, {"score": 9, "speed": 6}) == Refusal(RejectionReason.OUT_OF_SCALE, "speed")


def test_a_comment_that_is_too_long_is_for_the_customer_to_mend() -> None:
    with pytest.raises(Invalid, match="comment-too-long"):
        read_answers(NPS, {"score": 9, "comment": "x" * 4001})


def test_a_survey_without_questions_asks_its_title() -> None:
    short = Definition.model_validate({"title": "Would you recommend us?", "metric": "nps"})
    assert short.score.text == {"en": "Would you recommend us?"}
    assert short.languages() == ("en",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "nps", "scale": {"low": 1, "high": 10}},
        {"questions": [{"key": "a", "kind": "comment", "text": "x"}]},
        {"questions": [{"key": "a", "kind": "score", "text": "x"}, {"key": "b", "kind": "score", "text": "x"}]},
        {"questions": [{"key": "a", "kind": "score", "text": "x"}, {"key": "a", "kind": "comment", "text": "x"}]},
        {"questions": [{"key": "a", "kind": "score", "text": "x"}, {"key": "r", "kind": "rating", "text": "x"}]},
        {"language": "zh", "title": {"en": "x"}},
        {"metric": "csi"},
    ],
)
def test_a_definition_that_could_not_be_answered_or_counted_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Definition.model_validate({"title": "x", "metric": "nps", **wrong})
