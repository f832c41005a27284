"""Histories as chains in the database: rows are only ever added, a table of heads knows where each chain ends.

A service gives its table of history the columns `seq` and `hash` (`link_columns`), makes a table of heads (`heads_table`),
and in a revision the triggers (`migrations.triggers.chained`): the database itself refuses a row that does not follow the
last one, moves the heads, and refuses to change or remove what is there. What a chain is, is the kernel's to say
(`rapport_kernel.chain`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from rapport_kernel.chain import Head, Link, beginning, canonical
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, TextClause, Uuid, select, text
from sqlalchemy.dialects import postgresql

from rapport_chassis.database import to_json
from rapport_chassis.work import Work


def link_columns() -> list[Column[Any]]:
    """The columns of a row in a chain."""
    return [
        Column("seq", BigInteger, nullable=False, comment="in the chain of its subject, from 1 without gaps"),
        Column("hash", LargeBinary, nullable=False, comment="sha256(hash of the row before || canonical content)"),
    ]


def heads_table(name: str, metadata: MetaData) -> Table:
    """A table of heads."""
    return Table(
        name,
        metadata,
        Column("subject", Uuid, primary_key=True),
        Column("seq", BigInteger, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        comment="Where each chain ends; written by the trigger of the rows.",
    )


class Chains:
    """The chains of one table of history: `rows` with its column `subject`, and its table of heads."""

    def __init__(self, work: Work, rows: Table, heads: Table, subject: str) -> None:
        """Reads and writes at once, in the transaction of `work`."""
        self._work, self._rows, self._heads, self._subject = work, rows, heads, subject

    async def append(self, rows: Sequence[Mapping[str, Any]], contents: Sequence[Mapping[str, Any]]) -> list[Link]:
        """Seal rows and add them to the ends of their chains, in the order given: one statement, whatever their number.

        `rows` have all columns but `seq` and `hash`, an `id` among them; `contents` is what is hashed of each. Whoever adds
        holds its subject (the row lock of its aggregate); of two who do not, the database refuses one."""
        given = [
            {
                **row,
                "chain_place": place,
                "chain_start": beginning(row[self._subject]).hash,
                "chain_content": canonical(content),
            }
            for place, (row, content) in enumerate(zip(rows, contents, strict=True))
        ]
        statement = _append(self._rows, self._heads, self._subject)
        added = {row.id: row for row in await self._work.connection.execute(statement, {"rows": to_json(given)})}
        ordered = [added[row["id"]] for row in rows]
        return [Link(row.seq, row.hash, content) for row, content in zip(ordered, contents, strict=True)]

    async def head(self, subject: UUID) -> Head | None:
        """Where the chain of this subject ends; None: it has no rows."""
        t = self._heads.c
        row = (await self._work.connection.execute(select(t.seq, t.hash).where(t.subject == subject))).one_or_none()
        return None if row is None else Head(row.seq, row.hash)


@cache
def _append(rows: Table, heads: Table, subject: str) -> TextClause:
    """Sets go in as one JSON parameter. Each row is hashed here after the one before it, as the kernel's `seal` does."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    own = [column for column in rows.columns if column.name not in {"seq", "hash"}]
    names = ", ".join(column.name for column in own)
    typed = ", ".join(f"{column.name} {column.type.compile(dialect)}" for column in own)
    return text(
        f"""
        WITH RECURSIVE given AS (
            SELECT *, row_number() OVER (PARTITION BY {subject} ORDER BY chain_place) AS chain_turn
            FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS v({typed}, chain_place integer, chain_start bytea, chain_content bytea)
        ), sealed AS (
            SELECT g.id AS row_id, g.{subject} AS chain, g.chain_turn AS turn, coalesce(h.seq, 0) + 1 AS seq,
                sha256(coalesce(h.hash, g.chain_start) || g.chain_content) AS hash
            FROM given g LEFT JOIN {heads.name} h ON h.subject = g.{subject} WHERE g.chain_turn = 1
            UNION ALL
            SELECT g.id, s.chain, g.chain_turn, s.seq + 1, sha256(s.hash || g.chain_content)
            FROM sealed s JOIN given g ON g.{subject} = s.chain AND g.chain_turn = s.turn + 1
        )
        INSERT INTO {rows.name} ({names}, seq, hash)
        SELECT {names}, sealed.seq, sealed.hash FROM given JOIN sealed ON sealed.row_id = given.id ORDER BY chain_place
        RETURNING id, seq, hash
        """  # noqa: S608 - names of our own tables
    )
