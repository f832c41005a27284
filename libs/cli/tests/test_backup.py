"""Backup and restore on PostgreSQL and Kafka of a local installation: what comes back, and what is refused before."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.structs import ConsumerRecord
from rapport_chassis.actor import Actor
from rapport_chassis.broker import ROLES
from rapport_chassis.keys import Keys
from rapport_chassis.service import Service
from rapport_chassis.vault import Transport
from rapport_cli.backup import taking
from rapport_cli.backup.installation import Installation, _of_home
from rapport_cli.backup.log_ahead import Ahead
from rapport_cli.backup.manifest import Manifest
from rapport_cli.backup.offsets import Log
from rapport_cli.backup.restoring import restore
from rapport_cli.local.home import Home
from rapport_cli.local.stack import Stack
from rapport_cli.main import app
from rapport_cli.problems import CommandError
from rapport_cli.services import SERVICES
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    CallerPresented,
    Durations,
    InteractionCompleted,
    SealedIdentifier,
    Summary,
)
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually
from sqlalchemy import text
from typer.testing import CliRunner

PATIENCE = 120.0
WHO = Actor.system("test")


@dataclass
class Site:
    """An installation whose services run only where a test says so."""

    stack: Stack
    installation: Installation
    sequences: dict[UUID, int] = field(default_factory=dict)

    def service(self, name: str) -> Service[Any]:
        return next(each for each in self.installation.services if each.name == name)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """All services run, with all of their roles, as built anew: one that was stopped does not start again."""
        stop = asyncio.Event()
        await self.renew()
        running = [asyncio.create_task(each.run(ROLES, stop=stop)) for each in self.installation.services]
        try:
            await eventually(self.ready, within=PATIENCE, every=0.2)
            yield
        finally:
            stop.set()
            await asyncio.gather(*running)
            await self.renew()

    async def renew(self) -> None:
        await self.installation.close()
        self.installation = _of_home(self.stack.home, self.stack, self.stack.kafka.bootstrap)

    async def ready(self) -> bool:
        checks = [check for each in self.installation.services for check in await each.ready()]
        return all(check.ok for check in checks)

    async def tell(self, event: Event) -> None:
        """A fact of its owner."""
        number = self.sequences[event.key] = self.sequences.get(event.key, 0) + 1
        async with self.service(event.publisher).works(WHO) as work:
            work.record(event, sequence=number)

    async def call(self, phone: str) -> UUID:
        """A call that was answered; the customer, once Profiles knows them and Satisfaction has decided."""
        call, now = new_id(), datetime.now(UTC)
        sealed = Transport(Keys.load(self.stack.home.root / "keys")).seal(phone, f"rapport.interactions.private:{call}")
        given = [SealedIdentifier(kind="phone", sealed=sealed)]
        await self.tell(
            CallerPresented(interaction_id=call, channel="phone", source="pbx", identifiers=given, presented_at=now)
        )
        found = await eventually(lambda: self.caller(call), within=PATIENCE, every=0.2)
        await self.tell(InteractionCompleted(interaction_id=call, summary=summary(found, now)))
        await eventually(lambda: self.invitation(call), within=PATIENCE, every=0.2)
        return found

    async def caller(self, call: UUID) -> UUID | None:
        facts = [fact for kind, fact in await self.published("profiles") if kind == "customer.identified.v1"]
        return next((UUID(fact["customer_id"]) for fact in facts if fact["interaction_id"] == str(call)), None)

    async def invitation(self, call: UUID) -> Any:
        found = await self.rows("satisfaction", "SELECT * FROM invitations WHERE interaction_id = :call", call=call)
        return found[0] if found else None

    async def rows(self, service: str, query: str, **values: Any) -> Sequence[Any]:
        async with self.service(service).database.engine.begin() as connection:
            return (await connection.execute(text(query), values)).all()

    async def log(self, service: str) -> list[ConsumerRecord]:
        """What is on the topic of a service, in the order of each key."""
        from rapport_cli.backup.log_ahead import _records

        now = Log(self.installation.broker).topics()
        topic = f"rapport.{service}"
        return await _records(self.installation, {topic: dict.fromkeys(now[topic].ends, 0)} if topic in now else {}, now)

    async def published(self, service: str) -> list[tuple[str, dict[str, Any]]]:
        return [(Envelope.from_headers(each.headers).type, json.loads(each.value)) for each in await self.log(service)]

    async def back_up(self, folder: Path) -> Manifest:
        taking.prepare(folder)
        return await taking.take(self.installation, folder)

    async def put_back(self, folder: Path) -> dict[str, Ahead]:
        found = await restore(self.installation, folder, replace=self.installation.name)
        return {each.service: each for each in found}


def summary(customer: UUID, ended: datetime) -> Summary:
    return Summary(
        channel="phone", direction="inbound", mode="remote", source="pbx", outcome="answered", customer_id=customer,
        touchpoint="hotline", contact_type=None, queue="q", agents=["a1"], last_agent="a1", transfers=0,
        started_at=ended - timedelta(minutes=3), ended_at=ended, durations=Durations(service=60),
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    home = Home(tmp_path_factory.mktemp("home"))
    Keys.create(home.root / "keys")
    async with Stack(home, SERVICES, say=lambda _: None) as stack:
        made = Site(stack, _of_home(home, stack, stack.kafka.bootstrap))
        yield made
        await made.installation.close()


@pytest_asyncio.fixture(scope="module")
async def backup(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of services that had one call."""
    folder = tmp_path_factory.mktemp("backups") / "first"
    async with site.serving():
        await site.call("13800000001")
        await site.back_up(folder)
    return folder


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
    """The same, to be spoiled."""
    return shutil.copytree(backup, tmp_path / "copy")


async def test_what_the_log_has_beyond_a_backup_is_neither_lost_nor_done_twice(site: Site, backup: Path) -> None:
    async with site.serving():
        first = (await site.rows("profiles", "SELECT id FROM customers"))[0].id
        erased, second = await site.call("13800000002"), await site.call("13800000003")
        [asked] = await site.rows("satisfaction", "SELECT id FROM invitations WHERE customer_id = :c", c=second)
        await send(site, asked.id)
        await site.call("13800000001")
        async with site.service("profiles").works(WHO) as work:
            assert site.service("profiles").customers is not None
            for one in (first, erased):
                await site.service("profiles").customers.ask_to_forget(work, one, "agent-1", "customer-wish")
        await eventually(lambda: all_forgotten(site, 2), within=PATIENCE, every=0.2)
        await eventually(lambda: sent_is_published(site, asked.id), within=PATIENCE, every=0.2)
    before = await site.log("profiles")

    found = await site.put_back(backup)

    assert found["profiles"].lost["customer.registered.v1"] == 2
    assert found["satisfaction"].lost["survey-invitation.sent.v1"] == 1
    assert {name: each.erasures for name, each in found.items() if each.erasures.get("done") != 2} == {}
    assert await site.rows("profiles", "SELECT 1 FROM data_keys WHERE subject = :c AND wrapped IS NOT NULL", c=first) == []
    people = {row.id for row in await site.rows("profiles", "SELECT id FROM customers")}
    assert {first, second} <= people <= {first, erased, second}
    [sent] = await site.rows("satisfaction", "SELECT state, token_hash, sent_at FROM invitations WHERE id = :i", i=asked.id)
    assert (sent.state, sent.token_hash) == ("sent", None) and sent.sent_at is not None

    async with site.serving():
        await site.call("13800000004")
        await eventually(lambda: nothing_waits(site), within=PATIENCE, every=0.2)
    after = await site.log("profiles")
    registered = [fact["customer_id"] for kind, fact in await site.published("profiles") if kind == "customer.registered.v1"]
    assert len(set(registered)) == 4
    assert falling(after) == [] and len(after) > len(before)
    sent_facts = [kind for kind, _ in await site.published("satisfaction") if kind == "survey-invitation.sent.v1"]
    assert len(sent_facts) == 1


async def send(site: Site, invitation: UUID) -> None:
    from rapport_satisfaction.asking.usecases.invitations import send_invitation

    async with site.service("satisfaction").works(WHO) as work:
        await send_invitation(work, invitation)


async def all_forgotten(site: Site, number: int) -> bool:
    counts = [
        (await site.rows(name, "SELECT count(*) AS n FROM customer_erasures WHERE state = 'done'"))[0].n for name in SERVICES
    ]
    return counts == [number] * len(SERVICES)


async def sent_is_published(site: Site, invitation: UUID) -> bool:
    return any(
        kind == "survey-invitation.sent.v1" and fact["invitation_id"] == str(invitation)
        for kind, fact in await site.published("satisfaction")
    )


async def nothing_waits(site: Site) -> bool:
    return not any([await site.rows(name, "SELECT 1 FROM outbox LIMIT 1") for name in SERVICES])


def falling(records: Sequence[ConsumerRecord]) -> list[str]:
    """Facts whose number is not above all of their key that came before; copies of one are one."""
    highest: dict[UUID, int] = {}
    seen: set[UUID] = set()
    found = []
    for record in sorted(records, key=lambda each: (each.partition, each.offset)):
        envelope = Envelope.from_headers(record.headers)
        if envelope.id in seen:
            continue
        seen.add(envelope.id)
        if envelope.sequence <= highest.get(envelope.subject, 0):
            found.append(f"{envelope.type} {envelope.sequence}")
        highest[envelope.subject] = max(envelope.sequence, highest.get(envelope.subject, 0))
    return found


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def refusal(*arguments: str | Path) -> str:
    done = run(*arguments)
    assert isinstance(done.exception, CommandError), done.output
    return str(done.exception)


def test_a_backup_is_verified_and_holds_no_key(site: Site, backup: Path) -> None:
    done = run("backup", "verify", backup, "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["whole"], sorted(told["databases"])) == (0, True, sorted(SERVICES))
    assert sorted(each.name for each in backup.iterdir()) == sorted(
        ["manifest.json", *(f"{name}.dump" for name in SERVICES)]
    )
    assert all(each.stat().st_mode & 0o077 == 0 for each in backup.iterdir())
    for key in (site.stack.home.root / "keys").glob("*.key"):
        secret = key.read_text().split()[-1].encode()
        assert not any(secret in each.read_bytes() for each in backup.iterdir())


def test_a_file_that_changed_is_found(copy: Path) -> None:
    dump = copy / "profiles.dump"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(bytes(content))
    assert "profiles.dump is not what was written" in refusal("backup", "verify", copy)
    dump.write_bytes(bytes(content[:-1]))
    assert "profiles.dump has" in refusal("backup", "verify", copy)
    dump.unlink()
    assert "profiles.dump cannot be read" in refusal("backup", "verify", copy)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"format": 2}'])
def test_without_a_whole_manifest_it_is_no_backup(copy: Path, content: bytes | None) -> None:
    (copy / "manifest.json").unlink()
    if content is not None:
        (copy / "manifest.json").write_bytes(content)
    assert "manifest.json" in refusal("backup", "verify", copy)


def test_a_folder_with_something_in_it_is_left_alone(copy: Path) -> None:
    assert "is not empty" in refusal("backup", copy)
    assert "cannot be used" in refusal("backup", copy / "manifest.json")


async def test_nothing_is_restored_into_what_is_there_unless_its_name_is_typed(site: Site, backup: Path) -> None:
    for typed in (None, "production"):
        with pytest.raises(CommandError, match=f"--replace {site.installation.name}"):
            await restore(site.installation, backup, replace=typed)


async def test_nothing_is_restored_while_somebody_is_connected(site: Site, backup: Path) -> None:
    other = await asyncpg.connect(site.stack.database_url("profiles"), ssl=False)
    try:
        with pytest.raises(CommandError, match="profiles: 1 others are connected"):
            await site.put_back(backup)
    finally:
        await other.close()


async def test_a_changed_file_is_not_restored(site: Site, copy: Path) -> None:
    (copy / "profiles.dump").write_bytes(b"PGDMP")
    with pytest.raises(CommandError, match=r"profiles\.dump has 5 bytes"):
        await site.put_back(copy)


async def test_a_backup_of_a_newer_version_is_not_restored(site: Site, copy: Path) -> None:
    told = json.loads((copy / "manifest.json").read_text())
    told["databases"]["profiles"]["revisions"].append("9999")
    told["version"] = "7.0"
    (copy / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(CommandError, match=r"profiles: the backup has revision 9999, .* version 7\.0"):
        await site.put_back(copy)


async def test_a_role_that_is_missing_is_named(site: Site, backup: Path) -> None:
    admin = await asyncpg.connect(site.stack.postgres.dsn(), ssl=False)
    try:
        await admin.execute("ALTER ROLE rapport_profiles RENAME TO somebody")
        with pytest.raises(CommandError, match="profiles: there is no role rapport_profiles"):
            await site.put_back(backup)
    finally:
        await admin.execute("ALTER ROLE somebody RENAME TO rapport_profiles")
        await admin.execute(f"ALTER ROLE rapport_profiles PASSWORD '{site.stack.home.secret('database_profiles')}'")
        await admin.close()


async def test_keys_of_another_installation_are_found_out(site: Site, backup: Path, tmp_path: Path) -> None:
    keys, own = site.stack.home.root / "keys", tmp_path / "own"
    keys.rename(own)
    Keys.create(keys)
    try:
        wrong = _of_home(site.stack.home, site.stack, site.stack.kafka.bootstrap)
        with pytest.raises(CommandError, match="complaints: "):
            await restore(wrong, backup, replace=wrong.name)
    finally:
        await wrong.close()
        shutil.rmtree(keys)
        own.rename(keys)
    await site.put_back(backup)


def test_where_nothing_runs_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RAPPORT_DATABASE_URL", raising=False)
    assert "RAPPORT_DATABASE_URL" in refusal("backup", tmp_path / "made")
