"""Rows change hands: to the survivor of a merge, back after a split. In portions, one transaction each.

A row belongs to whom its origin was merged into, at any time and however merges and splits came: `customer_id` is
`customer_root(origin)`, and the origin is the `customer_id` itself where none is written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from rapport_chassis.customers.declaring import Customers, Owned
from rapport_chassis.customers.receipts import confirm_merge, confirm_split
from rapport_chassis.customers.resealing import reseal
from rapport_chassis.customers.tables import BARRIER
from rapport_chassis.database import to_json
from rapport_chassis.work import Work

PORTION = 500
"""Rows of each table in one transaction."""


async def move_portion(work: Work, customers: Customers, portion: int = PORTION) -> int:
    """One portion of the oldest merge or split that is not done; 0 when there is none. Confirms when nothing is left."""
    merge = (await work.connection.execute(_DUE)).one_or_none()
    if merge is None:
        return 0
    await work.connection.execute(_QUIET)
    counts = Counter({name: int(count) for name, count in merge.counts.items()})
    there = await _move(work, customers, merge, portion) if merge.state == "moving" else None
    if there is None:
        there = await _return(work, customers, merge, portion)
    counts += there
    if there:
        await work.connection.execute(_COUNT, {"id": merge.merge_id, "counts": to_json(counts)})
    elif merge.state == "moving":
        await confirm_merge(work, customers, merge.merge_id, counts)
    else:
        await confirm_split(work, customers, merge.merge_id, counts)
    return max(1, there.total())


async def follow_again(work: Work, customers: Customers, tables: Collection[str]) -> None:
    """Rows of these tables were written anew out of events, which say whose they were then: they go to whom merges gave
    them, and splits gave back. No receipts: that was confirmed when it happened."""
    ours = replace(customers, tables=[owned for owned in customers.followers if owned.table.name in tables])
    await work.connection.execute(_BESIDE)
    await work.connection.execute(_QUIET)
    for owned in ours.tables:
        values = {"relation": owned.table.name}
        await work.connection.execute(_NO_ORIGINS, values)
        await work.connection.execute(text(_origins_statement(owned)), values)
        await work.connection.execute(text(_onward_statement(owned)))
    for split in (await work.connection.execute(_SPLITS)).all():
        while (await _return(work, ours, split, PORTION)).total():
            continue


async def _move(work: Work, customers: Customers, merge: Row[Any], portion: int) -> Counter[str]:
    moved: Counter[str] = Counter()
    for owned in customers.followers:
        values = {"relation": owned.table.name, "absorbed": merge.absorbed, "limit": portion}
        moved[owned.table.name] += (await work.connection.execute(text(move_statement(owned)), values)).scalar_one()
    return +moved


async def _return(work: Work, customers: Customers, merge: Row[Any], portion: int) -> Counter[str]:
    """First what is named to stay, then everything of the restored customer, then what is named to go with them, and what
    hangs on a row that went. Where the two are one again by a later merge, it is only written down of whom it was said."""
    whose = (await work.connection.execute(_WHOSE, {"absorbed": merge.absorbed, "survivor": merge.survivor})).one()
    moved: Counter[str] = Counter()
    for owned in customers.followers:
        name = owned.table.name
        values = {"relation": name, "origins": whose.origins, "target": whose.target}
        if merge.kept:
            named = {"relation": name, "origins": whose.origins, "named": merge.kept}
            keys = (await work.connection.execute(text(_named_statement(owned, own=True)), named)).scalars().all()
            await _give(work, owned, list(keys), merge.survivor, whose.stays)
        statement = text(return_statement(owned))
        moved[name] += (await work.connection.execute(statement, {**values, "limit": portion})).scalar_one()
        if merge.returned:
            named = {"stays": whose.stays, "named": merge.returned, "relation": name, "to": merge.absorbed}
            keys = (await work.connection.execute(text(_named_statement(owned, own=False)), named)).scalars().all()
            await _give(work, owned, list(keys), merge.absorbed, whose.target)
            moved[name] += len(keys)
        if owned.moves_with is not None and whose.target != whose.stays:
            hanging = {"stays": whose.stays, "target": whose.target, "limit": portion}
            keys = (await work.connection.execute(text(_hanging_statement(owned)), hanging)).scalars().all()
            await _give(work, owned, list(keys), merge.absorbed, whose.target)
            moved[name] += len(keys)
    return +moved


async def _give(work: Work, owned: Owned, keys: list[UUID], to: UUID, root: UUID) -> None:
    """These rows are said of `to` from now on, who is `root` at present, and are sealed under that customer's key."""
    if not keys:
        return
    values = {"relation": owned.table.name, "keys": keys, "to": to, "root": root}
    await work.connection.execute(text(_give_statement(owned)), values)
    await work.connection.execute(_ORIGIN if to != root else _NO_ORIGIN, values)
    await reseal(work, owned, keys, to)


def move_statement(owned: Owned) -> str:
    """The rows of one table that belong to somebody absorbed, a portion of them."""
    table, key = owned.table.name, owned.key
    return f"""
        WITH due AS (
            SELECT {key} AS row_key FROM {table} WHERE {owned.customer} = :absorbed ORDER BY {key} LIMIT :limit FOR UPDATE
        ), moved AS (
            UPDATE {table} SET {owned.customer} = customer_root(CAST(:absorbed AS uuid)){_version(owned)}
            WHERE {key} IN (SELECT row_key FROM due) AND {owned.customer} = :absorbed RETURNING {key} AS row_key
        ), remembered AS (
            INSERT INTO customer_moves (relation, row_key, origin)
            SELECT DISTINCT CAST(:relation AS text), row_key, CAST(:absorbed AS uuid) FROM moved ON CONFLICT DO NOTHING
        ) SELECT count(*) FROM moved
    """  # noqa: S608 - names of our own tables


def return_statement(owned: Owned) -> str:
    """The rows of one table that were said of somebody restored, a portion of them."""
    table, key = owned.table.name, owned.key
    return f"""
        WITH due AS (
            SELECT m.row_key, m.origin FROM customer_moves m JOIN {table} t ON t.{key} = m.row_key
            WHERE m.relation = :relation AND m.origin = ANY (CAST(:origins AS uuid[])) AND t.{owned.customer} <> :target
            ORDER BY m.row_key LIMIT :limit FOR UPDATE OF t
        ), returned AS (
            UPDATE {table} t SET {owned.customer} = :target{_version(owned)} FROM due
            WHERE t.{key} = due.row_key AND t.{owned.customer} <> :target RETURNING t.{key} AS row_key, due.origin
        ), forgotten AS (
            DELETE FROM customer_moves m USING returned r
            WHERE m.relation = :relation AND m.row_key = r.row_key AND r.origin = :target
        ) SELECT count(*) FROM returned
    """  # noqa: S608


def _named_statement(owned: Owned, *, own: bool) -> str:
    """Keys of rows that a split names: of those that go back anyway (`own`), or of those that would stay."""
    named = " OR ".join(f"t.{name} = ANY (CAST(:named AS uuid[]))" for name in owned.names)
    mine = f"SELECT FROM customer_moves m WHERE m.relation = :relation AND m.row_key = t.{owned.key}"
    not_yet = f"t.{owned.customer} = :stays AND NOT EXISTS ({mine} AND m.origin = :to)"
    whose = f"EXISTS ({mine} AND m.origin = ANY (CAST(:origins AS uuid[])))" if own else not_yet
    return f"SELECT t.{owned.key} FROM {owned.table.name} t WHERE {whose} AND ({named}) ORDER BY 1 FOR UPDATE"  # noqa: S608


def _hanging_statement(owned: Owned) -> str:
    """Keys of rows that stayed while the row on which they hang went, a portion of them."""
    assert owned.moves_with is not None  # noqa: S101 - the caller has looked
    column, parent, key = owned.moves_with
    return f"""
        SELECT t.{owned.key} FROM {owned.table.name} t JOIN {parent.name} p ON p.{key} = t.{column}
        WHERE t.{owned.customer} = :stays AND p.customer_id = :target ORDER BY 1 LIMIT :limit FOR UPDATE OF t
    """  # noqa: S608 - names of our own tables


def _give_statement(owned: Owned) -> str:
    return (
        f"UPDATE {owned.table.name} SET {owned.customer} = :root{_version(owned)} "  # noqa: S608
        f"WHERE {owned.key} = ANY (CAST(:keys AS uuid[])) AND {owned.customer} <> :root"
    )


def _origins_statement(owned: Owned) -> str:
    return f"""
        INSERT INTO customer_moves (relation, row_key, origin)
        SELECT DISTINCT CAST(:relation AS text), t.{owned.key}, t.{owned.customer} FROM {owned.table.name} t
        JOIN customer_merges m ON m.absorbed = t.{owned.customer} AND m.state = ANY ('{{moving,moved}}'::text[])
    """  # noqa: S608 - names of our own tables


def _onward_statement(owned: Owned) -> str:
    return f"""
        UPDATE {owned.table.name} t SET {owned.customer} = customer_root(t.{owned.customer}) FROM customer_merges m
        WHERE m.absorbed = t.{owned.customer} AND m.state = ANY ('{{moving,moved}}'::text[])
    """  # noqa: S608


def _version(owned: Owned) -> str:
    """Whose it is, is part of what a reader sees: an ETag of before is none of now."""
    return ", version = version + 1" if owned.versioned else ""


_DUE = text(
    """
    SELECT merge_id, survivor, absorbed, state, returned, kept, counts FROM customer_merges
    WHERE state = ANY ('{moving,returning}'::text[]) ORDER BY taken_at, merge_id LIMIT 1 FOR UPDATE
    """
)
_QUIET = text("SELECT set_config('rapport.following', 'on', true)")
_BESIDE = text(f"SELECT pg_advisory_xact_lock_shared({BARRIER})")
_SPLITS = text(
    "SELECT merge_id, survivor, absorbed, state, returned, kept, counts FROM customer_merges"
    " WHERE state = 'returned' ORDER BY done_at, merge_id"
)
_COUNT = text("UPDATE customer_merges SET counts = CAST(:counts AS jsonb) WHERE merge_id = :id")
_WHOSE = text(
    """
    SELECT ARRAY(SELECT customer_family(CAST(:absorbed AS uuid))) AS origins,
        customer_root(CAST(:absorbed AS uuid)) AS target, customer_root(CAST(:survivor AS uuid)) AS stays
    """
)
_ORIGIN = text(
    """
    INSERT INTO customer_moves (relation, row_key, origin)
    SELECT CAST(:relation AS text), k, CAST(:to AS uuid) FROM unnest(CAST(:keys AS uuid[])) AS k
    ON CONFLICT (relation, row_key) DO UPDATE SET origin = excluded.origin
    """
)
_NO_ORIGINS = text("DELETE FROM customer_moves WHERE relation = :relation")
_NO_ORIGIN = text("DELETE FROM customer_moves WHERE relation = :relation AND row_key = ANY (CAST(:keys AS uuid[]))")
