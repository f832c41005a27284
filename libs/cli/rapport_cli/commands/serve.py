"""`rapport serve`: one service, some of its roles, one process. What a container runs."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES, known


class Role(enum.StrEnum):
    """api answers HTTP, worker consumes events and fires timers, relay sends the outbox."""

    API = "api"
    WORKER = "worker"
    RELAY = "relay"
    ALL = "all"


def serve(
    service: Annotated[str, typer.Argument(envvar="RAPPORT_SERVICE", help="Which one: " + ", ".join(SERVICES))],
    role: Annotated[list[Role] | None, typer.Option(help="What this process does; repeat it. Default: all.")] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the role api.")] = 8080,
    management_port: Annotated[
        int, typer.Option(envvar="RAPPORT_MANAGEMENT_PORT", min=1, max=65535, help="Health and metrics, in every role.")
    ] = 8081,
) -> None:
    """Run a service with the settings of the environment (RAPPORT_*) and of the files in RAPPORT_SECRETS_DIR."""
    import uvloop
    from rapport_chassis.keys import KeysUnusable

    known(service)
    roles = {name.value for name in role or [Role.ALL]}
    try:
        uvloop.run(_run(service, roles, host, port, management_port))
    except KeysUnusable as error:
        raise CommandError(str(error), USAGE) from None


async def _run(name: str, chosen: set[str], host: str, port: int, management_port: int) -> None:
    import asyncio
    from contextlib import ExitStack

    from rapport_chassis.broker import ROLES
    from rapport_chassis.observability import configure_logging

    from rapport_cli.services import build
    from rapport_cli.serving import Server, listen, settle, stop_on_signals, unsettled

    unsettled()
    roles = [each for each in ROLES if each in chosen or "all" in chosen]
    service = build(name)
    configure_logging(service.settings.log_level)
    settle()
    stop = stop_on_signals()
    with ExitStack() as opened:
        served = [(service.management, opened.enter_context(listen(management_port, host)))]
        if "api" in roles:
            served.append((service.door(), opened.enter_context(listen(port, host))))
        running = asyncio.create_task(service.run(roles, stop=stop))
        running.add_done_callback(lambda _: stop.set())
        await asyncio.gather(*(Server(app).run_until(stop, listening) for app, listening in served))
        await running
