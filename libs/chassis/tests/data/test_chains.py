"""Chains of a table of history: sealed in the database as the kernel says, never forked, never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.chains import Chains, heads_table, link_columns
from rapport_chassis.database import Database
from rapport_chassis.migrations.triggers import chained
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.chain import Link, check
from rapport_kernel.ids import new_id
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, Uuid, select, text
from sqlalchemy.exc import DBAPIError

metadata = MetaData()
pages = Table(
    "pages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("book", Uuid, nullable=False),
    Column("says", Text, nullable=False),
    Column("seal", LargeBinary),
    *link_columns(),
)
heads = heads_table("page_heads", metadata)


@pytest_asyncio.fixture
async def works(db: Database) -> AsyncIterator[WorkFactory[Work]]:
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in chained("pages", "page_heads", "book", sealed=("seal",)):
            await connection.execute(text(statement))
    yield WorkFactory(db, Work, source="test")
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        for name in ("pages_extend", "pages_keep", "page_heads_keep"):
            await connection.execute(text(f"DROP FUNCTION {name}"))


async def write(work: Work, *said: tuple[UUID, str]) -> list[Link]:
    rows = [{"id": new_id(), "book": book, "says": says, "seal": b"x"} for book, says in said]
    return await Chains(work, pages, heads, "book").append(rows, [{"says": row["says"]} for row in rows])


async def read(work: Work, book: UUID) -> list[Link]:
    query = select(pages).where(pages.c.book == book).order_by(pages.c.seq)
    rows: Any = await work.connection.execute(query)
    return [Link(row.seq, row.hash, {"says": row.says}) for row in rows]


async def test_sets_of_several_books_are_sealed_by_one_statement(works: WorkFactory[Work], statements: Any) -> None:
    one, other = new_id(), new_id()
    async with works(Actor.system("test")) as work:
        with statements() as sent:
            links = await write(work, (one, "a"), (other, "x"), (one, "书"), (one, "c"))
        assert len(sent) == 1 and [link.seq for link in links] == [1, 1, 2, 3]
    async with works(Actor.system("test")) as work:
        await write(work, (other, "y"), (one, "d"))
    async with works(Actor.system("test")) as work:
        for book, length in ((one, 4), (other, 2)):
            found = await read(work, book)
            assert len(found) == length
            assert check(book, found, await Chains(work, pages, heads, "book").head(book)) is None
        assert await Chains(work, pages, heads, "book").head(new_id()) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pages SET says = 'other'",
        "DELETE FROM pages",
        "TRUNCATE pages",
        "UPDATE page_heads SET seq = 1",
        "DELETE FROM page_heads",
        "TRUNCATE page_heads",
        "INSERT INTO pages SELECT gen_random_uuid(), book, says, seal, seq + 2, hash FROM pages",
    ],
)
async def test_the_database_refuses_what_would_break_a_chain(works: WorkFactory[Work], statement: str) -> None:
    book = new_id()
    async with works(Actor.system("test")) as work:
        await write(work, (book, "a"))
    with pytest.raises(DBAPIError):
        async with works(Actor.system("test")) as work:
            await work.connection.execute(text(statement))
    async with works(Actor.system("test")) as work:
        await work.connection.execute(text("UPDATE pages SET seal = 'y'"))
        assert len(await read(work, book)) == 1
