"""Surveys: what is asked. A definition never changes once it is published; a change is the next version."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from rapport_contracts.catalogue import InLanguages, entry_id
from rapport_contracts.codes import NewCode
from rapport_contracts.event import Payload
from rapport_contracts.fields import WrongValue
from rapport_contracts.satisfaction.catalogue import SurveyQuestion, SurveyVersionPublished
from rapport_contracts.satisfaction.surveys import SurveyPublished
from rapport_contracts.vocabulary import Metric, named
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Conflict, NotFound

Language = Annotated[Literal["en", "zh"], named("language")]
Key = Annotated[NewCode, Field(description="lower case, digits, `.`, `-` and `_`")]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Wording = dict[Language, Line]

SCALES: dict[Metric, tuple[int, int]] = {Metric.NPS: (0, 10), Metric.CSAT: (1, 5), Metric.CES: (1, 7)}
"""NPS is asked from 0 to 10 (Bain), CSAT from 1 to 5, effort from 1 to 7 where 7 is "made it easy" (CES 2.0)."""

TOLD_AS = "survey"
"""The kind of its versions in the catalogue."""

_WRONG_SCALE = WrongValue("wrong-scale")
_WORDED = ("text", "low_label", "high_label")


class Scale(Payload, extra="forbid"):
    """Whole numbers from `low` to `high`, both included."""

    low: int = Field(ge=0, le=10)
    high: int = Field(ge=1, le=10)

    @model_validator(mode="after")
    def _upwards(self) -> Self:
        if self.low >= self.high:
            raise WrongValue("scale-not-upwards")
        return self


class Question(Payload, extra="forbid"):
    """`score` is the number that the metric is made of; `rating` is another number; `comment` is free text."""

    key: Key
    kind: Annotated[Literal["score", "rating", "comment"], named("question-kind")]
    text: Wording = Field(min_length=1)
    scale: Scale | None = None
    low_label: Wording | None = None
    high_label: Wording | None = None
    required: bool = False


class Definition(Payload, extra="forbid"):
    """One version of a survey: what is asked, on which scale, in which languages.

    `relationship` surveys ask about the company as a whole and have a longer gap between two of them.
    """

    title: Wording = Field(min_length=1)
    metric: Metric
    scale: Scale | None = Field(default=None, description="that of the metric; given, it has to be the same")
    kind: Annotated[Literal["transactional", "relationship"], named("survey-kind")] = "transactional"
    language: Language = "en"
    questions: list[Question] = Field(
        min_length=1, max_length=20, description="left out: one question `score`, worded as the title"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: object) -> object:
        """A text not given by language is in the language of the survey; no questions means the score alone."""
        if not isinstance(given, dict):
            return given
        language = given.get("language", "en")
        made = {**given, "title": _by_language(given.get("title"), language)}
        questions = given.get("questions") or [{"key": "score", "kind": "score", "text": made["title"], "required": True}]
        if isinstance(questions, list):
            made["questions"] = [
                {**question, **{name: _by_language(question[name], language) for name in _WORDED if name in question}}
                if isinstance(question, dict)
                else question
                for question in questions
            ]
        return made

    @model_validator(mode="after")
    def _whole(self) -> Self:
        low, high = SCALES[self.metric]
        if self.scale not in (None, Scale(low=low, high=high)):
            raise _WRONG_SCALE
        keys = [question.key for question in self.questions]
        if len(set(keys)) != len(keys):
            raise WrongValue("same-key")
        if [question.kind for question in self.questions].count("score") != 1:
            raise WrongValue("one-score")
        for question in self.questions:
            if question.kind == "rating" and question.scale is None:
                raise WrongValue("rating-without-scale")
            if question.kind == "score" and question.scale not in (None, Scale(low=low, high=high)):
                raise _WRONG_SCALE
            if self.language not in question.text:
                raise WrongValue("not-worded")
        if self.language not in self.title:
            raise WrongValue("not-worded")
        return self

    @property
    def score(self) -> Question:
        """The question that the metric is made of."""
        return next(question for question in self.questions if question.kind == "score")

    def scale_of(self, question: Question) -> Scale | None:
        """The scale of a number question, None for a comment."""
        if question.kind == "comment":
            return None
        low, high = SCALES[self.metric]
        return question.scale or Scale(low=low, high=high)

    def languages(self) -> tuple[Language, ...]:
        """The languages in which everything is worded, the survey's own first."""
        wordings = [self.title, *(question.text for question in self.questions)]
        every = [language for language in self.title if all(language in wording for wording in wordings)]
        return (self.language, *(language for language in every if language != self.language))


def _told(question: Question, scale: Scale | None) -> SurveyQuestion:
    low, high = question.low_label, question.high_label
    return SurveyQuestion(
        code=question.key,
        kind=question.kind,
        text=InLanguages(**question.text),
        lowest=scale.low if scale is not None else None,
        highest=scale.high if scale is not None else None,
        lowest_label=InLanguages(**low) if low is not None else None,
        highest_label=InLanguages(**high) if high is not None else None,
        required=question.required,
    )


def _by_language(text: object, language: object) -> object:
    return {language: text} if isinstance(text, str) and isinstance(language, str) else text


@dataclass(slots=True)
class SurveyVersion:
    """A numbered definition; `published_at` None is a draft."""

    number: int
    definition: Definition
    created_at: datetime
    published_at: datetime | None = None


def has_draft(survey: Survey) -> bool:
    """The newest version is not in use yet."""
    return bool(survey.versions) and survey.versions[-1].published_at is None


@dataclass(kw_only=True)
class Survey(Aggregate):
    """All versions of one survey; `key` is its name everywhere."""

    key: str
    versions: list[SurveyVersion] = field(default_factory=list)

    def draft(self, definition: Definition, now: datetime) -> SurveyVersion:
        """Add a version. Raises Conflict when the metric changes: old and new scores could not be told apart."""
        if self.versions and self.metric != definition.metric:
            raise Conflict("metric-changed")
        version = SurveyVersion(max((v.number for v in self.versions), default=0) + 1, definition, now)
        self.versions.append(version)
        return version

    def publish(self, number: int | None, now: datetime) -> SurveyVersion:
        """Put a version (default: the newest) into use. Raises NotFound, Conflict when it or a later one already is."""
        version = self.versions[-1] if number is None else self.numbered(number)
        if version.published_at is not None:
            raise Conflict("already-published")
        if self.in_use is not None and version.number < self.in_use.number:
            raise Conflict("older-version")
        version.published_at = now
        metric = version.definition.metric
        self._emit(SurveyPublished, survey=self.key, version=version.number, metric=metric, published_at=now)
        return version

    def numbered(self, number: int) -> SurveyVersion:
        """The version of that number. Raises NotFound."""
        for version in self.versions:
            if version.number == number:
                return version
        raise NotFound("no-such-version")

    def told(self, version: SurveyVersion) -> SurveyVersionPublished:
        """A published version as the catalogue has it, each number with its scale. Raises Conflict for a draft."""
        if version.published_at is None:
            raise Conflict("not-published")
        definition = version.definition
        return SurveyVersionPublished(
            entry_id=entry_id(TOLD_AS, self.key, version.number),
            code=self.key,
            version=version.number,
            effective_from=version.published_at,
            published_at=version.published_at,
            metric=definition.metric,
            kind=definition.kind,
            language=definition.language,
            title=InLanguages(**definition.title),
            questions=[_told(question, definition.scale_of(question)) for question in definition.questions],
        )

    @property
    def as_shipped(self) -> bool:
        """Whether no person has drafted a version: people draft, then publish; only the product does both at once."""
        return all(version.published_at == version.created_at for version in self.versions)

    @property
    def metric(self) -> Metric:
        """What it measures: the same in every version."""
        return self.versions[0].definition.metric

    @property
    def published(self) -> int | None:
        """The number of the version in use."""
        return self.in_use.number if self.in_use is not None else None

    @property
    def about_relationship(self) -> bool:
        """Whether the version in use asks about the company as a whole."""
        return self.in_use is not None and self.in_use.definition.kind == "relationship"

    @property
    def in_use(self) -> SurveyVersion | None:
        """The published version with the highest number: the one that is sent."""
        return max((v for v in self.versions if v.published_at is not None), key=lambda v: v.number, default=None)
