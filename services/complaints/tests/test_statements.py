"""What a command costs in SQL statements, and that the migrated tables are those of the code."""

from __future__ import annotations

import pytest
from rapport_chassis.customers.tables import metadata as customers
from rapport_chassis.migrations import differences
from rapport_chassis.service import Service
from rapport_chassis.tables import metadata as chassis
from rapport_chassis.work import Work
from rapport_complaints.emergencies.store import metadata
from rapport_testing.databases import Database, statements
from sqlalchemy import MetaData

from .desk import Desk

UNCOMPARABLE = ("inbox_", "complaints_by_due")
"""Partitions, and an index over an expression that the database writes in its own way."""


def short(seen: list[str]) -> list[str]:
    """The verbs and tables, for a failing test to read."""
    return [" ".join(statement.split()[:6]) for statement in seen]


async def test_filing_a_complaint_costs_no_more_than_it_needs(desk: Desk, served: Service[Work]) -> None:
    with statements(served) as seen:
        await desk.file()
    # the time, two for the key, number, category, policies, calendar, then complaint with contact, clocks, timers, history,
    # outbox and audit
    assert len(seen) <= 14, short(seen)


async def test_a_plain_command_costs_no_more_than_it_needs(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.until("assigned")
    with statements(served) as seen:
        await desk.act(filed, "start-investigation")
    # now, complaint, clocks; complaint, history, outbox, audit; one more for clocks that had something to say
    assert len(seen) <= 9, short(seen)


async def test_a_list_is_one_statement(desk: Desk, served: Service[Work]) -> None:
    for _ in range(5):
        await desk.file()
    with statements(served) as seen:
        await desk.get("/complaints", {"state": "received"})
    assert len(seen) == 2, short(seen)  # now, the list


@pytest.mark.parametrize("many", [1, 20])
async def test_due_clocks_cost_the_same_few_statements_whatever_their_number(
    desk: Desk, served: Service[Work], many: int
) -> None:
    for _ in range(many):
        await desk.file(received_at="2026-10-01T00:00:00Z")
    with statements(served) as seen:
        await desk.fire()
    polls = ("SELECT now()", "DELETE FROM timers")  # two for each kind of timer that there is
    # the clocks: a lock, complaints, clocks, and both of them written, timers; the ladder: a lock, itself, what is major,
    # how many are alike, complaints, clocks, and complaints written, history, escalations, timers, audit
    assert len([statement for statement in seen if not statement.startswith(polls)]) <= 17, short(seen)
    assert (await desk.names()).count("clock.breached") == 2 * many


async def test_the_migrated_tables_are_those_of_the_code(database: Database) -> None:
    both = MetaData()
    for each in (chassis, customers, metadata):
        for table in each.tables.values():
            table.to_metadata(both)
    found = await differences(database.url, "rapport_complaints.migrations", both)
    assert [line for line in found if not any(name in line for name in UNCOMPARABLE)] == []
