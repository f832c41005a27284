"""Finding 7 of the security review: the audit trail could be rewritten by the service's own role, and nobody looked."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rapport_chassis import anchors
from rapport_chassis.actor import Actor
from rapport_chassis.audit_watch import AuditWatch, Verdict, look
from rapport_chassis.auditing import DIFFERS, LOST, OTHER, SHORT, verify
from rapport_chassis.loops import LoopRunner
from rapport_chassis.service import Service
from rapport_cli.commands.audit import app
from rapport_cli.services import build
from rapport_contracts.satisfaction.receipts import SatisfactionAuditAnchored
from rapport_contracts.topics import TOPICS, Topic
from rapport_kernel.ids import new_id
from rapport_testing.databases import OWNER, ROLE, Database, Databases
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually
from typer.testing import CliRunner

MIGRATIONS = "rapport_satisfaction.migrations"
WHO = Actor(kind="person", id="agent-7", scopes=frozenset(), level=4)
SEALED_ANEW = """
    WITH RECURSIVE renumbered AS (SELECT row_number() OVER (ORDER BY seq) AS n, a.* FROM audit a)
    UPDATE audit SET seq = -r.n FROM renumbered r WHERE audit.seq = r.seq;
    UPDATE audit SET seq = -seq;
    DO $$
    DECLARE link bytea := sha256('rapport audit'); entry audit;
    BEGIN
        FOR entry IN SELECT * FROM audit ORDER BY seq LOOP
            link := sha256(link || convert_to(audit_content(entry), 'UTF8'));
            UPDATE audit SET hash = link WHERE seq = entry.seq;
        END LOOP;
        UPDATE audit_head SET seq = (SELECT max(seq) FROM audit), hash = link;
    END $$;
"""
"""As the review did it: numbers without gaps, hashes reckoned anew with the database's own function, the head put right."""


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    made = await databases.make([MIGRATIONS])
    yield made
    await databases.drop(made)


@pytest_asyncio.fixture
async def db(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """As the service itself connects."""
    connection = await database.connect()
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def service(
    database: Database, keys_dir: Path, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service[Any]]:
    """Satisfaction with anchors on a topic of this test, and 20 rows in its trail."""
    (topic,) = await topics.create("rapport.satisfaction.anchors", partitions=1)
    monkeypatch.setitem(TOPICS, topic, Topic(topic, "satisfaction", "private", "Anchors.", partitions=1))
    monkeypatch.setattr(SatisfactionAuditAnchored, "topic", topic)
    made = build("satisfaction", database_url=database.url, kafka=kafka, keys=keys_dir, home=keys_dir)
    await happen(made, 20)
    yield made
    await made.database.close()


async def happen(service: Service[Any], rows: int) -> None:
    for n in range(rows):
        async with service.works(WHO) as work:
            await work.audit("customer.read", f"customer:{n}", detail={"level": 4})


async def anchor(service: Service[Any]) -> None:
    """One round of the loop, and the relay until the broker has it."""
    loop = anchors.anchoring("satisfaction")
    assert loop is not None
    before = len(await anchors.read(service.buses["worker"], "satisfaction"))
    await LoopRunner(service.works, loop).run_once()
    stop = asyncio.Event()
    relaying = asyncio.create_task(service.run(["relay"], stop=stop))

    async def there() -> bool:
        return len(await anchors.read(service.buses["worker"], "satisfaction")) > before

    try:
        await eventually(there, within=60)
    finally:
        stop.set()
        await relaying


def guards(verb: str) -> list[str]:
    return [f"ALTER TABLE {table} {verb} TRIGGER USER" for table in ("audit", "history", "history_heads")]


async def behind_their_back(database: Database, *statements: str) -> None:
    """What only the owner of the tables can do."""
    owner = await database.connect_owner()
    try:
        async with owner.transaction():
            for statement in (*guards("DISABLE"), *statements, *guards("ENABLE")):
                await owner.execute(statement)
    finally:
        await owner.close()


async def found(service: Service[Any]) -> Verdict:
    return await look(service.database, service.buses["worker"], "satisfaction")


async def migrated(database: Database, kafka: str) -> list[str]:
    """By a job that knows the owner's password."""
    job = build("satisfaction", database_url=database.url, owner_database_url=database.owner_url, kafka=kafka)
    try:
        return await job.migrate()
    finally:
        await job.database.close()


async def trail(db: asyncpg.Connection) -> list[asyncpg.Record]:
    return list(await db.fetch("SELECT * FROM audit ORDER BY seq"))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_seal ON audit",
        "CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "DELETE FROM audit WHERE seq = 7",
        "UPDATE audit SET actor_id = 'agent-8' WHERE seq = 7",
        "TRUNCATE audit",
        "DROP TABLE audit",
        "ALTER TABLE audit OWNER TO CURRENT_USER",
        "UPDATE audit_head SET seq = 6",
        "INSERT INTO audit_head VALUES (2, 0, 'x')",
        "CREATE OR REPLACE FUNCTION audit_content(entry audit) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
        "CREATE OR REPLACE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER FUNCTION audit_seal() SECURITY INVOKER",
        "DROP FUNCTION audit_refuse CASCADE",
        "DROP SCHEMA public CASCADE",
        f"SET ROLE {OWNER}",
        f"GRANT {OWNER} TO {ROLE}",
        "SET session_replication_role = replica",
        "DELETE FROM history",
        "UPDATE history SET actor = 'person:x'",
        "INSERT INTO history_heads VALUES (gen_random_uuid(), 1, 'x')",
        "UPDATE history_heads SET seq = 0",
        "DELETE FROM schema_version",
        "UPDATE schema_compatibility SET compatible_from = 'x'",
    ],
)
async def test_the_services_own_role_is_refused(db: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute(statement)


async def test_it_can_grant_itself_nothing(db: asyncpg.Connection) -> None:
    await db.execute(f"GRANT ALL ON audit, audit_head, history, history_heads TO {ROLE}")  # a warning, and no right
    for table in ("audit", "audit_head", "history", "history_heads"):
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
            assert not await db.fetchval("SELECT has_table_privilege(current_user, $1, $2)", table, right), (table, right)
    assert not await db.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", ROLE, OWNER)


async def test_a_row_with_a_number_and_a_hash_of_its_own_is_sealed_like_any_other(
    service: Service[Any], db: asyncpg.Connection
) -> None:
    await db.execute(
        "INSERT INTO audit (seq, at, actor_kind, actor_id, action, subject, hash)"
        " VALUES (3, now(), 'person', 'x', 'y', 'z', '')"
    )
    last = (await trail(db))[-1]
    assert last["seq"] == 21 and len(last["hash"]) == 32
    assert (await found(service)).broken is None


async def test_what_the_service_made_is_not_called_by_the_owner(service: Service[Any], db: asyncpg.Connection) -> None:
    """A trigger that runs as its owner would run an operator that fits better than PostgreSQL's own."""
    await db.execute(
        """
        CREATE FUNCTION lie(integer, text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
        CREATE OPERATOR || (LEFTARG = integer, RIGHTARG = text, FUNCTION = lie);
        CREATE FUNCTION sha256(text) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea';
        """
    )
    with pytest.raises(asyncpg.RaiseError, match=f"called as {ROLE}"):  # so it does fit better
        await db.fetchval("SELECT audit_content(a) FROM audit a LIMIT 1")
    await happen(service, 1)
    await db.execute("DROP OPERATOR || (integer, text)")
    assert (await found(service)).broken is None


async def test_an_untouched_trail_is_what_was_anchored(service: Service[Any]) -> None:
    await anchor(service)
    await happen(service, 5)
    verdict = await found(service)
    assert (verdict.rows, verdict.anchors, verdict.verified, verdict.apart) == (25, 1, True, True)
    assert verdict.held is not None and verdict.held.seq == 20


async def test_a_deleted_row_under_a_chain_sealed_anew_is_found_by_the_anchor(
    service: Service[Any], database: Database, db: asyncpg.Connection
) -> None:
    await anchor(service)
    await happen(service, 5)
    await anchor(service)
    await happen(service, 5)
    await behind_their_back(database, "DELETE FROM audit WHERE seq = 22", SEALED_ANEW)
    connection = await service.database.connection()
    assert await verify(connection) is None, "the chain by itself is whole: only what lies outside can tell"
    await connection.close()
    broken = (await found(service)).broken
    assert broken is not None and (broken.table, broken.seq, broken.why) == ("audit", 21, OTHER)
    assert broken.anchor is not None and broken.anchor.seq == 20


async def test_a_trail_from_a_backup_ends_before_its_anchor(service: Service[Any], database: Database) -> None:
    await anchor(service)
    await behind_their_back(database, "DELETE FROM audit WHERE seq > 12", SEALED_ANEW)
    broken = (await found(service)).broken
    assert broken is not None and (broken.seq, broken.why) == (13, SHORT)


@pytest.mark.parametrize(
    ("statement", "place", "why"),
    [
        ("DELETE FROM history", "history", LOST),
        ("UPDATE history SET hash = sha256('x')", "history", DIFFERS),
        ("UPDATE history_heads SET hash = sha256('x')", "history_heads", "head of a history differs"),
        ("DELETE FROM history_heads", "history_heads", "head of a history differs"),
    ],
)
async def test_a_history_is_held_against_the_trail(
    service: Service[Any], database: Database, db: asyncpg.Connection, statement: str, place: str, why: str
) -> None:
    subject, row, link = new_id(), new_id(), hashlib.sha256(b"row").digest()
    await db.execute(
        "INSERT INTO history (id, kind, subject_id, move, source, target, at, recorded_at, actor, detail, seq, hash)"
        " VALUES ($1, 'follow-up', $2, 'open', '', 'open', now(), now(), 'person:x', '{}', 1, $3)",
        row, subject, link,
    )  # fmt: skip
    async with service.works(WHO) as work:
        await work.audit("follow-up.open", f"follow-up:{subject}", detail={"move_id": str(row), "hash": link.hex()})
    assert (await found(service)).broken is None
    await behind_their_back(database, statement)
    broken = (await found(service)).broken
    assert broken is not None and (broken.seq, broken.table, broken.why) == (21, place, why)


async def test_the_watch_raises_an_alarm_says_it_once_and_takes_it_back_when_all_is_right(
    service: Service[Any], database: Database, db: asyncpg.Connection
) -> None:
    await anchor(service)
    await happen(service, 5)
    watch = AuditWatch(service.works, service.buses["worker"], service.metrics)
    exposed = service.metrics.registry.get_sample_value
    labels = {"service": "satisfaction"}
    await watch.once()
    assert exposed("rapport_audit_broken", labels) == 0
    at = exposed("rapport_audit_verified_timestamp_seconds", labels)
    assert at is not None and time.time() - at < 60

    right = await trail(db)
    await behind_their_back(database, "DELETE FROM audit WHERE seq = 7", SEALED_ANEW)
    await watch.once()
    await watch.once()
    assert exposed("rapport_audit_broken", labels) == 1
    assert exposed("rapport_audit_verified_timestamp_seconds", labels) == at
    said = await db.fetch("SELECT * FROM audit WHERE action = 'audit.broken'")
    assert [(each["actor_kind"], each["subject"], each["reason"]) for each in said] == [
        ("system", "audit:satisfaction", OTHER)
    ]
    assert json.loads(said[0]["detail"])["row"] == 1

    owner = await database.connect_owner()
    async with owner.transaction():
        await owner.execute("ALTER TABLE audit DISABLE TRIGGER USER; DELETE FROM audit")
        await owner.copy_records_to_table("audit", records=[tuple(each) for each in right])
        await owner.execute("ALTER TABLE audit ENABLE TRIGGER USER")
        await owner.execute("UPDATE audit_head SET seq = $1, hash = $2", right[-1]["seq"], right[-1]["hash"])
    await owner.close()
    await watch.once()
    assert exposed("rapport_audit_broken", labels) == 0


async def test_a_worker_looks_by_itself(service: Service[Any], database: Database) -> None:
    """The part runs in every worker; what it finds stands in its metrics."""
    await anchor(service)
    await behind_their_back(database, "DELETE FROM audit WHERE seq = 7", SEALED_ANEW)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["worker"], stop=stop))
    try:
        await eventually(
            lambda: service.metrics.registry.get_sample_value("rapport_audit_broken", {"service": "satisfaction"}) == 1,
            within=60,
        )
    finally:
        stop.set()
        await running


async def test_without_the_broker_nothing_counts_as_verified(service: Service[Any], database: Database) -> None:
    away = build("satisfaction", database_url=database.url, kafka="127.0.0.1:1", home=service.settings.home)
    verdict = await found(away)
    assert (verdict.broken, verdict.anchors, verdict.verified) == (None, None, False)
    assert verdict.unread is not None and "broker" in verdict.unread
    await away.database.close()


async def test_the_command_says_which_row_why_and_since_which_anchor(
    service: Service[Any], database: Database, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_DATABASE_URL", database.url)
    monkeypatch.setenv("RAPPORT_KAFKA", kafka)

    async def command(*more: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--service", "satisfaction", *more])

    await anchor(service)
    answer = await command()
    assert (answer.exit_code, answer.stdout) == (
        0,
        "satisfaction: intact, 20 rows; as 1 anchors say, the last of row 20\n",
    )
    await happen(service, 5)
    await anchor(service)
    await behind_their_back(database, "DELETE FROM audit WHERE seq = 22", SEALED_ANEW)
    answer = await command()
    assert answer.exit_code == 1
    assert answer.stdout.startswith("satisfaction: BROKEN at row 25: ends before its anchor (table audit); ")
    assert "rows up to 20 are what was anchored at 20" in answer.stdout
    told = json.loads((await command("--json")).stdout)["satisfaction"]
    assert told["verified"] is False and told["broken"]["table"] == "audit" and told["last_anchor"]["row"] == 20


async def test_a_service_without_the_owners_password_waits_for_whoever_has_it(
    service: Service[Any], database: Database, kafka: str
) -> None:
    owner = await database.connect_owner()
    await owner.execute("DROP TABLE sequences_ahead")  # all that the newest revision of the chassis has made
    await owner.execute("UPDATE schema_version SET version_num = 'chassis_0008' WHERE version_num LIKE 'chassis_%'")
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["relay"], stop=stop))
    try:

        async def why() -> str:
            return next(check.why for check in await service.ready() if check.name == "start")

        async def waits() -> bool:
            return "waiting for migrations (chassis_0009): the owner of the tables runs them" in await why()

        await eventually(waits, within=30)
        assert await owner.fetchval("SELECT count(*) FROM schema_version WHERE version_num = 'chassis_0008'") == 1
        assert await migrated(database, kafka) == ["chassis_0009"]

        async def ready() -> bool:
            return not await why()

        await eventually(ready, within=30)
    finally:
        stop.set()
        await running
        await owner.close()


async def test_an_installation_with_one_role_works_and_says_so(databases: Databases, keys_dir: Path, kafka: str) -> None:
    database = await databases.make()
    alone = build("satisfaction", database_url=database.url, kafka=kafka, keys=keys_dir, home=keys_dir)
    stop = asyncio.Event()
    running = asyncio.create_task(alone.run(["relay"], stop=stop))
    apart = lambda: alone.metrics.registry.get_sample_value("rapport_audit_apart", {"service": "satisfaction"})  # noqa: E731
    try:
        await eventually(lambda: apart() == 0, within=60)
        assert await migrated(database, kafka) == []  # nothing new, but the tables change hands, beside the service
        verdict = await found(alone)
        assert verdict.apart and verdict.broken is None
        await happen(alone, 1)
    finally:
        stop.set()
        await running
    db = await database.connect()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
    await db.close()
    await databases.drop(database)
