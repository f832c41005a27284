"""What `rapport up` runs: the stack, then all services in this process under one origin, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rapport_cli.local.home import Home, Running
from rapport_cli.local.jars import Say
from rapport_cli.local.process import StackError
from rapport_cli.local.stack import Stack
from rapport_cli.local.users import admit, settings_of_administrator, settings_of_service
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.serving import Server, listen, listen_near, settle, stop_on_signals, unsettled

if TYPE_CHECKING:
    from rapport_chassis.service import Service
    from starlette.types import ASGIApp

LARGEST_LOG = 20 * 1024 * 1024
READY_WITHIN = 60.0
T = TypeVar("T")


class StoppedError(Exception):
    """Somebody pressed Ctrl-C before everything was up."""


async def run(*, port: int, kafka_port: int, management_port: int, say: Say) -> None:
    """Start everything, say where it is, stop it in order. Raises StackError, or CommandError when `port` is taken."""
    home, origins = Home.find(), _origins()
    stop = stop_on_signals()
    with home.in_use(), listen(port) as listening, listen_near(management_port) as managing, _log(home) as log:
        say(f"Starting PostgreSQL and Kafka (state: {home.root}, log: {log.name})")
        this = Run(home, _url(listening), _url(managing), origins, say, stop)
        try:
            async with AsyncExitStack() as opened:
                stack, services = await _unless(stop, this.start(opened, kafka_port, log))
                public, management = this.fronts(services)
                await this.serve(
                    stack,
                    services,
                    Server(public).run_until(stop, listening),
                    Server(management).run_until(stop, managing),
                )
        except StoppedError:
            pass  # nothing was promised yet; what had been started is stopped by now
        say("Stopped. The data is kept.")


@dataclass(frozen=True)
class Run:
    """One `rapport up`: its state folder, its addresses, whose pages may call, whom it tells, and when it is to end."""

    home: Home
    url: str
    management: str
    origins: tuple[str, ...]
    say: Say
    stop: asyncio.Event
    began: float = field(default_factory=time.monotonic)

    async def start(self, opened: AsyncExitStack, kafka_port: int, log: TextIO) -> tuple[Stack, list[Service[Any]]]:
        """The servers, and beside them the import of our own code. What is opened is closed by `opened`."""
        from rapport_cli.services import SERVICES

        unsettled()
        loading = asyncio.create_task(asyncio.to_thread(_load, SERVICES))
        stack = await opened.enter_async_context(Stack(self.home, SERVICES, say=self.say, kafka_port=kafka_port))
        await loading
        from rapport_chassis.keys import Keys
        from rapport_chassis.observability import configure_logging

        configure_logging(stream=log)
        Keys.create(self.home.root / "keys")
        services = [self._build(name, stack) for name in SERVICES]
        settle()
        await self._admit(stack, services)
        return stack, services

    async def _admit(self, stack: Stack, services: Sequence[Service[Any]]) -> None:
        """The users of the broker, before anybody comes as one."""
        from rapport_chassis.broker import BrokerSettings

        administrator = BrokerSettings(**settings_of_administrator(self.home, stack.kafka.bootstrap))
        await asyncio.to_thread(admit, self.home, administrator, services)

    def fronts(self, services: Sequence[Service[Any]]) -> tuple[ASGIApp, ASGIApp]:
        """The ASGI apps in front of all: for everybody, and for operators."""
        from rapport_cli.origin import MANAGEMENT, Origin

        public = Origin(services, {each.name: each.door() for each in services}, origins=self.origins)
        return public, Origin(services, {each.name: each.management for each in services}, shows=MANAGEMENT)

    async def serve(self, stack: Stack, services: Sequence[Service[Any]], *http: Coroutine[Any, Any, None]) -> None:
        """HTTP and the background work of all services until `stop`. Raises StackError when the keys are the wrong ones."""
        from rapport_chassis.keys import KeysUnusable

        try:
            async with asyncio.TaskGroup() as group:
                for service in services:
                    group.create_task(service.run(stop=self.stop), name=service.name)
                for serving in http:
                    group.create_task(serving, name="http")
                group.create_task(self._announce(stack, services), name="announce")
        except* KeysUnusable as unusable:
            raise StackError(f"The keys in {self.home.root / 'keys'}: {unusable.exceptions[0]}") from None

    def _build(self, name: str, stack: Stack) -> Service[Any]:
        from rapport_chassis.security.issuer import LocalIssuer

        from rapport_cli.services import build

        issuer = LocalIssuer(self.home.root / "issuer")
        return build(
            name,
            database_url=stack.database_url(name),
            owner_database_url=stack.owner_database_url(name),
            **settings_of_service(self.home, stack.kafka.bootstrap, name),
            home=self.home.root,
            issuer=issuer.issuer,
            audience=issuer.audience,
            jwks=str(issuer.jwks),
            public_url=self.url,
            allowed_origins=self.origins,
            replica="local",
        )

    async def _announce(self, stack: Stack, services: Sequence[Service[Any]]) -> None:
        """Say that all is ready once it is; after a minute say what is not."""
        from rapport_chassis.rights import OPERATOR

        from rapport_cli.services import scopes_of
        from rapport_cli.serving import settle

        deadline = time.monotonic() + READY_WITHIN
        while troubles := [
            f"{service.name}: {check.name} {check.why}"
            for service in services
            for check in await service.ready()
            if not check.ok
        ]:
            if self.stop.is_set():
                return
            if time.monotonic() > deadline:
                self.say("Not everything is ready yet:\n  " + "\n  ".join(troubles))
                break
            await asyncio.sleep(0.05)
        settle()
        databases = {service.name: stack.database_url(service.name) for service in services}
        self.home.announce(
            Running(
                os.getpid(),
                self.url,
                stack.kafka.bootstrap,
                databases,
                scopes_of(services),
                self.management,
                OPERATOR,
                self.home.secret("kafka_operator"),
            )
        )
        self.say(self._welcome(stack, services))

    def _welcome(self, stack: Stack, services: Sequence[Service[Any]]) -> str:
        command = _command()
        lines = [
            "",
            f"Rapport is ready after {time.monotonic() - self.began:.1f} s: {self.url}",
            "",
            *(f"  {service.name:14} {self.url}/{service.name}/docs" for service in services),
            f"  {'Management':14} {self.management}   health and metrics",
            f"  {'Kafka':14} {stack.kafka.bootstrap}   topics rapport.*; users: {command} access",
            f"  {'PostgreSQL':14} 127.0.0.1:{stack.postgres.port}   addresses with passwords: {self.home.root}/running.json",
            "",
            "Try, in another terminal:",
            f"  {command} demo",
            f"  {command} events tail --from start",
            f'  curl -s -H "Authorization: Bearer $({command} token)" {self.url}/interactions/v1/stats',
            "",
            "Ctrl-C stops everything; the data is kept.",
        ]
        return "\n".join(lines)


def _origins() -> tuple[str, ...]:
    """Whose pages may call: those of development servers on this machine, unless the setting says otherwise."""
    from rapport_chassis.security.origins import LOOPBACK, read_origins

    try:
        return read_origins(os.environ.get("RAPPORT_ALLOWED_ORIGINS", LOOPBACK))
    except ValueError as error:
        raise CommandError(f"RAPPORT_ALLOWED_ORIGINS: {error}", USAGE) from None


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def _load(services: Sequence[str]) -> None:
    """Import what takes a second to import."""
    from rapport_cli.services import load

    for name in services:
        load(name)


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
