"""Back-tests as aggregates, and the past that they look at, read in portions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_chassis.histories import HistoryStore, history
from sqlalchemy import ColumnElement, Row, func, insert, select, tuple_

from rapport_complaints.back_tests.domain.back_test import BackTest, Change
from rapport_complaints.cases.domain.life import PAUSES
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.complaints import read_clock
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.store.tables import back_test_changes, back_tests

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
        query = select(func.count()).select_from(tables.complaints).where(*_received(start, end))
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
        query = select(*columns).where(*_received(test.received_from, test.received_before))
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


def _received(start: datetime, end: datetime) -> list[ColumnElement[bool]]:
    return [c.received_at >= start, c.received_at < end]
