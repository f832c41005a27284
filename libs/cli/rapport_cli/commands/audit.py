"""`rapport audit verify`: whether the audit trails are what was written; asks databases and broker, not the services."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport_cli.output import Json, console, errors, print_json
from rapport_cli.problems import REFUSED, CommandError
from rapport_cli.services import SERVICES, installed, known

if TYPE_CHECKING:
    from rapport_chassis.audit_watch import Verdict

app = typer.Typer(no_args_is_help=True, help="The audit trails: verify that they are what was written.")


@app.callback()
def _group() -> None:
    """Keeps `verify` a word of its own."""


@app.command()
def verify(
    service: Annotated[str | None, typer.Option("--service", help="Only this service. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Compute every link anew, and hold it against the anchors on the topics. Exits with 1 when a trail is broken, or its
    anchors could not be read."""
    found = {name: _look(name) for name in ([known(service)] if service else SERVICES)}
    if as_json:
        print_json({name: _plain(verdict) for name, verdict in found.items()})
    else:
        for name, verdict in found.items():
            console.print(f"{name}: {_words(verdict)}", markup=False)
    if not all(verdict.verified for verdict in found.values()):
        raise typer.Exit(1)


def _look(name: str) -> Verdict:
    """Raises CommandError."""
    from rapport_chassis.audit_watch import look
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from sqlalchemy.exc import DBAPIError

    service = installed(name)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(name, total=None)

        async def looked() -> Verdict:
            try:
                return await look(
                    service.database,
                    service.buses["worker"],
                    name,
                    tell=lambda rows, of: bar.update(task, completed=rows, total=of),
                )
            finally:
                await service.database.close()

        try:
            return asyncio.run(looked())
        except (DBAPIError, OSError) as error:
            raise CommandError(f"{name}: the database does not answer ({type(error).__name__})", REFUSED) from None


def _words(verdict: Verdict) -> str:
    told = []
    if verdict.broken is not None:
        broken = verdict.broken
        told.append(f"BROKEN at row {broken.seq}: {broken.why} (table {broken.table})")
        if broken.anchor is not None:
            told.append(f"rows up to {broken.anchor.seq} are what was anchored at {broken.anchor.at.isoformat()}")
    else:
        told.append(f"intact, {verdict.rows} rows")
    if verdict.anchors is None:
        told.append(f"anchors could not be read: {verdict.unread}")
    elif verdict.broken is None:
        since = f", the last of row {verdict.held.seq}" if verdict.held else ""
        told.append(f"as {verdict.anchors} anchors say{since}" if verdict.anchors else "no anchor yet")
    if not verdict.apart:
        told.append("the service's own role owns the trail, and could change it")
    return "; ".join(told)


def _plain(verdict: Verdict) -> dict[str, Any]:
    broken, held = verdict.broken, verdict.held
    return {
        "verified": verdict.verified,
        "rows": verdict.rows,
        "anchors": verdict.anchors,
        "unread": verdict.unread,
        "last_anchor": {"row": held.seq, "anchored_at": held.at} if held else None,
        "broken": {"table": broken.table, "row": broken.seq, "why": broken.why} if broken else None,
        "apart": verdict.apart,
    }
