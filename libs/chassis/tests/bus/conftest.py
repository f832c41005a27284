"""Fixtures of the bus tests: a world (database, topic, parts) of each test's own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
import pytest_asyncio
from rapport_testing.databases import Databases
from rapport_testing.topics import Topics

sys.path.insert(0, str(Path(__file__).parent))
from bus_widgets import Running, Runs, World


@pytest_asyncio.fixture
async def make_world(databases: Databases, topics: Topics) -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """`world = await make_world(partitions=3)`."""
    made: list[tuple[World, object]] = []

    async def make(*, partitions: int = 3, kafka: str | None = None, pool: int = 4) -> World:
        database = await databases.make(["rapport_chassis.migrations"])
        (topic,) = await topics.create("widgets", partitions=partitions)
        world = World(database.url, kafka or topics.bootstrap, topic, topics.name("reader"), pool=pool)
        await world.create()
        made.append((world, database))
        return world

    yield make
    for world, database in made:
        await world.database.close()
        await databases.drop(database)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def world(make_world: Callable[..., Awaitable[World]]) -> World:
    return await make_world()


@pytest.fixture
def running() -> Running:
    """`async with running(relay, runner): ...` runs parts in the background and stops them at the end."""

    @asynccontextmanager
    async def run(*parts: Runs) -> AsyncIterator[None]:
        stop = asyncio.Event()
        tasks = [asyncio.ensure_future(part.run(stop)) for part in parts]
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(asyncio.gather(*tasks), 30)

    return run


class Child:
    """A process of `bus_child.py`."""

    def __init__(self, world: World, **told: object) -> None:
        self.told = {"url": world.url, "kafka": world.kafka, "topic": world.topic, "group": world.group, **told}
        self.deaths = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        program = Path(__file__).parent / "bus_child.py"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, program, json.dumps(self.told), stdout=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        finally:
            if self._process.returncode is None:
                self._process.kill()
            await self._reading

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for _ in self._process.stdout:
            self.deaths += 1


@pytest.fixture
def child(world: World) -> Callable[..., Child]:
    """`async with child(role="relay", die="delete", lives=50) as process: ...`."""
    return lambda **told: Child(world, **told)
