"""The audit chain: append-only, and any tampering is found at its row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis import auditing
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database, sqlstate
from rapport_testing.databases import as_owner
from sqlalchemy import text


@pytest_asyncio.fixture
async def trail(db: Database, factory: Any, actor: Actor) -> AsyncIterator[Database]:
    """A fresh chain of 20 rows; removed afterwards as only a superuser who switches the triggers off can."""
    await meddle(db, "DELETE FROM audit", "UPDATE audit_head SET seq = 0, hash = sha256('rapport audit')")
    for n in range(10):
        async with factory(actor) as work:
            await work.audit(
                "read-clear", f"customer:{n}", reason="客户 asked", detail={"n": n, "deep": {"b": [1.5, None], "a": "ü"}}
            )
            await work.audit("open", "customer:0")
    yield db


async def meddle(db: Database, *statements: str) -> None:
    """Change the trail behind its back: the owner of the table can switch its triggers off."""
    owner = Database(as_owner(db.url))
    async with owner.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        for statement in statements:
            await connection.execute(text(statement))
        await connection.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))
    await owner.close()


async def verdict(db: Database) -> auditing.Broken | None:
    async with db.engine.connect() as connection:
        return await auditing.verify(connection)


async def test_an_untouched_chain_holds(trail: Database) -> None:
    assert await verdict(trail) is None
    async with trail.engine.connect() as connection:
        row = (await connection.execute(text("SELECT * FROM audit WHERE seq = 1"))).one()
    assert (row.actor_kind, row.actor_id, row.action, row.subject, row.reason) == (
        "person",
        "agent-7",
        "read-clear",
        "customer:0",
        "客户 asked",
    )


@pytest.mark.parametrize("statement", ["UPDATE audit SET reason = 'x' WHERE seq = 3", "DELETE FROM audit", "TRUNCATE audit"])
async def test_the_trail_cannot_be_changed(trail: Database, statement: str) -> None:
    owner = Database(as_owner(trail.url))
    for refused, why in ((trail, "permission denied"), (owner, "append-only")):
        with pytest.raises(Exception, match=why) as raised:
            async with refused.engine.begin() as connection:
                await connection.execute(text(statement))
        assert sqlstate(raised.value) == "42501"
    await owner.close()


@pytest.mark.parametrize(
    ("statements", "row", "why"),
    [
        (["UPDATE audit SET reason = 'nothing' WHERE seq = 7"], 7, "row changed"),
        (["UPDATE audit SET detail = detail - 'n' WHERE seq = 5"], 5, "row changed"),
        (["UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 4"], 4, "row changed"),
        (["UPDATE audit SET actor_id = 'agent-8' WHERE seq = 1"], 1, "row changed"),
        (["DELETE FROM audit WHERE seq = 9"], 9, "row missing"),
        (["DELETE FROM audit WHERE seq > 18"], 19, "rows missing at the end"),
        (
            [
                "UPDATE audit SET seq = -3 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 4",
                "UPDATE audit SET seq = 4 WHERE seq = -3",
            ],
            3,
            "row changed",
        ),
        (["UPDATE audit SET reason = 'x', hash = sha256(hash) WHERE seq = 20"], 20, "row changed"),
    ],
)
async def test_tampering_is_found_at_its_row(trail: Database, statements: list[str], row: int, why: str) -> None:
    await meddle(trail, *statements)
    assert await verdict(trail) == auditing.Broken(row, why)


async def test_concurrent_writers_make_one_chain_without_gaps(trail: Database, factory: Any, actor: Actor) -> None:
    async def write(n: int) -> None:
        async with factory(actor) as work:
            await work.audit("act", f"thing:{n}")

    await asyncio.gather(*(write(n) for n in range(6)), *(write(n) for n in range(6)))
    assert await verdict(trail) is None
    async with trail.engine.connect() as connection:
        assert (await connection.execute(text("SELECT max(seq), count(*) FROM audit"))).one() == (32, 32)


async def test_an_audited_command_costs_one_statement_more(
    trail: Database, factory: Any, actor: Actor, statements: Any
) -> None:
    with statements() as sent:
        async with factory(actor) as work:
            await work.audit("one", "x")
            await work.audit("two", "x")
    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "INSERT", "COMMIT"]
