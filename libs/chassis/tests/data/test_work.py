"""The unit of work: all or nothing, one version each, nothing left open."""

# ruff: noqa: PT012 - what raises is the whole transaction
from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import Database
from rapport_chassis.work import WorkFactory
from rapport_contracts.complaints.cases import ComplaintAcknowledged
from rapport_contracts.complaints.handling import ComplaintReleased
from rapport_kernel.errors import NotFound, VersionConflict
from rapport_kernel.ids import new_id
from sqlalchemy import text


async def fetch(db: Database, sql: str, **values: Any) -> list[Any]:
    async with db.engine.connect() as connection:
        return list((await connection.execute(text(sql), values)).all())


async def test_an_aggregate_comes_back_as_it_was_saved(factory: Any, actor: Actor, new_ticket: Any) -> None:
    ticket = new_ticket(
        words=b"\x00\xff'",
        labels=["a", 'b"c', "客户"],
        notes={"deep": [1, None, {"x": "y"}]},
        cost=Decimal("10.10"),
        opened_at=datetime(2026, 3, 1, 8, 30, 0, 123456, UTC),
    )
    async with factory(actor) as work:
        work.tickets.add(ticket)
    async with factory(actor) as work:
        loaded = await work.tickets.get(ticket.id)
    assert loaded == ticket
    assert loaded is not ticket
    assert loaded.version == 1


async def test_facts_get_the_sequence_of_the_version_they_made(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    ticket = new_ticket()
    async with factory(actor) as work:
        ticket.acknowledge(work.now)
        ticket.acknowledge(work.now)
        work.tickets.add(ticket)
    async with factory(actor) as work:
        loaded = await work.tickets.get(ticket.id, for_update=True)
        loaded.move("close")
        loaded.acknowledge(work.now)
    rows = await fetch(db, "SELECT sequence FROM outbox WHERE aggregateid = :key ORDER BY position", key=ticket.id)
    assert [int(row.sequence) for row in rows] == [1, 2, 3]
    assert loaded.version == 3


async def test_an_untouched_aggregate_is_not_written(factory: Any, actor: Actor, new_ticket: Any, statements: Any) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    with statements() as sent:
        async with factory(actor) as work:
            await work.tickets.get(ticket.id)
    assert not [statement for statement in sent if statement.startswith("UPDATE")]


async def test_one_of_two_concurrent_writers_gets_a_version_conflict(factory: Any, actor: Actor, new_ticket: Any) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    both_read, told = asyncio.Barrier(2), list[VersionConflict]()

    async def write(label: str) -> str:
        try:
            async with factory(actor) as work:
                mine = await work.tickets.get(ticket.id)
                await both_read.wait()
                mine.labels.append(label)
        except VersionConflict as refused:
            told.append(refused)
            return "conflict"
        return label

    results = sorted(await asyncio.gather(write("a"), write("b")))
    assert results in (["a", "conflict"], ["b", "conflict"])
    async with factory(actor) as work:
        won = await work.tickets.get(ticket.id)
    assert won.labels == [results[0]]
    now = told[0]
    assert (now.version, now.state, getattr(now.of, "labels", None)) == (won.version, "open", won.labels), "what it is now"


async def test_writers_that_lock_wait_for_each_other_and_both_succeed(factory: Any, actor: Actor, new_ticket: Any) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())

    async def write(label: str) -> None:
        async with factory(actor) as work:
            (await work.tickets.get(ticket.id, for_update=True)).labels.append(label)

    await asyncio.gather(*(write(str(n)) for n in range(10)))
    async with factory(actor) as work:
        loaded = await work.tickets.get(ticket.id)
    assert sorted(loaded.labels) == sorted(str(n) for n in range(10))
    assert loaded.version == 11


async def test_the_version_of_if_match_is_checked(factory: Any, actor: Actor, new_ticket: Any) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    with pytest.raises(VersionConflict):
        async with factory(actor, expected_version=7) as work:
            await work.tickets.get(ticket.id, for_update=True)
    async with factory(actor, expected_version=1) as work:
        await work.tickets.get(ticket.id, for_update=True)


async def test_locking_what_was_read_before_takes_the_lock_and_notices_a_change(
    factory: Any, actor: Actor, new_ticket: Any, statements: Any
) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    with statements() as sent:
        async with factory(actor) as work:
            read = await work.tickets.get(ticket.id)
            assert await work.tickets.get(ticket.id, for_update=True) is read
            assert await work.tickets.get(ticket.id, for_update=True) is read
    assert [statement.endswith("FOR UPDATE") for statement in sent if "tickets" in statement] == [False, True]
    with pytest.raises(VersionConflict) as refused:
        async with factory(actor) as work:
            await work.tickets.get(ticket.id)
            async with factory(actor) as other:
                (await other.tickets.get(ticket.id, for_update=True)).labels.append("x")
            await work.tickets.get(ticket.id, for_update=True)
    now = refused.value
    assert (now.version, now.state, getattr(now.of, "labels", None)) == (2, "open", ["x"]), "what it is now"


async def test_a_missing_aggregate_is_not_found(factory: Any, actor: Actor) -> None:
    with pytest.raises(NotFound):
        async with factory(actor) as work:
            await work.tickets.get(new_id())


async def test_an_error_leaves_nothing_of_state_outbox_timers_and_audit(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    ticket = new_ticket()
    with pytest.raises(ZeroDivisionError):
        async with factory(actor) as work:
            ticket.acknowledge(work.now)
            work.tickets.add(ticket)
            await work.timers.set("remind", ticket.id, work.now)
            await work.audit("close", f"ticket:{ticket.id}")
            await work.flush()
            raise ZeroDivisionError
    assert not await fetch(db, "SELECT 1 FROM tickets WHERE id = :id", id=ticket.id)
    assert not await fetch(db, "SELECT 1 FROM outbox WHERE aggregateid = :id", id=ticket.id)
    assert not await fetch(db, "SELECT 1 FROM timers WHERE key = :id", id=str(ticket.id))
    assert not await fetch(db, "SELECT 1 FROM audit WHERE subject = :it", it=f"ticket:{ticket.id}")


async def test_a_plain_command_takes_six_round_trips(factory: Any, actor: Actor, new_ticket: Any, statements: Any) -> None:
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    with statements() as sent:
        async with factory(actor) as work:
            loaded = await work.tickets.get(ticket.id, for_update=True)
            loaded.move("close")
            loaded.acknowledge(work.now)
    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "SELECT", "UPDATE", "INSERT", "COMMIT"]


async def test_a_thousand_new_aggregates_with_facts_and_timers_take_three_statements(
    factory: Any, actor: Actor, new_ticket: Any, statements: Any
) -> None:
    with statements() as sent:
        async with factory(actor) as work:
            for _ in range(1000):
                ticket = work.tickets.add(new_ticket())
                ticket.acknowledge(work.now)
                await work.timers.set("remind", ticket.id, work.now + timedelta(days=1))
    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "INSERT", "INSERT", "INSERT", "COMMIT"]


async def test_many_changed_aggregates_are_one_update_and_one_stale_row_stops_all(
    factory: Any, actor: Actor, new_ticket: Any
) -> None:
    made = [new_ticket() for _ in range(20)]
    async with factory(actor) as work:
        work.tickets.add_many(made)
    with pytest.raises(VersionConflict):
        async with factory(actor) as work:
            found = await work.tickets.get_many([ticket.id for ticket in made])
            for ticket in found.values():
                ticket.labels.append("late")
            async with factory(actor) as other:
                (await other.tickets.get(made[3].id)).labels.append("first")
    async with factory(actor) as work:
        found = await work.tickets.get_many([ticket.id for ticket in made])
    assert [ticket.labels for ticket in found.values() if ticket.labels] == [["first"]]


async def test_now_is_the_time_of_the_database_in_utc(factory: Any, actor: Actor) -> None:
    async with factory(actor) as work:
        said = (await work.connection.execute(text("SELECT now()"))).scalar_one()
        assert work.now == said
        assert work.now.tzinfo is UTC


async def test_loops_are_woken_after_the_commit_only(factory: Any, actor: Actor) -> None:
    async with factory(actor) as work:
        work.wake("fold")
        assert not await factory.wakes.wait("fold", 0)
    assert await factory.wakes.wait("fold", 0)


async def test_raw_is_the_same_transaction(factory: Any, actor: Actor, db: Database) -> None:
    marker = new_id()
    with pytest.raises(ZeroDivisionError):
        async with factory(actor) as work:
            raw = await work.raw()
            await raw.copy_records_to_table(
                "timers",
                records=[("x", str(marker), work.now, "{}", work.now)],
                columns=["kind", "key", "due", "payload", "next_try"],
            )
            assert await raw.fetchval("SELECT now()") == work.now
            raise ZeroDivisionError
    assert not await fetch(db, "SELECT 1 FROM timers WHERE key = :key", key=str(marker))


async def test_events_carry_the_cause_on(factory: Any, actor: Actor, new_ticket: Any, db: Database) -> None:
    trace = "00-" + "1" * 32
    cause = Cause(correlation_id=new_id(), causation_id=new_id(), traceparent=f"{trace}-{'2' * 16}-01")
    async with factory(actor, cause) as work:
        ticket = work.tickets.add(new_ticket())
        ticket.acknowledge(work.now)
    (row,) = await fetch(
        db, "SELECT correlationid, causationid, traceparent, actor FROM outbox WHERE aggregateid = :key", key=ticket.id
    )
    assert (row.correlationid, row.causationid, row.actor) == (cause.correlation_id, cause.causation_id, "person:agent-7")
    assert row.traceparent.startswith(trace)


async def test_facts_of_a_batch_are_correlated_by_what_they_are_about(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    trace = "00-" + "3" * 32
    async with factory(actor, Cause(traceparent=f"{trace}-{'2' * 16}-01")) as work:
        work.apart()
        tickets = [work.tickets.add(new_ticket()) for _ in range(3)]
        for ticket in tickets:
            ticket.acknowledge(work.now)
    rows = await fetch(
        db,
        "SELECT aggregateid, correlationid, causationid, traceparent FROM outbox WHERE aggregateid = ANY(:keys)",
        keys=[ticket.id for ticket in tickets],
    )
    assert len(rows) >= 3
    assert all(row.correlationid == row.aggregateid and row.causationid is None for row in rows)
    assert all(row.traceparent.startswith(trace) for row in rows)


async def test_a_fact_of_a_reaction_names_the_one_that_caused_it(
    factory: Any, actor: Actor, new_ticket: Any, db: Database, keys: Any
) -> None:
    async def release(work: Any, facts: Any) -> None:
        for fact in facts:
            released = ComplaintReleased(
                complaint_id=fact.complaint_id, customer_id=None, released_by="a", reason="b", released_at=work.now
            )
            work.record(released, sequence=9)

    reacting = _reacting(factory, db, keys, {ComplaintAcknowledged: [release]})
    async with reacting(actor) as work:
        tickets = [work.tickets.add(new_ticket()) for _ in range(2)]
        for ticket in tickets:
            ticket.acknowledge(work.now)
    for ticket in tickets:
        first, then = await fetch(
            db,
            "SELECT id, type, causationid FROM outbox WHERE aggregateid = :key ORDER BY position",
            key=ticket.id,
        )
        assert (first.type, first.causationid) == ("complaint.acknowledged.v1", None)
        assert (then.type, then.causationid) == ("complaint.released.v1", first.id)


def _reacting(factory: Any, db: Database, keys: Any, reactions: Any) -> WorkFactory[Any]:
    return WorkFactory(db, factory.kind, source="tickets", keys=keys, reactions=reactions)


async def test_subjects_react_once_to_all_facts_of_a_type_in_their_order_and_in_the_same_transaction(
    factory: Any, db: Database, keys: Any, actor: Actor, new_ticket: Any
) -> None:
    seen: list[tuple[str, list[Any]]] = []

    async def first(work: Any, facts: list[ComplaintAcknowledged]) -> None:
        seen.append(("first", [fact.complaint_id for fact in facts]))
        for one in (await work.tickets.get_many([fact.complaint_id for fact in facts])).values():
            one.labels = ["acknowledged"]

    async def second(work: Any, facts: list[ComplaintAcknowledged]) -> None:
        stored = await work.connection.execute(text("SELECT count(*) FROM tickets WHERE labels = '{}'"))
        seen.append(("second", [len(facts), stored.scalar_one() >= 2]))

    factory = _reacting(factory, db, keys, {ComplaintAcknowledged: [first, second]})
    tickets = [new_ticket(), new_ticket()]
    async with factory(actor) as work:
        for ticket in tickets:
            ticket.acknowledge(work.now)
            work.tickets.add(ticket)
    assert seen == [("first", [one.id for one in tickets]), ("second", [2, True])]
    async with factory(actor) as work:
        assert [one.labels for one in (await work.tickets.get_many([one.id for one in tickets])).values()] == [
            ["acknowledged"],
            ["acknowledged"],
        ]


async def test_a_reaction_that_refuses_refuses_the_command(
    factory: Any, db: Database, keys: Any, actor: Actor, new_ticket: Any
) -> None:
    async def refuse(_work: Any, _facts: list[Any]) -> None:
        raise NotFound

    factory, ticket = _reacting(factory, db, keys, {ComplaintAcknowledged: [refuse]}), new_ticket()
    with pytest.raises(NotFound):
        async with factory(actor) as work:
            ticket.acknowledge(work.now)
            work.tickets.add(ticket)
    async with factory(actor) as work:
        assert await work.tickets.get_many([ticket.id]) == {}


async def test_reactions_without_an_end_are_stopped(
    factory: Any, db: Database, keys: Any, actor: Actor, new_ticket: Any
) -> None:
    async def again(work: Any, facts: list[ComplaintAcknowledged]) -> None:
        for one in (await work.tickets.get_many([fact.complaint_id for fact in facts])).values():
            one.acknowledge(work.now)

    factory, ticket = _reacting(factory, db, keys, {ComplaintAcknowledged: [again]}), new_ticket()
    with pytest.raises(RuntimeError, match="reactions without an end, the last to ComplaintAcknowledged"):
        async with factory(actor) as work:
            ticket.acknowledge(work.now)
            work.tickets.add(ticket)
