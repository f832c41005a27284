"""`rapport keys`: a new version of a key, and whether an old one may go."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport_cli.local.home import Home
from rapport_cli.output import Json, console, print_json, print_table
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES, installed, known

if TYPE_CHECKING:
    from rapport_chassis.rekeying import Left
    from rapport_chassis.service import Service

app = typer.Typer(no_args_is_help=True, help="Versions of keys: add one, and see which are in use.")
COLUMNS = ("service", "key", "version", "table", "rows")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="master, index, transport or signing.")],
    minutes: Annotated[
        int, typer.Option("--in", min=0, help="Minutes until it is used: start every process again within them.")
    ] = 60,
    folder: Annotated[Path | None, typer.Option(help="The folder of the key files; else that of this installation.")] = None,
) -> None:
    """Write a new version into a key file. It is used for new data once its time has come; until then every process has to
    learn of it, or it cannot read what the others write."""
    from rapport_chassis.keys import NAMES, KeysUnusable, add_version

    if name not in NAMES:
        raise CommandError(f"no key '{name}'; there are: {', '.join(NAMES)}", USAGE)
    used_from = datetime.now(UTC) + timedelta(minutes=minutes)
    try:
        version = add_version(folder or _folder(), name, used_from)
    except (KeysUnusable, OSError) as error:
        raise CommandError(str(error)) from None
    at = f"{used_from:%Y-%m-%d %H:%M:%S} UTC"
    console.print(f"Version {version} of the {name} key is used from {at} on. Start every process again before that.")


@app.command()
def status(
    service: Annotated[str | None, typer.Option("--service", help="Only this service. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """How many rows are under older versions. A line of a key file may go when nothing is left under it in any service.
    Exits with 1 while something is."""
    from rapport_chassis.keys import KeysUnusable

    given = service or os.environ.get("RAPPORT_SERVICE")
    rows = []
    for name in [known(given)] if given else SERVICES:
        try:
            found = asyncio.run(_left(installed(name)))
        except KeysUnusable as error:
            raise CommandError(f"{name}: {error}") from None
        except OSError as error:
            raise CommandError(f"{name}: the database does not answer ({type(error).__name__})") from None
        rows += [
            {"service": name, "key": one.key, "version": one.version, "table": one.table, "rows": one.rows} for one in found
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        console.print("Nothing is under an older version of a key.")
    else:
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
    if any(row["rows"] for row in rows):
        raise typer.Exit(1)


def _folder() -> Path:
    given = os.environ.get("RAPPORT_KEYS")
    return Path(given) if given else Home.find().root / "keys"


async def _left(service: Service[Any]) -> list[Left]:
    from rapport_chassis.actor import Actor
    from rapport_chassis.keys import KeysUnusable
    from rapport_chassis.rekeying import left

    if service.keys is None:
        raise KeysUnusable(f"no key files in {service.settings.keys_dir}")
    try:
        async with service.works(Actor.system("rapport-keys")) as work:
            return await left(work, service.keys, service.keyed)
    finally:
        await service.database.close()
