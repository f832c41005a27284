"""The pool: what fails is told apart, heals by itself, and leaves nothing behind."""
# ruff: noqa: PT012 - what raises is the whole transaction

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import anyio
import asyncpg
import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database, Limits, is_transient, sqlstate
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Invalid, NotFound, Unavailable
from rapport_testing import eventually
from rapport_testing.proxy import FaultProxy
from sqlalchemy import text
from sqlalchemy.engine import make_url

OTHERS = """
    SELECT pid, state, query FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


async def backends(db: Database) -> list[asyncpg.Record]:
    """What the other connections of this database are doing."""
    connection = await db.dedicated()
    try:
        return await connection.fetch(OTHERS)
    finally:
        await connection.close()


async def all_idle(db: Database) -> None:
    """Wait until none of them is at work or in a transaction. A session that just begins or ends passes by."""

    async def idle() -> bool:
        busy = [row for row in await backends(db) if row["state"] != "idle"]
        assert not busy, busy
        return True

    await eventually(idle, within=10)


async def cut_all(db: Database) -> None:
    connection = await db.dedicated()
    try:
        for other in await connection.fetch(OTHERS):
            await connection.execute("SELECT pg_terminate_backend($1)", other["pid"])
    finally:
        await connection.close()


async def test_a_connection_cut_in_mid_transaction_rolls_back_and_the_next_work_succeeds(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    ticket = new_ticket()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one depends on how far it got
        async with factory(actor) as work:
            work.tickets.add(ticket)
            await work.flush()
            await cut_all(db)
            await work.connection.execute(text("SELECT 1"))
    assert is_transient(raised.value)
    async with factory(actor) as work:
        assert not await work.tickets.get_many([ticket.id])


async def test_connections_that_died_in_the_pool_are_replaced_without_an_error(
    factory: Any, actor: Actor, db: Database
) -> None:
    async def hold(all_in: asyncio.Barrier) -> None:
        async with factory(actor):
            await all_in.wait()

    barrier = asyncio.Barrier(5)
    await asyncio.gather(*(hold(barrier) for _ in range(5)))
    await cut_all(db)
    for _ in range(10):
        async with factory(actor) as work:
            await work.connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("times", [1, 20])
async def test_a_cancelled_query_leaves_no_open_transaction(factory: Any, actor: Actor, db: Database, times: int) -> None:
    async def sleepy() -> None:
        async with factory(actor) as work:
            await work.connection.execute(text("SELECT pg_sleep(20)"))

    for _ in range(times):
        with anyio.move_on_after(0.02):
            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(sleepy)

    await all_idle(db)
    async with factory(actor) as work:
        assert await work.raw()
    assert len(await backends(db)) <= db.limits.pool_size


async def test_a_work_cancelled_between_statements_is_rolled_back(
    factory: Any, actor: Actor, new_ticket: Any, db: Database
) -> None:
    ticket = new_ticket()
    written = asyncio.Event()

    async def half() -> None:
        async with factory(actor) as work:
            work.tickets.add(ticket)
            await work.flush()
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(half())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with factory(actor) as work:
        assert not await work.tickets.get_many([ticket.id])
    await all_idle(db)  # long before the server itself would end a transaction that was left open


async def test_a_full_pool_is_said_within_its_patience(database: Any, actor: Actor) -> None:
    small = Database(database.url, limits=Limits(pool_size=1, pool_wait=timedelta(seconds=0.2)))
    factory = WorkFactory(small, Work, source="test")
    try:
        async with factory(actor):
            with pytest.raises(Unavailable) as raised:
                async with factory(actor):
                    pass
        assert raised.value.code == "database-busy"
        assert is_transient(raised.value)
    finally:
        await small.close()


async def test_a_statement_that_takes_too_long_is_ended(database: Any, actor: Actor) -> None:
    strict = Database(database.url, limits=Limits(pool_size=1, statement=timedelta(seconds=0.1)))
    try:
        with pytest.raises(Exception) as raised:  # noqa: PT011
            async with WorkFactory(strict, Work, source="test")(actor) as work:
                await work.connection.execute(text("SELECT pg_sleep(5)"))
        assert sqlstate(raised.value) == "57014"
        assert is_transient(raised.value)
    finally:
        await strict.close()


async def test_a_lock_that_another_holds_is_not_waited_for_for_ever(
    database: Any, factory: Any, actor: Actor, new_ticket: Any
) -> None:
    impatient = Database(database.url, limits=Limits(pool_size=1, lock=timedelta(seconds=0.1)))
    async with factory(actor) as work:
        ticket = work.tickets.add(new_ticket())
    try:
        async with factory(actor) as holder:
            await holder.tickets.get(ticket.id, for_update=True)
            with pytest.raises(Exception) as raised:  # noqa: PT011
                async with WorkFactory(impatient, type(holder), source="test")(actor) as work:
                    await work.tickets.get(ticket.id, for_update=True)
        assert sqlstate(raised.value) == "55P03"
        assert is_transient(raised.value)
    finally:
        await impatient.close()


async def test_a_database_that_is_not_there_is_transient(database: Any, actor: Actor) -> None:
    nowhere = Database("postgresql://nobody:x@127.0.0.1:1/none")
    with pytest.raises(ConnectionRefusedError) as raised:
        async with WorkFactory(nowhere, Work, source="test")(actor):
            pass
    assert is_transient(raised.value)
    await nowhere.close()


async def test_what_the_input_is_to_blame_for_is_not_transient(factory: Any, actor: Actor, new_ticket: Any) -> None:
    ticket = new_ticket()
    async with factory(actor) as work:
        work.tickets.add(ticket)
    with pytest.raises(Exception) as doubled:  # noqa: PT011
        async with factory(actor) as work:
            work.tickets.add(new_ticket(state="x"))
            work.tickets.add(type(ticket)(id=ticket.id))
    assert sqlstate(doubled.value) == "23505"
    assert not is_transient(doubled.value)
    assert not is_transient(Invalid())
    assert not is_transient(NotFound())
    assert not is_transient(ValueError("x"))


@pytest.fixture
async def proxied(database: Any) -> AsyncIterator[tuple[Database, FaultProxy]]:
    """A database behind a proxy, with little patience."""
    target = make_url(database.url)
    limits = Limits(pool_size=2, statement=timedelta(seconds=0.5), grace=timedelta(seconds=0.2))
    async with FaultProxy((target.host, target.port)) as proxy:
        behind = Database(target.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False), limits=limits)
        yield behind, proxy
        proxy.black_hole = False
        await behind.close()


async def test_a_network_that_swallows_everything_is_given_up_in_time_and_heals(proxied: Any, actor: Actor) -> None:
    behind, proxy = proxied
    factory = WorkFactory(behind, Work, source="test")
    for _ in range(3):
        async with factory(actor) as work:
            await work.connection.execute(text("SELECT 1"))
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError) as raised:
            async with factory(actor) as work:
                proxy.black_hole = True
                await work.connection.execute(text("SELECT 1"))
        assert is_transient(raised.value)
        assert asyncio.get_running_loop().time() - began < 10
        proxy.black_hole = False
    async with factory(actor) as work:
        await work.connection.execute(text("SELECT 1"))


async def test_resets_and_refused_connections_heal_by_themselves(proxied: Any, actor: Actor) -> None:
    behind, proxy = proxied
    factory = WorkFactory(behind, Work, source="test")
    for _ in range(3):
        async with factory(actor):
            pass
        proxy.reset()
        async with factory(actor):  # a dead connection is replaced before anything has happened
            pass
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one depends on who notices first
            async with factory(actor) as work:
                proxy.reset()
                await work.connection.execute(text("SELECT 1"))
        assert is_transient(raised.value)
    await proxy.refuse()
    with pytest.raises(Exception) as raised:  # noqa: PT011
        async with factory(actor):
            pass
    assert is_transient(raised.value)
    await proxy.accept()
    async with factory(actor):
        pass


async def test_the_session_is_set_for_short_transactions_in_utc(db: Database) -> None:
    async with db.engine.connect() as connection:
        shown = {
            name: (await connection.execute(text(f"SHOW {name}"))).scalar_one()
            for name in (
                *("jit", "plan_cache_mode", "random_page_cost", "timezone"),
                *("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"),
            )
        }
    assert shown == {
        "jit": "off",
        "plan_cache_mode": "force_custom_plan",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "statement_timeout": "15s",
        "lock_timeout": "4s",
        "idle_in_transaction_session_timeout": "30s",
    }
