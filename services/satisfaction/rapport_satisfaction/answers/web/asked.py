"""What a customer is asked, as JSON: for a survey page of somebody's own. The page of ours shows the same."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from rapport_chassis.web.values import known
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Metric

from rapport_satisfaction.answers.domain import COMMENT_LENGTH
from rapport_satisfaction.answers.usecases.responses import Asked
from rapport_satisfaction.surveys.domain import Definition, Language, Question, Scale, Wording


class QuestionView(BaseModel):
    """A question. A `comment` has no scale, and takes a text of at most `max_length` characters; the others take a whole
    number of their scale, both ends included."""

    key: str = Field(description="Under this key the answer is sent.")
    kind: Annotated[str, known("score", "rating", "comment", name="question-kind")]
    required: bool
    text: Wording
    scale: Scale | None
    low_label: Wording | None = Field(description="What the lower end of the scale means.")
    high_label: Wording | None
    max_length: int | None


class AskedView(BaseModel):
    """What the customer is asked. Texts are by language; `languages` are those in which everything is worded, the survey's
    own first."""

    title: Wording
    metric: Annotated[str, known(Metric)]
    languages: list[Language]
    questions: list[QuestionView]
    expires_at: UtcTime | None = Field(description="Until then it can be answered.")


def asked_view(asked: Asked) -> AskedView:
    """The questions of a link as they are shown."""
    definition = asked.definition
    return AskedView(
        title=definition.title,
        metric=definition.metric,
        languages=list(definition.languages()),
        questions=[_question(definition, each) for each in definition.questions],
        expires_at=asked.expires_at,
    )


def _question(definition: Definition, question: Question) -> QuestionView:
    return QuestionView(
        key=question.key,
        kind=question.kind,
        required=question.required or question.kind == "score",
        text=question.text,
        scale=definition.scale_of(question),
        low_label=question.low_label,
        high_label=question.high_label,
        max_length=COMMENT_LENGTH if question.kind == "comment" else None,
    )
