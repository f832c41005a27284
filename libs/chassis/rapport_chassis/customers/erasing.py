"""A customer is forgotten: their keys are destroyed, what is readable without a key is blanked or deleted. In portions.

Held while the service has an open case of theirs, and looked at again until that has ended. The last portion holds the
barrier, so that nothing of theirs is on its way unseen; what comes later sets the erasure going again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, text

from rapport_chassis.customers.declaring import Customers, Owned, Part
from rapport_chassis.customers.receipts import confirm_erasure, say_held
from rapport_chassis.customers.tables import BARRIER
from rapport_chassis.database import to_json
from rapport_chassis.work import Work

PORTION = 500


async def erase_portion(work: Work, customers: Customers, portion: int = PORTION) -> int:
    """One portion of the oldest erasure that is not done; 0 when there is none, or all of them are held."""
    erasure = (await work.connection.execute(_DUE)).one_or_none()
    if erasure is None:
        return 0
    subjects = (await work.connection.execute(_SUBJECTS, {"customer": erasure.customer_id})).scalars().all()
    values = {"id": erasure.erasure_id, "subjects": list(subjects)}
    if erasure.state != "erasing":
        return await _begin(work, customers, erasure, values)
    await work.connection.execute(_BARRIER)
    keys = await _destroy_keys(work, customers, values)
    counts = Counter({name: int(count) for name, count in erasure.counts.items()})
    did = await _blank(work, customers, values, portion)
    counts += did
    done = not did and not await _remains(work, customers, values)
    if done:
        counts += await _stay(work, customers, values)
        await _drop_parked(work, customers, values)
        await confirm_erasure(work, customers, erasure, counts, erasure.keys + keys)
    state = {"state": "done" if done else "erasing", "counts": to_json(counts), "keys": erasure.keys + keys}
    await work.connection.execute(_WENT_ON, {**values, **state, "said": int(done)})
    return did.total() + int(done)


async def _begin(work: Work, customers: Customers, erasure: Row[Any], values: dict[str, Any]) -> int:
    """Hold it, or begin. What is held is looked at again and again; it is said once."""
    reasons: Mapping[str, int] = {}
    if customers.holds is not None:
        reasons = {name: count for name, count in (await customers.holds(work, values["subjects"])).items() if count}
    if reasons:
        newly = erasure.state != "held"
        if newly:
            await say_held(work, customers, erasure, reasons)
        await work.connection.execute(_HELD, {**values, "reasons": to_json(reasons), "said": int(newly)})
        return int(newly)
    if customers.before_erasing is not None:
        await customers.before_erasing(work, values["subjects"])
    await work.connection.execute(_BEGUN, values)
    return 1


async def _destroy_keys(work: Work, customers: Customers, values: dict[str, Any]) -> int:
    """Their own keys, those of customers merged into them, and those of rows sealed while their owner was unknown."""
    subjects = set(values["subjects"])
    for statement in [sql for owned in customers.tables for sql in _own_keys(owned)]:
        subjects |= set((await work.connection.execute(text(statement), values)).scalars())
    return await work.vault.erase(subjects)


async def _blank(work: Work, customers: Customers, values: dict[str, Any], portion: int) -> Counter[str]:
    did: Counter[str] = Counter()
    for table, statement, _ in [each for owned in customers.tables for each in _changes(owned)]:
        did[table] += (await work.connection.execute(text(statement), {**values, "limit": portion})).rowcount
    return +did


async def _remains(work: Work, customers: Customers, values: dict[str, Any]) -> bool:
    """Whether anything is left, also what others hold locked at this moment."""
    for _, _, left in [each for owned in customers.tables for each in _changes(owned)]:
        if (await work.connection.execute(text(left), values)).scalar_one():
            return True
    return False


async def _stay(work: Work, customers: Customers, values: dict[str, Any]) -> Counter[str]:
    """How many rows keep their codes and say nothing of them any more."""
    counts: Counter[str] = Counter()
    for owned in customers.tables:
        if not owned.deleted and not owned.blanked:
            counting = f"SELECT count(*) FROM {owned.table.name} t WHERE {_whose(owned)}"  # noqa: S608
            counts[owned.table.name] += (await work.connection.execute(text(counting), values)).scalar_one()
    return +counts


async def _drop_parked(work: Work, customers: Customers, values: dict[str, Any]) -> None:
    """Messages about their rows, or that name them, which could not be applied and may hold their identifiers."""
    if not customers.parked:
        return
    names = " UNION ".join(
        f"SELECT t.{name} FROM {owned.table.name} t WHERE {_whose(owned)}"  # noqa: S608
        for owned in customers.tables
        if not owned.deleted
        for name in owned.names
    )
    statement = f"""
        UPDATE parked SET state = 'dropped', value = NULL, headers = '[]', mentions = '{{}}',
            settled_at = now(), settled_by = :by
        WHERE state = 'parked' AND topic = ANY (CAST(:topics AS text[])) AND (
            key = ANY (ARRAY(SELECT convert_to(found::text, 'UTF8') FROM ({names}) AS named(found) WHERE found IS NOT NULL))
            OR mentions && CAST(:subjects AS uuid[])
            OR NOT sealed AND EXISTS (
                SELECT FROM unnest(CAST(:subjects AS uuid[])) AS s WHERE position(convert_to(s::text, 'UTF8') IN value) > 0
            )
        )
    """  # noqa: S608
    await work.connection.execute(text(statement), {**values, "topics": list(customers.parked), "by": str(work.actor)})


def _whose(owned: Owned, alias: str = "t") -> str:
    theirs = f"{alias}.{owned.customer} = ANY (CAST(:subjects AS uuid[]))"
    return f"({theirs} OR {owned.also})" if owned.also else theirs


def _own_keys(owned: Owned) -> list[str]:
    """Statements that find the keys which rows had for themselves while nobody knew whose they were."""
    found = []
    for column in {owned.key if owned.keyed_by else None, *(part.to for part in owned.parts if part.keyed_by)} - {None}:
        live = f"JOIN data_keys d ON d.subject = t.{column} AND d.wrapped IS NOT NULL"
        found.append(f"SELECT t.{column} FROM {owned.table.name} t {live} WHERE {_whose(owned)}")  # noqa: S608
    return found


def _changes(owned: Owned) -> list[tuple[str, str, str]]:
    """For each table that is changed: its name, the statement that changes a portion, one that says whether some is left."""
    found = []
    for part in owned.parts:
        theirs = f"t.{part.column} IN (SELECT o.{part.to} FROM {owned.table.name} o WHERE {_whose(owned, 'o')})"  # noqa: S608
        found += _change(part, theirs)
    return found + _change(owned, _whose(owned))


def _change(one: Owned | Part, theirs: str) -> list[tuple[str, str, str]]:
    table, version = one.table.name, ", version = version + 1" if "version" in one.table.c else ""
    blanked = {name: expression.replace("{row}", "t") for name, expression in one.blanked.items()}
    if one.deleted:
        due = f"SELECT t.ctid FROM {table} t WHERE {theirs}"  # noqa: S608
        do = f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({due} LIMIT :limit FOR UPDATE SKIP LOCKED))"  # noqa: S608
    elif blanked:
        readable = " OR ".join(f"t.{name} IS DISTINCT FROM {expression}" for name, expression in blanked.items())
        due = f"SELECT t.ctid FROM {table} t WHERE {theirs} AND ({readable})"  # noqa: S608
        assigned = ", ".join(f"{name} = {expression}" for name, expression in blanked.items())
        do = (
            f"UPDATE {table} t SET {assigned}{version} "  # noqa: S608
            f"WHERE ctid = ANY (ARRAY({due} LIMIT :limit FOR UPDATE SKIP LOCKED))"
        )
    else:
        return []
    return [(table, do, f"SELECT EXISTS ({due})")]


_DUE = text(
    """
    SELECT erasure_id, customer_id, state, counts, keys, sequence, correlation_id, causation_id, requested_by, reason
    FROM customer_erasures
    WHERE state = ANY ('{pending,erasing}'::text[]) OR (state = 'held' AND checked_at < now() - interval '500 ms')
    ORDER BY state = 'held', taken_at, erasure_id LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)
_SUBJECTS = text("SELECT customer_family(customer_root(CAST(:customer AS uuid)))")
_BARRIER = text(f"SELECT pg_advisory_xact_lock({BARRIER})")
_HELD = text(
    """
    UPDATE customer_erasures SET state = 'held', held_by = CAST(:reasons AS jsonb), checked_at = now(),
        subjects = CAST(:subjects AS uuid[]), sequence = sequence + :said WHERE erasure_id = :id
    """
)
_BEGUN = text(
    """
    UPDATE customer_erasures SET state = 'erasing', held_by = '{}', counts = '{}', checked_at = now(),
        subjects = CAST(:subjects AS uuid[]) WHERE erasure_id = :id
    """
)
_WENT_ON = text(
    """
    UPDATE customer_erasures SET state = :state, counts = CAST(:counts AS jsonb), keys = :keys, sequence = sequence + :said,
        subjects = CAST(:subjects AS uuid[]), done_at = CASE WHEN :state = 'done' THEN now() ELSE done_at END
    WHERE erasure_id = :id
    """
)
