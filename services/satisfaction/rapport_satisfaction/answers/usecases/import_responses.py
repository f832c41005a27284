"""Import answers given elsewhere, in sets. (source, ref) is their identity: running it twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

import orjson
from rapport_chassis.work import Recorded, Work
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_contracts.satisfaction.surveys import SurveyResponseReceived, SurveyResponseRejected
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Conflict, Forbidden, Invalid, NotFound
from rapport_kernel.ids import new_id

from rapport_satisfaction.answers.domain import Answers, Exclusion, Refusal, Response, band_of, rated, read_answers
from rapport_satisfaction.answers.store import COMMENTS, Responses
from rapport_satisfaction.surveys.domain import SurveyVersion
from rapport_satisfaction.surveys.store import Surveys


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as another system has it; `answers` by question key."""

    ref: str
    answers: Mapping[str, object]
    answered_at: datetime | None = None
    touchpoint: str | None = None
    agent: str | None = None
    agents: list[str] = field(default_factory=list)
    customer_id: UUID | None = None
    interaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of one item, in the order of the request. `reason` is a code, for rejected ones."""

    ref: str | None
    result: Literal["accepted", "duplicate", "rejected"]
    reason: str | None = None


async def import_responses(work: Work, source: str, survey_key: str, items: Sequence[Given | None]) -> list[Taken]:
    """Take a set of answers; None is an item that could not be read. The number of statements does not grow with the set.

    Answers that are off the scale are counted under `excluded`, never bent. Imported answers open no follow-up case.
    Raises NotFound, Conflict `not-published`, Forbidden when the key of a machine is for another source.
    """
    if work.actor.source not in (None, source):
        raise Forbidden("other-source")
    survey = (await work.store(Surveys).by_keys([survey_key])).get(survey_key)
    if survey is None:
        raise NotFound("no-such-survey")
    if survey.in_use is None:
        raise Conflict("not-published")
    batch = _Batch(work, source, survey_key, survey.in_use)
    valid, excluded = await work.store(Responses).known(source, [item.ref for item in items if item is not None])
    batch.seen = valid
    results = [batch.take(item) for item in items]
    await batch.write(excluded)
    return results


class _Batch:
    """The answers of one request on their way in."""

    def __init__(self, work: Work, source: str, survey: str, version: SurveyVersion) -> None:
        self.work, self.source, self.survey, self.version = work, source, survey, version
        self.seen: set[str] = set()
        self.responses: list[Response] = []
        self.exclusions: list[Exclusion] = []
        self.comments: dict[UUID, dict[str, str]] = {}

    def take(self, item: Given | None) -> Taken:
        """Read one item; returns its result."""
        if item is None:
            return Taken(None, "rejected", "malformed")
        if item.ref in self.seen:
            return Taken(item.ref, "duplicate")
        self.seen.add(item.ref)
        try:
            answers = read_answers(self.version.definition, item.answers)
        except Invalid as error:
            return Taken(item.ref, "rejected", error.code)
        if isinstance(answers, Refusal):
            self.exclusions.append(self._exclusion(item, answers))
            return Taken(item.ref, "rejected", answers.reason)
        self.responses.append(self._response(item, answers))
        return Taken(item.ref, "accepted")

    async def write(self, known: set[str]) -> None:
        """Store and publish the new ones; `known` are references that an earlier import excluded."""
        await self._seal()
        fresh = await self.work.store(Responses).add(self.responses)
        new = await self.work.store(Responses).exclude([one for one in self.exclusions if one.ref not in known])
        facts = [fact for one in self.responses if one.id in fresh for fact in self._scored(one)]
        facts += [self._rejected(one) for one in self.exclusions if one.id in new]
        self.work.apart()
        self.work.record_many(facts)
        detail = {"survey": self.survey, "accepted": len(fresh), "excluded": len(new)}
        await self.work.audit("responses.imported", f"source:{self.source}", detail=detail)

    async def _seal(self) -> None:
        owners = {one.owner for one in self.responses if one.id in self.comments}
        if not owners:
            return
        box = await self.work.vault.open_for(owners)
        for place, one in enumerate(self.responses):
            if one.id in self.comments:
                sealed = box.seal(one.owner, COMMENTS, orjson.dumps(self.comments[one.id]).decode())
                self.responses[place] = one.with_comments(sealed)

    def _response(self, item: Given, answers: Answers) -> Response:
        made = Response(
            id=new_id(),
            invitation_id=new_id(),
            survey=self.survey,
            survey_version=self.version.number,
            metric=self.version.definition.metric,
            score=answers.score,
            band=band_of(self.version.definition.metric, answers.score),
            answered_at=item.answered_at or self.work.now,
            received_at=self.work.now,
            ratings=answers.ratings,
            customer_id=item.customer_id,
            interaction_id=item.interaction_id,
            touchpoint=item.touchpoint,
            agent=item.agent,
            agents=item.agents or ([item.agent] if item.agent else []),
            source=self.source,
            ref=item.ref,
        )
        if answers.comments:
            self.comments[made.id] = answers.comments
        return made

    def _exclusion(self, item: Given, refusal: Refusal) -> Exclusion:
        return Exclusion(
            id=new_id(),
            invitation_id=new_id(),
            survey=self.survey,
            metric=self.version.definition.metric,
            reason=refusal.reason,
            at=item.answered_at or self.work.now,
            touchpoint=item.touchpoint,
            agent=item.agent,
            agents=item.agents,
            source=self.source,
            ref=item.ref,
        )

    def _scored(self, one: Response) -> list[Recorded]:
        received = SurveyResponseReceived(
            invitation_id=one.invitation_id,
            response_id=one.id,
            survey=one.survey,
            version=one.survey_version,
            customer_id=one.customer_id,
            received_at=one.received_at,
            answered_at=one.answered_at,
            source=one.source,
            ref=one.ref,
        )
        scale = self.version.definition.scale_of(self.version.definition.score)
        assert scale is not None  # noqa: S101 - that of the metric
        scored = SatisfactionScored(
            invitation_id=one.invitation_id,
            response_id=one.id,
            survey=one.survey,
            metric=Metric(one.metric),
            value=float(one.score),
            band=one.band,
            customer_id=one.customer_id,
            interaction_id=one.interaction_id,
            complaint_id=None,
            touchpoint=one.touchpoint,
            agent=one.agent,
            agents=one.agents,
            scored_at=one.received_at,
            answered_at=one.answered_at,
            version=one.survey_version,
            lowest=scale.low,
            highest=scale.high,
            ratings=rated(one.ratings),
            has_comment=one.comments is not None,
            source=one.source,
            ref=one.ref,
        )
        return [
            Recorded(received, one.invitation_id, 1),
            Recorded(scored, one.invitation_id, 2),
        ]

    def _rejected(self, one: Exclusion) -> Recorded:
        fact = SurveyResponseRejected(
            invitation_id=one.invitation_id,
            survey=one.survey,
            customer_id=None,
            reason=one.reason,
            rejected_at=self.work.now,
            answered_at=one.at,
            source=one.source,
            ref=one.ref,
        )
        return Recorded(fact, one.invitation_id, 1)
