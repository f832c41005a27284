"""What `rapport up` runs: the stack, then all services in this process under one origin, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rapport_cli.local.home import Home, Running
from rapport_cli.local.jars import Say
from rapport_cli.serving import Server, listen, stop_on_signals

if TYPE_CHECKING:
    from rapport_chassis.service import Service

    from rapport_cli.local.stack import Stack

LARGEST_LOG = 20 * 1024 * 1024
READY_WITHIN = 60.0
T = TypeVar("T")


class StoppedError(Exception):
    """Somebody pressed Ctrl-C before everything was up."""


async def run(*, port: int, kafka_port: int, say: Say) -> None:
    """Start everything, say where it is, stop it in order. Raises StackError, or CommandError when `port` is taken."""
    began = time.monotonic()
    stop = stop_on_signals()
    home = Home.find()
    with home.in_use(), listen(port) as listening, _log(home) as log:
        say(f"Starting PostgreSQL and Kafka (state: {home.root}, log: {log.name})")
        try:
            async with AsyncExitStack() as opened:
                stack, services = await _unless(stop, _start(opened, home, kafka_port, port, log, say))
                await _serve(home, stack, services, listening, stop, say, began)
        except StoppedError:
            pass  # nothing was promised yet; what had been started is stopped by now
        say("Stopped. The data is kept.")


async def _start(
    opened: AsyncExitStack, home: Home, kafka_port: int, port: int, log: TextIO, say: Say
) -> tuple[Stack, list[Service[Any]]]:
    """The servers and the import of our own code side by side."""
    from rapport_cli.local.stack import Stack
    from rapport_cli.services import SERVICES

    stack = Stack(home, SERVICES, say=say, kafka_port=kafka_port)
    loading = asyncio.create_task(asyncio.to_thread(_load))
    await opened.enter_async_context(stack)
    await loading
    from rapport_chassis.keys import Keys
    from rapport_chassis.observability import configure_logging

    configure_logging(stream=log)
    Keys.create(home.root / "keys")
    return stack, [_build(name, home, stack, port) for name in SERVICES]


def _load() -> None:
    """Import what takes a second to import."""
    from rapport_cli.services import SERVICES

    for name in SERVICES:
        import_module(f"rapport_{name}.app")


def _build(name: str, home: Home, stack: Stack, port: int) -> Service[Any]:
    from rapport_chassis.security.issuer import LocalIssuer

    from rapport_cli.services import build

    issuer = LocalIssuer(home.root / "issuer")
    return build(
        name,
        database_url=stack.database_url(name),
        kafka=stack.kafka.bootstrap,
        home=home.root,
        issuer=issuer.issuer,
        audience=issuer.audience,
        jwks=str(issuer.jwks),
        public_url=f"http://127.0.0.1:{port}",
        replica="local",
    )


async def _serve(
    home: Home,
    stack: Stack,
    services: Sequence[Service[Any]],
    listening: socket.socket,
    stop: asyncio.Event,
    say: Say,
    began: float,
) -> None:
    """HTTP and the background work of all services until `stop`."""
    from rapport_cli.origin import Origin

    url = "http://{}:{}".format(*listening.getsockname())
    async with asyncio.TaskGroup() as group:
        for service in services:
            group.create_task(service.run(stop=stop))
        group.create_task(Server(Origin(services, {each.name: each.door() for each in services})).run_until(stop, listening))
        group.create_task(_announce(home, stack, services, url, stop, say, began))


async def _announce(
    home: Home, stack: Stack, services: Sequence[Service[Any]], url: str, stop: asyncio.Event, say: Say, began: float
) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while troubles := [
        f"{service.name}: {check.name} {check.why}"
        for service in services
        for check in await service.ready()
        if not check.ok
    ]:
        if stop.is_set():
            return
        if time.monotonic() > deadline:
            say("Not everything is ready yet:\n  " + "\n  ".join(troubles))
            break
        await asyncio.sleep(0.05)
    databases = {service.name: stack.database_url(service.name) for service in services}
    home.announce(Running(os.getpid(), url, stack.kafka.bootstrap, databases))
    say(_welcome(home, stack, services, url, time.monotonic() - began))


def _welcome(home: Home, stack: Stack, services: Sequence[Service[Any]], url: str, seconds: float) -> str:
    command = _command()
    lines = [
        "",
        f"Rapport is ready after {seconds:.1f} s: {url}",
        "",
        *(f"  {service.name:14} {url}/{service.name}/docs" for service in services),
        f"  {'Kafka':14} {stack.kafka.bootstrap}   topics rapport.*",
        f"  {'PostgreSQL':14} 127.0.0.1:{stack.postgres.port}   addresses with passwords: {home.root / 'running.json'}",
        "",
        "Try, in another terminal:",
        f"  {command} demo",
        f"  {command} events tail --from start",
        f'  curl -s -H "Authorization: Bearer $({command} token)" {url}/interactions/v1/stats',
        "",
        "Ctrl-C stops everything; the data is kept.",
    ]
    return "\n".join(lines)


def _command() -> str:
    """How this command is called from where the user is."""
    path = Path(sys.argv[0]).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


async def _unless(stop: asyncio.Event, work: Awaitable[T]) -> T:
    """The result of `work`. Raises StoppedError, with `work` cancelled and ended, when `stop` comes first."""
    working, stopping = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
    stopping.cancel()
    if working.cancelled():
        raise StoppedError
    return await working


def _log(home: Home) -> TextIO:
    """The JSON log of this run and the ones before; a large one is put aside as `rapport.log.1`."""
    path = home.root / "rapport.log"
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("a", encoding="utf-8")
