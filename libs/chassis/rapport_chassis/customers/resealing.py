"""Texts of rows that belong to another customer now are sealed under that customer's key: an erasure takes the texts of one
customer along, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text
from sqlalchemy.dialects import postgresql

from rapport_chassis.customers.declaring import Customers, Owned, Part
from rapport_chassis.database import to_json
from rapport_chassis.work import Work


async def reseal(work: Work, owned: Owned, keys: list[UUID], subject: UUID) -> None:
    """Seal the texts of these rows and of their parts under the key of `subject`: two statements for each table.

    What does not open any more, because its person was erased, stays as it is.
    """
    if owned.keyed_by == owned.key:  # under keys of their own, whoever's they are
        return
    table = owned.table
    key, to = table.c[owned.key], {part.to for part in owned.parts}
    names = {owned.key, *to, *owned.sealed, *({owned.keyed_by} if owned.keyed_by else ())}
    query = select(*(table.c[name] for name in sorted(names))).where(key.in_(keys))
    rows = [dict(row) for row in (await work.connection.execute(query)).mappings()]
    for part in owned.parts:
        owner = {row[part.to]: row[owned.keyed_by] for row in rows} if owned.keyed_by else {}
        await _parts(work, part, owner or {row[part.to]: None for row in rows}, subject)
    if owned.keyed_by is not None:  # also where only the parts have texts: they are found by what the row says
        before = {id(row): row[owned.keyed_by] for row in rows}
        await _again(work, table, owned.sealed, owned.keyed_by, rows, before, subject, [owned.key])


async def reseal_parts(work: Work, table: Table, owners: Mapping[UUID, UUID], subject: UUID) -> None:
    """The same of the parts of rows of `table`, whichever subjects declare them: two statements for each. `owners` says
    under whose key the texts of a row (by its id) are now. For whoever changes the row itself as an aggregate."""
    declared: Customers = work.customers
    for owned in declared.tables:
        if owned.table is table:
            for part in owned.parts:
                await _parts(work, part, dict(owners), subject)


async def _parts(work: Work, part: Part, owners: dict[Any, UUID | None], subject: UUID) -> None:
    if not part.sealed:
        return
    query = select(part.table).where(part.table.c[part.column].in_(list(owners)))
    rows = [dict(row) for row in (await work.connection.execute(query)).mappings()]
    before = {id(row): row[part.keyed_by] if part.keyed_by else owners[row[part.column]] for row in rows}
    identity = [column.name for column in part.table.primary_key]
    await _again(work, part.table, part.sealed, part.keyed_by, rows, before, subject, identity)


async def _again(
    work: Work,
    table: Table,
    sealed: Any,
    keyed_by: str | None,
    rows: list[dict[str, Any]],
    before: dict[int, UUID | None],
    subject: UUID,
    identity: list[str],
) -> None:
    box = await work.vault.open_for({subject, *(old for old in before.values() if old is not None)})
    if box.erased(subject):
        return
    fresh = []
    for row in rows:
        old = before[id(row)]
        if old is None or old == subject or box.erased(old):
            continue
        again: dict[str, Any] = {name: row[name] for name in identity}
        for name in sealed:
            clear = box.read(old, f"{table.name}.{name}", row[name])
            again[name] = row[name] if clear is None else box.seal(subject, f"{table.name}.{name}", clear)
        fresh.append({**again, **({keyed_by: subject} if keyed_by else {})})
    if fresh:
        await work.connection.execute(text(_update(table, identity, list(fresh[0]))), {"rows": to_json(fresh)})


def _update(table: Table, identity: list[str], names: list[str]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect)}' for name in names)
    assigned = ", ".join(f'"{name}" = k."{name}"' for name in names if name not in identity)
    same = " AND ".join(f't."{name}" = k."{name}"' for name in identity)
    source = f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS k({typed})"
    return f"UPDATE {table.name} t SET {assigned} FROM {source} WHERE {same}"  # noqa: S608 - names of our own tables
