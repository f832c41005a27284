"""What is behind the codes of surveys, on a compacted topic: a record for each version of each thing. Key: of kind, code and
version (`rapport_contracts.catalogue`). Questions are the company's own words; no answer is here.
"""

from __future__ import annotations

from typing import Any

from rapport_contracts.catalogue import Entry, InLanguages
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, Open
from rapport_contracts.satisfaction import CATALOGUE
from rapport_contracts.vocabulary import Metric


class SurveyQuestion(Payload):
    """One question as customers see it. A comment has no scale."""

    code: Code
    kind: Code
    text: InLanguages
    lowest: int | None
    highest: int | None
    lowest_label: InLanguages | None
    highest_label: InLanguages | None
    required: bool


class SurveyVersionPublished(
    Event,
    Entry,
    type="survey-version.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff publish it with `POST …/surveys/{id}:publish`, or it is shipped.",
    often="again",
):
    """A version of a survey with its questions. `code` is the key of the survey, the `survey` of other events. Drafts are
    not published."""

    metric: Open[Metric]
    kind: Code
    language: Code
    title: InLanguages
    questions: list[SurveyQuestion]


class SatisfactionPolicyPublished(
    Event,
    Entry,
    type="satisfaction-policy.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put a version with the `PUT` of its kind, or it is shipped.",
    often="again",
):
    """A version of a rule that asking and following up go by, as it was put: `kind` says what its body is."""

    kind: Code
    body: dict[str, Any]
