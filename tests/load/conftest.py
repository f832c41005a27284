"""A durable PostgreSQL, as `rapport up` starts it: what is answered here has reached the disk."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import uvloop
from rapport_chassis.keys import Keys
from rapport_cli.local.postgres import Postgres

from .rounds import Report

LONGEST = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST))


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that the services run on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    made = Report()
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Not the one of the other tests, which forgets everything when the machine stops: that would not be a fair race."""
    if given := os.environ.get("RAPPORT_TEST_POSTGRES"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-"))
    server = Postgres(folder)
    with asyncio.Runner() as runner:
        runner.run(server.start())
        yield server.dsn()
        runner.run(server.stop())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    Keys.create(folder)
    return folder


@pytest.fixture(scope="session")
def migrations() -> Sequence[str]:
    return ("rapport_interactions.migrations",)
