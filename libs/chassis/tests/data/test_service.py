"""A service as a whole: waits for what is not there, answers only when prepared, stops without losing work."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from rapport_chassis.keys import Keys, KeysUnusable
from rapport_chassis.loops import Loop
from rapport_chassis.service import Service
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Timer
from rapport_chassis.web import Call, Public, Router
from rapport_chassis.work import Work
from rapport_cli.local.postgres import Postgres
from rapport_testing import eventually
from sqlalchemy import text

REVISION = """
from alembic import op

revision, down_revision, branch_labels = "0001", None, ("service",)

def upgrade() -> None:
    op.execute("CREATE TABLE seen (what text)")
"""
PARTS = ["event-loop", "wakes", "topics", "timers", "loop nothing", "loop housekeeping"]
PARTS += ["loop rekeying", "loop keys-left", "loop figures", "audit", "relay"]
fired: list[str] = []


async def slow(work: Work) -> dict[str, bool]:
    await work.connection.execute(text("SELECT pg_sleep(0.3)"))
    await work.connection.execute(text("INSERT INTO seen VALUES ('slow')"))
    await work.timers.set("seen", "1", work.now)
    return {"done": True}


async def on_seen(work: Work, timer: Timer) -> None:
    work.after.append(lambda: fired.append(timer.key))


async def nothing(work: Work) -> int:
    return 0


def router() -> Router:
    made = Router(tags=["test"])

    @made.post("/slow", allow=Public)
    async def post_slow(call: Call[Work]) -> dict[str, bool]:
        """Takes a while."""
        return await call.run(slow)

    return made


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Service[Work]]:
    versions = tmp_path / "demo_migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "__init__.py").write_text('BRANCHES = ("chassis", "service")')
    (versions / "0001_first.py").write_text(REVISION)
    monkeypatch.syspath_prepend(tmp_path)
    fired.clear()

    def service(database_url: str, kafka: str, **more: Any) -> Service[Work]:
        settings = ServiceSettings(database_url=database_url, kafka=kafka, home=tmp_path / "home", **more)
        return Service(
            name="demo",
            title="Demo",
            settings=settings,
            work=Work,
            migrations="demo_migrations",
            receipts=None,
            subjects=[Subject("demo", routers=[router()], timers={"seen": on_seen}, loops=[Loop("nothing", nothing)])],
        )

    Keys.create(tmp_path / "home" / "keys")
    return service


@pytest_asyncio.fixture
async def empty(databases: Any) -> AsyncIterator[str]:
    made = await databases.make()
    yield made.url
    await databases.drop(made)


def add_version(key_file: Path, version: int) -> None:
    key_file.write_text(key_file.read_text() + f"{version} {b64encode(os.urandom(32)).decode()}\n")


async def all_ready(service: Service[Work]) -> bool:
    checks = await service.ready()
    assert all(check.ok for check in checks), checks
    return True


def parts_running(service: Service[Work]) -> dict[str, float]:
    """What the metrics say of the parts."""
    return {
        sample.labels["part"]: sample.value
        for family in service.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "rapport_part_running" and sample.labels["service"] == "demo"
    }


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_a_service_migrates_becomes_ready_works_and_stops(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    async with client(service.door()) as http, client(service.management) as operator:
        early = await http.post("/demo/v1/slow")
        assert parts_running(service) == {}
        assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (503, "starting", "1")
        assert early.json()["trace_id"] in early.headers["traceparent"]
        assert (await http.get("/demo/health/live")).status_code == 200
        assert (await operator.get("/demo/health/ready")).status_code == 503
        running = asyncio.create_task(service.run(stop=stop))
        await eventually(lambda: parts_running(service) == dict.fromkeys(PARTS, 0.0), every=0.001)
        await eventually(lambda: all_ready(service), within=20)
        assert parts_running(service) == dict.fromkeys(PARTS, 1.0)
        names = [check["name"] for check in (await operator.get("/demo/health/ready")).json()["checks"]]
        assert names == ["start", "database", *PARTS]
        assert (await http.post("/demo/v1/slow")).json() == {"done": True}
        await eventually(lambda: fired == ["1"], within=5)
    stop.set()
    await asyncio.wait_for(running, 10)
    assert (await service.ready())[0].why == "stopping"


async def test_a_process_says_what_it_is_and_whether_it_reaches_its_database(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["api"], stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    labels = {"version": version("rapport-chassis"), "service": "demo", "role": "api"}
    assert service.metrics.registry.get_sample_value("rapport_build_info", labels) == 1
    async with client(service.management) as operator:
        shown = (await operator.get("/demo/metrics")).text
    assert 'rapport_database_up{service="demo"} 1.0' in shown
    assert 'rapport_database_failures_total{kind="disk-full",service="demo"} 0.0' in shown
    assert 'rapport_database_pool_size{service="demo"} 8.0' in shown
    assert "rapport_parked_open{" not in shown and "rapport_outbox_oldest_seconds{" not in shown
    stop.set()
    await asyncio.wait_for(running, 10)
    nowhere = make("postgresql://nobody@127.0.0.1:9/none", kafka)
    async with client(nowhere.management) as operator:
        assert 'rapport_database_up{service="demo"} 0.0' in (await operator.get("/demo/metrics")).text


async def test_requests_inside_are_answered_before_the_service_ends(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    door = service.door()
    running = asyncio.create_task(service.run(["api"], stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    async with client(door) as http:
        requests = [asyncio.create_task(http.post("/demo/v1/slow")) for _ in range(20)]
        await eventually(lambda: door._inside == 20)
        stop.set()
        answers = await asyncio.gather(*requests)
    await asyncio.wait_for(running, 10)
    assert [answer.status_code for answer in answers] == [200] * 20
    connection = await asyncpg.connect(empty)
    assert await connection.fetchval("SELECT count(*) FROM seen") == 20
    others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rapport-demo' AND datname = current_database()"

    async def closed() -> bool:
        return await connection.fetchval(others) == 0

    await eventually(closed)
    await connection.close()


async def test_a_process_without_the_role_api_tells_operators_how_it_is(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["worker"], stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    async with client(service.management) as operator:
        assert (await operator.get("/demo/health/ready")).status_code == 200
        assert "rapport_" in (await operator.get("/demo/metrics")).text
        assert (await operator.post("/demo/v1/slow")).status_code == 404
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_part_that_does_not_run_any_more_shows_in_ready_and_in_its_metric(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    (loop,) = (part for part in service._supervisor.parts if part.name == "loop nothing")
    loop.task.cancel()
    await asyncio.wait({loop.task})
    async with client(service.management) as operator:
        answer = await operator.get("/demo/health/ready")
    assert answer.status_code == 503
    assert {"name": "loop nothing", "ok": False, "why": "not running"} in answer.json()["checks"]
    assert parts_running(service) == {**dict.fromkeys(PARTS, 1.0), "loop nothing": 0.0}
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_without_a_broker_ready_says_so_from_the_start_and_the_outbox_is_measured(make: Any, empty: str) -> None:
    service = make(empty, "127.0.0.1:9")
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["relay"], stop=stop))
    oldest = "rapport_outbox_oldest_seconds", {"service": "demo"}
    await eventually(lambda: service.metrics.registry.get_sample_value(*oldest) == 0, within=20)
    await eventually(lambda: parts_running(service)["topics"] == 0, within=30)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_database_that_comes_late_is_waited_for(make: Any, databases: Any, kafka: str) -> None:
    ready = await databases.make()
    name = ready.url.rpartition("/")[2]
    late = ready.url.replace(name, "late_" + name)
    service = make(late, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop=stop))

    async def waits() -> bool:
        return "waiting for the database" in (await service.ready())[0].why

    await eventually(waits, within=10)
    await databases.drop(ready)
    admin = await asyncpg.connect(databases._admin_url)
    try:
        await admin.execute(f"CREATE DATABASE late_{name} OWNER rapport_test")
        await eventually(lambda: all_ready(service), within=20)
        stop.set()
        await asyncio.wait_for(running, 10)
    finally:
        await admin.execute(f"DROP DATABASE late_{name} WITH (FORCE)")
        await admin.close()


async def test_wrong_or_missing_keys_end_the_start_with_a_clear_error(
    make: Any, empty: str, kafka: str, tmp_path: Path
) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["api"], stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    stop.set()
    await running
    Keys.create(tmp_path / "other")
    with pytest.raises(KeysUnusable, match="does not open the data keys of this database"):
        await make(empty, kafka, keys=tmp_path / "other").run(["api"])
    with pytest.raises(KeysUnusable, match="no key files"):
        await make(empty, kafka, keys=tmp_path / "nowhere").run(["api"])
    with pytest.raises(KeysUnusable, match="no key files"):
        await make(empty, kafka, keys=tmp_path / "nowhere").run(["relay", "worker"])


async def test_a_relay_needs_no_keys(make: Any, empty: str, kafka: str, tmp_path: Path) -> None:
    service, stop = make(empty, kafka, keys=tmp_path / "nowhere"), asyncio.Event()
    running = asyncio.create_task(service.run(["relay"], stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    stop.set()
    await running


async def test_a_new_master_key_is_taken_into_use_while_the_service_runs(
    make: Any, empty: str, kafka: str, tmp_path: Path
) -> None:
    async def run_until(condition: Callable[[asyncpg.Connection], Awaitable[bool]]) -> None:
        service = make(empty, kafka)
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(["worker"], stop=stop))
        await eventually(lambda: all_ready(service), within=20)
        connection = await asyncpg.connect(empty)
        await eventually(lambda: condition(connection), within=10)
        await connection.close()
        stop.set()
        await asyncio.wait_for(running, 10)

    async def wrapped_by(connection: asyncpg.Connection, version: int) -> bool:
        return [version] == [row[0] for row in await connection.fetch("SELECT DISTINCT master_version FROM data_keys")]

    await run_until(lambda connection: wrapped_by(connection, 1))
    add_version(tmp_path / "home" / "keys" / "master.key", 2)
    await run_until(lambda connection: wrapped_by(connection, 2))


async def test_without_leave_to_migrate_it_names_what_is_missing_and_starts_once_it_is_there(
    make: Any, empty: str, kafka: str
) -> None:
    from rapport_chassis.migrations import pending, upgrade

    service = make(empty, kafka, migrate=False)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["api"], stop=stop))

    async def says_so() -> bool:
        return (await service.ready())[
            0
        ].why == f"waiting for migrations ({', '.join(await pending(empty, 'demo_migrations'))})"

    await eventually(says_so, within=10)
    await upgrade(empty, "demo_migrations")
    await eventually(lambda: all_ready(service), within=20)
    stop.set()
    await asyncio.wait_for(running, 10)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user, as whom the server may run, can walk through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@pytest_asyncio.fixture
async def own_server(open_folder: Path) -> AsyncIterator[Postgres]:
    """A PostgreSQL that nobody else uses: to be hurt."""
    server = Postgres(open_folder / "postgres", settings={"fsync": "off"})
    await server.start()
    yield server
    await server.process.stop(signal.SIGKILL, 1)


async def test_a_killed_database_gives_503_and_all_goes_on_when_it_is_back(
    make: Any, own_server: Postgres, kafka: str
) -> None:
    service = make(own_server.dsn(), kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop=stop))
    await eventually(lambda: all_ready(service), within=30)
    async with client(service.door()) as http, client(service.management) as operator:
        assert (await http.post("/demo/v1/slow")).status_code == 200
        await eventually(lambda: fired == ["1"])
        for _ in range(2):
            await own_server.process.stop(signal.SIGKILL, 5)
            answer = await http.post("/demo/v1/slow")
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert (await operator.get("/demo/health/ready")).status_code == 503
            fired.clear()
            await own_server.start()

            async def serves() -> bool:
                return (await http.post("/demo/v1/slow")).status_code == 200

            await eventually(serves, within=30)
            await eventually(lambda: fired, within=30)
            await eventually(lambda: all_ready(service), within=30)
    stop.set()
    await asyncio.wait_for(running, 20)


async def test_cut_connections_do_not_need_a_person(make: Any, empty: str, kafka: str) -> None:
    service = make(empty, kafka)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop=stop))
    await eventually(lambda: all_ready(service), within=20)
    connection = await asyncpg.connect(empty)
    for _ in range(3):
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        async with client(service.door()) as http:
            assert (await http.post("/demo/v1/slow")).status_code == 200
        await eventually(lambda: all_ready(service), within=20)
    await connection.close()
    stop.set()
    await asyncio.wait_for(running, 10)
