"""The pytest plugin (entry point `rapport`): these fixtures are known in every test of the workspace."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import pytest_asyncio

from rapport_testing import node, sockets, waiting
from rapport_testing.databases import ROLE, Database, Databases
from rapport_testing.history import History
from rapport_testing.proxy import FaultProxy
from rapport_testing.served import keys, keys_dir, migrations, served, service_settings
from rapport_testing.servers import Run
from rapport_testing.topics import Topics
from rapport_testing.web import Clients, TokenMaker

__all__ = ["keys", "keys_dir", "migrations", "served", "service_settings"]

RUN = pytest.StashKey[Run]()


@dataclass(frozen=True)
class Broker:
    """The Kafka of this run. `through_proxy`: (port it listens on, port it advertises) for a fault proxy between."""

    bootstrap: str
    through_proxy: tuple[int, int] | None


def pytest_configure(config: pytest.Config) -> None:
    """One run for all xdist workers; no sockets but loopback from here on."""
    shared = getattr(config, "workerinput", {}).get("rapport_run")
    if shared is None:
        config.stash[RUN] = Run.begin()
    else:
        config.stash[RUN] = Run.shared(shared)
    sockets.guard()
    gc.disable()  # until all tests are imported: nearly all that is made by that stays


def pytest_collection_finish() -> None:
    """What was imported is left alone by the collector, which would look through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Tells an xdist worker which run it belongs to."""
    node.workerinput["rapport_run"] = node.config.stash[RUN].told()  # type: ignore[attr-defined]


def pytest_runtest_setup() -> None:
    """Problems of applications and entries of histories are held against their documents, once there are such."""
    if "rapport_chassis.web.app" in sys.modules:
        import_module("rapport_testing.problem_guard").watch()
    if "rapport_chassis.histories" in sys.modules:
        import_module("rapport_testing.detail_guard").watch()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controlling process ends the run; its servers notice within a moment of its end."""
    if not hasattr(config, "workerinput"):
        config.stash[RUN].forget_if_unused()
    sockets.release()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says last what was not tested for want of something on this machine."""
    for line in node.not_tested(str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(line, red=True, bold=True)


WHOLE_PRODUCT_FIRST = (
    "tests/drills",
    "tests/journeys",
    "tests/security",
    "tests/browser",
    "tests/contract",
    "libs/cli",
    "libs/chassis/tests/bus",
)
"""Folders whose files take long although they hold few tests: begun last, one worker would wait for the other at the end."""


ONE_WORKER = ("tests/browser", "tests/journeys", "tests/security")
"""Folders whose files share what is too dear to have once for each worker: they stay together as if they were one file."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, as `--dist loadfile` says, except for the folders of `ONE_WORKER`."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            own: str = super()._split_scope(nodeid)
            return next((folder for folder in ONE_WORKER if nodeid.startswith(f"{folder}/")), own)

    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long files first, each file in one piece as before."""
    places = {name: place for place, name in enumerate(WHOLE_PRODUCT_FIRST)}

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(config.rootpath).as_posix() if item.path.is_relative_to(config.rootpath) else ""
        return next((place for name, place in places.items() if path.startswith(f"{name}/")), len(places))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """The URL of a superuser of the run's PostgreSQL, or of the one in RAPPORT_TEST_POSTGRES."""
    return address(request.config, "postgres", "RAPPORT_TEST_POSTGRES")


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> Broker:
    """The run's Apache Kafka, or the one in RAPPORT_TEST_KAFKA (which then has no listener for a proxy)."""
    bootstrap, *ports = address(request.config, "kafka", "RAPPORT_TEST_KAFKA").split()
    return Broker(bootstrap, (int(ports[0]), int(ports[1])) if ports else None)


@pytest.fixture(scope="session")
def kafka(broker: Broker) -> str:
    """Bootstrap servers of the run's Kafka."""
    return broker.bootstrap


@pytest.fixture(scope="session")
def databases(postgres: str) -> Databases:
    """Makes fresh databases, for tests that need more than one: `await databases.make(["rapport_x.migrations"])`."""
    return Databases(postgres, migrate)


@pytest_asyncio.fixture(scope="module")
async def database(databases: Databases, migrations: Sequence[str]) -> AsyncIterator[Database]:
    """A fresh database of this test module, migrated with `migrations`, owned by an ordinary role."""
    made = await databases.make(migrations)
    yield made
    await databases.drop(made)


@pytest_asyncio.fixture
async def topics(kafka: str) -> AsyncIterator[Topics]:
    """Topics of this test, under a prefix of its own; deleted at the end."""
    made = Topics(kafka)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def fault_proxy() -> AsyncIterator[Callable[[str, int], Awaitable[FaultProxy]]]:
    """`proxy = await fault_proxy(host, port)`: a proxy before that address; closed at the end of the test."""
    async with AsyncExitStack() as opened:

        async def make(host: str, port: int) -> FaultProxy:
            return await opened.enter_async_context(FaultProxy((host, port)))

        yield make


@pytest_asyncio.fixture
async def broker_proxy(broker: Broker, request: pytest.FixtureRequest) -> AsyncIterator[FaultProxy]:
    """A proxy before the broker that its clients cannot pass by: the broker advertises it. Bootstrap: `127.0.0.1:port`.

    One test at a time has it (there is one advertised port); other workers wait for it.
    """
    if broker.through_proxy is None:
        pytest.fail("RAPPORT_TEST_KAFKA names a broker that advertises no proxy; run this test on the run's own broker")
    listen, advertised = broker.through_proxy
    with request.config.stash[RUN].turn("broker_proxy"):
        async with FaultProxy(("127.0.0.1", listen), port=advertised) as proxy:
            yield proxy


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TokenMaker:
    """`tokens("complaints:file", level=2)`; give `**tokens.settings` to the service under test."""
    return TokenMaker(tmp_path_factory.mktemp("issuer"))


@pytest_asyncio.fixture
async def clients() -> AsyncIterator[Clients]:
    """`await clients(app)`: httpx clients on ASGI apps, without a socket."""
    async with AsyncExitStack() as opened:
        yield Clients(opened)


@pytest.fixture
def history() -> History:
    """What this test sees of a run with faults; `history.check()` judges it."""
    return History()


@pytest.fixture(scope="session")
def eventually() -> Callable[..., object]:
    """`await eventually(condition, within=seconds)`, see `rapport_testing.waiting`."""
    return waiting.eventually


def address(config: pytest.Config, kind: str, variable: str) -> str:
    """Of the `kind` of server: what the environment variable says, else that of the run's own, started when needed."""
    return os.environ.get(variable) or config.stash[RUN].address(kind)


async def migrate(owner_url: str, url: str, package: str) -> None:
    """Apply a service's migrations as the owner, and load what it ships with as the service's own role."""
    from rapport_chassis.database import Database as Pool
    from rapport_chassis.migrations import upgrade
    from rapport_chassis.work import WorkFactory
    from sqlalchemy import text as sql_text

    await upgrade(owner_url, package, service_role=ROLE if url != owner_url else None)
    service = package.removesuffix(".migrations")
    if find_spec(service) is not None and find_spec(f"{service}.shipping") is not None:
        shipped = import_module(f"{service}.shipping").SHIPPED
        pool = Pool(url, name="shipping")
        await shipped.load(WorkFactory(pool, shipped.work, source=service.removeprefix("rapport_")))
        async with pool.engine.begin() as connection:  # as after a relay that has sent what that told
            await connection.execute(sql_text("DELETE FROM outbox"))
        await pool.close()
