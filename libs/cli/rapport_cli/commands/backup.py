"""`rapport backup FOLDER`, `rapport backup verify FOLDER`, and `rapport restore FOLDER`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rapport_cli.output import Json, console, print_json, print_table
from rapport_cli.problems import REFUSED, CommandError

if TYPE_CHECKING:
    from rapport_cli.backup.log_ahead import Ahead
    from rapport_cli.backup.manifest import Manifest

TAKE = "take"
KEPT_ELSEWHERE = (
    "Keys, passwords and certificates are not in it: keep them elsewhere, or whoever has both reads everything, and erased"
    " customers come back. What Kafka holds is not in it either."
)


class Group(TyperGroup):
    """`backup FOLDER` is `backup take FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word in where a folder or an option of it comes first."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [TAKE, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Back up all databases, and where the log stood: `rapport backup FOLDER`. " + KEPT_ELSEWHERE,
)
Folder = Annotated[Path, typer.Argument(help="The folder of one backup.")]


@app.command(TAKE, hidden=True)
def take(folder: Folder, as_json: Json = False) -> None:
    """Dump every database into an empty folder, each in one snapshot, beside the running services."""
    from rapport_cli.backup import taking
    from rapport_cli.backup.installation import reached

    taking.prepare(folder)

    async def run() -> Manifest:
        async with reached(stopped=False) as installation:
            return await taking.take(installation, folder)

    manifest = asyncio.run(run())
    if as_json:
        print_json(_plain(folder, manifest))
        return
    _table(manifest)
    console.print(f"The backup in {folder} is whole. {KEPT_ELSEWHERE}", markup=False)


@app.command()
def verify(folder: Folder, as_json: Json = False) -> None:
    """Check the sum of every file, and that PostgreSQL can read it. Exits with 1 when something is not as it was written."""
    from rapport_cli.backup import dumps
    from rapport_cli.backup.manifest import Manifest, check_files, dump_file

    manifest = Manifest.read(folder)
    wrong = check_files(folder, manifest)

    async def listed() -> list[str]:
        found = []
        for service in manifest.databases:
            try:
                await dumps.listing(dump_file(folder, service))
            except CommandError as error:
                found.append(f"{service}.dump: {error}")
        return found

    wrong = wrong or asyncio.run(listed())
    if as_json:
        print_json({**_plain(folder, manifest), "whole": not wrong, "wrong": wrong})
    elif not wrong:
        _table(manifest)
        console.print(f"The backup in {folder} is whole.", markup=False)
    if wrong and not as_json:
        raise CommandError("; ".join(wrong), REFUSED)
    if wrong:
        raise typer.Exit(REFUSED)


def restore(
    folder: Folder,
    replace: Annotated[
        str | None, typer.Option(metavar="NAME", help="Lose what the databases hold; the refusal says the name to type.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a backup back into the databases of an installation whose services are stopped, and bring it up to the log: what
    consumers read since is applied again, who was erased since is erased again, and nothing is sent twice."""
    from rapport_chassis.observability import configure_logging

    from rapport_cli.backup.installation import reached
    from rapport_cli.backup.restoring import restore as put_back

    configure_logging(level="warning")

    async def run() -> list[Ahead]:
        async with reached(stopped=True) as installation:
            return await put_back(installation, folder, replace=replace)

    found = asyncio.run(run())
    if as_json:
        print_json([each.as_dict() for each in found])
    else:
        _tell(found)


def _tell(found: Sequence[Ahead]) -> None:
    columns = ("service", "facts lost", "about", "applied again", "parked", "erasures done", "held")
    rows = [
        (each.service, sum(each.lost.values()), each.keys, each.outcome.get("applied", 0), each.outcome.get("parked", 0),
         each.erasures.get("done", 0), each.erasures.get("held", 0))
        for each in found
    ]  # fmt: skip
    print_table(columns, rows)
    for each in found:
        for kind, count in sorted(each.lost.items()):
            console.print(f"{each.service}: the log has {count} of {kind} that the tables have lost", markup=False)
    console.print("Start the services.")


def _plain(folder: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "version": manifest.version,
        "began_at": manifest.began_at,
        "ended_at": manifest.ended_at,
        "databases": {name: dump.model_dump(mode="json") for name, dump in manifest.databases.items()},
    }


def _table(manifest: Manifest) -> None:
    rows = [
        (name, f"{dump.bytes:,}", dump.at.isoformat(), ", ".join(dump.revisions))
        for name, dump in manifest.databases.items()
    ]
    print_table(("service", "bytes", "as of", "revisions"), rows)
