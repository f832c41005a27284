"""The stack asks cheaply and rarely whether it is well, and is told the truth."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WELL = ROOT / "deploy" / "well"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BAD = "HTTP/1.1 503 Service Unavailable\r\n\r\n"
GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def asked(known: Path, *question: str | int, rest: float = 0) -> int | None:
    """How `well` ends."""
    child = await asyncio.create_subprocess_exec(
        "bash", str(WELL), *map(str, question), env={"PATH": "/usr/bin:/bin", "WELL": str(known), "REST": str(rest)}
    )
    return await asyncio.wait_for(child.wait(), 20)


@asynccontextmanager
async def answering(answers: list[str], heard: list[str]) -> AsyncIterator[int]:
    """A server that gives these answers, one a connection, and writes down what it was asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answers.pop(0).encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def dear(services: dict[str, Any]) -> list[str]:
    """Containers that run on and are asked in another way than all, or start more than bash for it."""
    asked_of = {
        name: each["healthcheck"]
        for name, each in services.items()
        if each.get("restart") != "no" and "profiles" not in each
    }
    return [
        name
        for name, check in asked_of.items()
        if "/usr/local/bin/well" not in str(check["test"])
        or {**check, "test": None} != {**COMPOSE["x-healthy"], "test": None}
    ]


def test_every_server_of_the_stack_is_asked_in_one_cheap_way() -> None:
    assert dear(COMPOSE["services"]) == []
    assert COMPOSE["x-healthy"]["interval"] == "3s" and "REST:-27" in WELL.read_text()


def test_a_container_that_is_asked_in_a_dear_way_is_found() -> None:
    services = {
        **COMPOSE["services"],
        "kafka": {"healthcheck": {**COMPOSE["x-healthy"], "test": ["CMD", "kafka-topics.sh"]}},
    }
    services["gateway"] = {"healthcheck": {**COMPOSE["services"]["gateway"]["healthcheck"], "interval": "1s"}}
    assert dear(services) == ["kafka", "gateway"]


async def test_a_server_is_well_when_it_says_200(tmp_path: Path) -> None:
    heard: list[str] = []
    async with answering([GOOD, BAD, "nothing of the kind\r\n", GOOD], heard) as port:
        ends = [await asked(tmp_path / "well", "http", port, "/complaints/health/ready") for _ in range(4)]
    assert ends == [0, 1, 1, 0]
    assert heard[0].startswith("GET /complaints/health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    assert await asked(tmp_path / "well", "http", port, "/") == 1


async def test_who_was_well_is_asked_later_and_who_was_not_at_once(tmp_path: Path) -> None:
    heard: list[str] = []
    async with answering([BAD, GOOD, BAD], heard) as port:
        assert await asked(tmp_path / "well", "http", port, "/", rest=3600) == 1
        assert await asked(tmp_path / "well", "http", port, "/", rest=3600) == 0
        resting = asyncio.create_task(asked(tmp_path / "well", "http", port, "/", rest=0.5))
        assert await resting == 1
        assert not (tmp_path / "well").exists()
    assert len(heard) == 3


async def test_the_broker_is_asked_without_a_jvm(kafka: str, tmp_path: Path) -> None:
    assert await asked(tmp_path / "well", "broker", int(kafka.rpartition(":")[2])) == 0


async def test_what_is_no_broker_is_not_well(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        assert await asked(tmp_path / "well", "broker", port) == 1
        silent.listen()
        assert await asked(tmp_path / "well", "broker", port) == 1


@pytest.mark.parametrize("question", [("rm",), ("eval", "true")])
async def test_what_nobody_knows_to_ask_is_refused(question: tuple[str, ...], tmp_path: Path) -> None:
    assert await asked(tmp_path / "well", *question) == 2
