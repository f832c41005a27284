"""What is backed up, and into what it is restored: the databases of all services, their keys, and the broker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport_cli.local.home import Home
from rapport_cli.local.process import StackError
from rapport_cli.local.stack import Stack
from rapport_cli.local.users import settings_of_administrator
from rapport_cli.output import errors
from rapport_cli.problems import REFUSED, USAGE, CommandError
from rapport_cli.services import SERVICES, build, read_settings

if TYPE_CHECKING:
    from rapport_chassis.broker import BrokerSettings
    from rapport_chassis.service import Service

MOUNTED = "/run/secrets/"
"""Where the files beside an address are for the containers of a service; here they are beside it."""


@dataclass(frozen=True)
class Installation:
    """All services with the settings of an owner of their tables, and the broker's administrator."""

    services: tuple[Service[Any], ...]
    broker: BrokerSettings

    @property
    def name(self) -> str:
        """Host and port of the databases: what somebody types who replaces what is in them."""
        from sqlalchemy.engine import make_url

        there = sorted({(url.host, url.port or 5432) for url in (make_url(each.database.url) for each in self.services)})
        return ",".join(f"{host}:{port}" for host, port in there)

    def owner_url(self, service: Service[Any]) -> str:
        """Who dumps and restores: the owner, or the service's own role where it owns everything."""
        return service.settings.owner_database_for(service.name) or service.settings.database_for(service.name)

    async def close(self) -> None:
        """Close all connections."""
        for each in self.services:
            await each.database.close()


@asynccontextmanager
async def reached(*, stopped: bool) -> AsyncIterator[Installation]:
    """What the settings say (`RAPPORT_DATABASE_URL`, with `{service}`), or the secrets of the compose stack in
    `RAPPORT_HOME`, or the local installation. Of that one a backup is taken while it runs; a restore (`stopped`) starts its
    servers, and only those. Raises CommandError."""
    from rapport_chassis.broker import BrokerSettings

    home = Home.find()
    if "RAPPORT_DATABASE_URL" in os.environ:
        made = Installation(tuple(_by_settings(name) for name in SERVICES), read_settings(BrokerSettings))
    elif (home.root / "databases").is_dir():
        made = Installation(tuple(_of_secrets(home.root, name) for name in SERVICES), read_settings(BrokerSettings))
    else:
        async with _local(home, stopped=stopped) as local:
            yield local
        return
    try:
        yield made
    finally:
        await made.close()


def _by_settings(name: str) -> Service[Any]:
    keys = os.environ.get("RAPPORT_KEYS", "")
    own = {"keys": Path(keys.replace("{service}", name))} if "{service}" in keys else {}
    return build(name, **own)


def _of_secrets(root: Path, name: str) -> Service[Any]:
    return build(
        name,
        database_url=_address(root / "databases" / name / "rapport_database_url"),
        owner_database_url=_address(root / "owners" / name / "rapport_owner_database_url"),
        keys=root / "keys" / name,
    )


def _address(file: Path) -> str:
    try:
        return file.read_text().strip().replace(MOUNTED, f"{file.parent}/")
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror})", USAGE) from None


@asynccontextmanager
async def _local(home: Home, *, stopped: bool) -> AsyncIterator[Installation]:
    running = home.running()
    if not stopped and running is None:
        raise CommandError("nothing runs here: set RAPPORT_DATABASE_URL and RAPPORT_KAFKA, or start it (make run)", USAGE)
    if not stopped:
        assert running is not None  # noqa: S101 - just asked
        made = _of_home(home, Stack(home, SERVICES, say=errors.print), running.kafka)
        try:
            yield made
        finally:
            await made.close()
        return
    try:
        with home.in_use():
            async with Stack(home, SERVICES, say=errors.print) as stack:
                made = _of_home(home, stack, stack.kafka.bootstrap)
                try:
                    yield made
                finally:
                    await made.close()
    except StackError as error:
        raise CommandError(str(error), REFUSED) from None


def _of_home(home: Home, stack: Stack, kafka: str) -> Installation:
    from rapport_chassis.broker import BrokerSettings

    administrator = settings_of_administrator(home, kafka)
    services = tuple(
        build(
            name,
            database_url=stack.database_url(name),
            owner_database_url=stack.owner_database_url(name),
            home=home.root,
            **administrator,
        )
        for name in SERVICES
    )
    return Installation(services, BrokerSettings(**administrator))
