"""Back-tests: tables, aggregates, the past that they look at, read in portions, and lists, one statement a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import updated_at
from rapport_chassis.filters import Changing, Dated, Filters, Is, Many, OneCode, OneOf, find, open_in
from rapport_chassis.histories import HistoryStore, history
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_kernel.errors import NotFound
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from rapport_complaints.back_tests.domain import BACK_TEST_LIFE, BackTest, Change, LimitOutcome
from rapport_complaints.cases.domain.life import PAUSES
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.complaints import read_clock
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.schema import metadata, moment


def _count(name: str) -> Column[object]:
    return Column(name, Integer, nullable=False)


back_tests = Table(
    "back_tests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("policy", Text, nullable=False, comment="the code that it would have"),
    Column("pack", Text),
    Column("body", JSONB, nullable=False),
    moment("received_from", nullable=False),
    moment("received_before", nullable=False),
    moment("as_of", nullable=False),
    moment("last_at", nullable=False),
    _count("total"),
    _count("done_complaints"),
    _count("n"),
    _count("changed"),
    _count("newly_breached"),
    _count("newly_met"),
    _count("breached_before"),
    _count("breached_after"),
    Column("excluded", JSONB, nullable=False),
    moment("cursor_at"),
    Column("cursor_id", Uuid),
    moment("ended_at"),
    *updated_at("back_tests"),
    Index("back_tests_as_of", "as_of", "id"),
    Index("back_tests_state", "state", "as_of", "id"),
    comment="One row for each back-test; the sums grow while it runs.",
)

back_test_changes = Table(
    "back_test_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("back_test_id", Uuid, ForeignKey("back_tests.id"), nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("clock_id", Uuid, comment="null: it had no clock"),
    Column("policy", Text, comment="what holds; null: no limit"),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    moment("due_before"),
    moment("due_after"),
    Index("back_test_changes_kind", "back_test_id", "kind", "id"),
    Index("back_test_changes_before", "back_test_id", "before", "id"),
    Index("back_test_changes_after", "back_test_id", "after", "id"),
    Index("back_test_changes_of", "back_test_id", "id"),
    comment="The limits that would have ended otherwise, in the order of receipt.",
)


RUN = "back-test.run"
"""The kind of timer that carries the portions; its key is the back-test."""
c, m = tables.complaints.c, history.c
_WAITING = (*PAUSES.values(), "resume")


@dataclass(slots=True)
class PastComplaint:
    """A complaint of the past as a back-test sees it: its row, its clocks, and without clocks its waits (move, when)."""

    row: Row[Any]
    clocks: list[Clock] = field(default_factory=list)
    waits: list[tuple[str, datetime]] = field(default_factory=list)


class BackTests(HistoryStore[BackTest]):
    """Back-tests."""

    table = back_tests
    kind = BackTest
    name = "back-test"

    async def running(self) -> int:
        """How many are running."""
        query = select(func.count()).where(back_tests.c.state == "running")
        return (await self.work.connection.execute(query)).scalar_one()

    async def count(self, start: datetime, end: datetime) -> int:
        """How many complaints were received from `start` on and before `end`."""
        query = select(func.count()).select_from(tables.complaints).where(*between(c.received_at, start, end))
        return (await self.work.connection.execute(query)).scalar_one()

    async def portion(self, test: BackTest, size: int) -> list[PastComplaint]:
        """The next complaints in the order of their receipt, with what is known about their limits; three statements."""
        columns = [
            c.id,
            c.number,
            c.state,
            c.channel,
            c.category,
            c.severity,
            c.complex,
            c.episode,
            c.policy,
            c.external_ref,
        ]
        columns += [c.received_at, c.began_at, c.acknowledged_at, c.accepted_at, c.feedback_at, c.closed_at]
        query = select(*columns).where(*between(c.received_at, test.received_from, test.received_before))
        if test.cursor_at is not None:
            query = query.where(tuple_(c.received_at, c.id) > tuple_(test.cursor_at, test.cursor_id))
        rows = (await self.work.connection.execute(query.order_by(c.received_at, c.id).limit(size))).all()
        found = {row.id: PastComplaint(row) for row in rows}
        await self._add_clocks(found)
        await self._add_waits({name: past for name, past in found.items() if not past.clocks})
        return list(found.values())

    async def keep(self, test: BackTest, changes: Sequence[Change]) -> None:
        """Write down what would have ended otherwise."""
        rows = [
            {
                "back_test_id": test.id,
                "complaint_id": each.case.complaint_id,
                "number": each.case.number,
                "kind": each.case.kind.value,
                "clock_id": each.case.clock_id,
                "policy": each.policy,
                "before": each.before.outcome.value,
                "after": each.after.outcome.value,
                "due_before": each.before.due_at,
                "due_after": each.after.due_at,
            }
            for each in changes
        ]
        if rows:
            await self.work.connection.execute(insert(back_test_changes), rows)

    async def _add_clocks(self, found: Mapping[UUID, PastComplaint]) -> None:
        query = select(tables.clocks).where(tables.clocks.c.complaint_id.in_(list(found))).order_by(tables.clocks.c.id)
        for row in (await self.work.connection.execute(query)).mappings():
            found[row["complaint_id"]].clocks.append(read_clock(row))

    async def _add_waits(self, found: Mapping[UUID, PastComplaint]) -> None:
        query = select(m.subject_id, m.move, m.at).where(m.subject_id.in_(list(found)), m.move.in_(_WAITING))
        for row in await self.work.connection.execute(query.order_by(m.seq)):
            found[row.subject_id].waits.append((row.move, row.at))


b, g = back_tests.c, back_test_changes.c
STARTED = Keyset({"as_of": b.as_of}, b.id, default="-as_of")
FOUND = Keyset({"found": g.id}, g.id, default="found")


class BackTestFilters(Changing, Dated):
    """What a list of back-tests can be narrowed down to."""

    at = "as_of"

    state: Annotated[Many[str] | None, OneOf(BACK_TEST_LIFE.states)] = None
    open: Annotated[bool | None, open_in(BACK_TEST_LIFE)] = Field(default=None, description="Running, or over.")
    policy: Many[OneCode] | None = None


class ChangeFilters(Filters):
    """What the changes of a back-test can be narrowed down to."""

    kind: Many[ClockKind] | None = None
    outcome_before: Annotated[Many[LimitOutcome] | None, Is("before")] = None
    outcome_after: Annotated[Many[LimitOutcome] | None, Is("after")] = None


async def find_back_tests(work: Work, filters: BackTestFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of back-tests, the newest first. Raises Invalid for a bad cursor or order."""
    return await find(work, back_tests, STARTED, filters, paging)


async def find_changes(work: Work, back_test_id: UUID, filters: ChangeFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of what a back-test found, in the order of receipt. Raises NotFound, Invalid."""
    if (await work.connection.execute(select(b.id).where(b.id == back_test_id))).one_or_none() is None:
        raise NotFound
    return await find(work, back_test_changes, FOUND, filters, paging, g.back_test_id == back_test_id, of=back_test_id)
