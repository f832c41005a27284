"""Propose a change: what is to become rarer, who answers for it, which complaints show the problem."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import TrendDimension
from rapport_contracts.fields import Code
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.ids import new_id

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.file_complaint import OLDEST
from rapport_complaints.finding.store.trends import Trends
from rapport_complaints.recovery.domain.change import MOST_COMPLAINTS, ChangeRecord
from rapport_complaints.recovery.store.changes import Changes
from rapport_complaints.schema import next_number


class NewChange(Command):
    """The problem is the note; about ways of working, never about persons. What it shows in is a trend that was found, or a
    group of complaints: those of a cause, a category, a product, a touchpoint or a unit."""

    model_config = example(
        {
            "dimension": "cause",
            "group": "process",
            "owner": "unit-logistics",
            "note": "Parcels are handed over without a scan; nobody can say where they are.",
        }
    )

    owner: Code = Field(description="Who answers for it: an opaque staff id or a unit.")
    trend_id: UUID | None = Field(default=None, description="Null: the group is named.")
    dimension: TrendDimension | None = Field(default=None, description="Null: that of the trend.")
    group: Code | None = Field(default=None, description="Null: that of the trend.")
    complaints: list[UUID] = Field(default_factory=list, max_length=MOST_COMPLAINTS)
    note: str = Field(min_length=1, max_length=10_000, description="What goes wrong again and again; stored encrypted.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.dimension is None) != (self.group is None):
            raise ValueError("dimension and group are named together")
        if (self.trend_id is None) == (self.dimension is None):
            raise ValueError("a trend or a group is named, not both")
        return self


async def propose_change(work: Work, command: NewChange) -> ChangeRecord:
    """Number, group and complaints (S68, S69). Raises Invalid `unknown-trend`, `unknown-complaint`, `in-the-future`,
    `too-long-ago`."""
    proposed_at = command.at or work.now
    if proposed_at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", "Nobody begins a change more than five years ago.")
    dimension, group = await _group(work, command)
    named = list(dict.fromkeys(command.complaints))
    await demand_complaints(work, named, "complaints")
    change = ChangeRecord(
        id=new_id(),
        number=await next_number(work, "CH", proposed_at.year, "change_numbers"),
        owner=command.owner,
        dimension=dimension,
        group=group,
        proposed_at=proposed_at,
        last_at=proposed_at,
        trend_id=command.trend_id,
        complaints=named,
    )
    change.propose(await act_of(work, change, command))
    return work.store(Changes).add(change)


async def demand_complaints(work: Work, ids: list[UUID], field: str) -> None:
    """Raises Invalid `unknown-complaint` when one of these does not exist."""
    if len(await work.store(Complaints).get_many(ids)) != len(ids):
        raise Invalid.at(field, "unknown-complaint", "There is no such complaint.")


async def _group(work: Work, command: NewChange) -> tuple[str, str]:
    if command.trend_id is None:
        if command.dimension is None or command.group is None:  # the body demands them together
            raise Invalid.at("group", "group-missing", "A trend or a group is named.")
        return command.dimension.value, command.group
    try:
        trend = await work.store(Trends).get(command.trend_id)
    except NotFound:
        raise Invalid.at("trend_id", "unknown-trend", "No such trend was found.") from None
    return trend.dimension, trend.name
