"""`rapport events`: what the topics carry, as an analyst sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from rapport_cli.log import Entry, follow, scan
from rapport_cli.output import Json, console, errors, print_json, print_json_line, print_table
from rapport_cli.problems import USAGE, CommandError

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]

app = typer.Typer(no_args_is_help=True, help="The events on the topics: their types, the stream, a single one.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every type of event with its topic and meaning."""
    from rapport_contracts.event import registry
    from rapport_contracts.schemas import meaning

    rows = [
        {"type": kind, "topic": event.topic, "key": event.key_field, "meaning": meaning(event)}
        for kind, event in registry().items()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(("type", "topic", "meaning"), [(r["type"], r["topic"], r["meaning"]) for r in rows])


@app.command()
def tail(
    begin: Annotated[str, typer.Option("--from", help="start: everything there is; now: only what comes.")] = "now",
    customer: Annotated[
        UUID | None,
        typer.Option(help="Only events about this customer, including those of their contacts before they were linked."),
    ] = None,
    kind: Annotated[list[str] | None, typer.Option("--type", help="Only this type; repeat it.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; repeat it. Default: all public ones.")] = None,
    end: Annotated[bool, typer.Option("--end", help="Stop at the end of what is there now.")] = False,
    as_json: Json = False,
) -> None:
    """Print events as they come, one line each; Ctrl-C ends it. Order is kept per key."""
    if begin not in {"start", "now"}:
        raise CommandError("--from is start or now", USAGE)
    show = _printer(as_json=as_json)
    asyncio.run(_tail(begin, customer, set(kind or ()), _topics(topic), end=end, show=show))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file, of Parquet the folder. Run again, it gets what came since.")],
    form: Annotated[
        Literal["jsonl", "parquet"], typer.Option("--format", help="A line of JSON for each event, or Parquet files.")
    ] = "jsonl",
    since: Annotated[
        datetime | None, typer.Option(formats=TIMES, help="Recorded from this time on (UTC where it has no offset).")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=TIMES, help="Recorded before this time.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; repeat it. Default: all public ones.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    as_json: Json = False,
) -> None:
    """Write the log into a file, up to its end as it is now; order is kept per topic and key."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from rapport_cli.export import export as write

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet) as bar:
        task = bar.add_task("records", total=None)
        place = asyncio.run(
            write(
                file,
                _topics(topic),
                form=form,
                since=_utc(since),
                until=_utc(until),
                progress=lambda done, most: bar.update(task, completed=done, total=most),
            )
        )
    if as_json:
        print_json(
            {
                "file": file,
                "lines": place.lines,
                "bytes" if form == "jsonl" else "parts": place.size,
                "offsets": place.offsets,
            }
        )
    else:
        console.print(f"{file}: {place.lines} events")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="The id of an event, or a type.")],
    as_json: Json = False,  # noqa: ARG001 - accepted like everywhere; the answer is JSON anyway
) -> None:
    """One event of the log with its envelope, or what a type means, with its schema and examples; always as JSON."""
    from rapport_contracts.event import registry
    from rapport_contracts.schemas import examples_of, meaning, schema_of

    if what in registry():
        event = registry()[what]
        print_json({"type": what, "meaning": meaning(event), "schema": schema_of(event), "examples": examples_of(what)})
        return
    try:
        wanted = UUID(what)
    except ValueError:
        raise CommandError(
            "this is neither the id of an event nor a type; `rapport events list` shows the types", USAGE
        ) from None
    found: list[Entry] = []

    async def keep(entry: Entry) -> None:
        if entry.id == wanted:
            found.append(entry)

    asyncio.run(scan(_topics(None), keep))
    if not found:
        raise CommandError("no event on the topics has this id")
    print_json(found[0].as_dict())


def _topics(chosen: list[str] | None) -> list[str]:
    from rapport_contracts.topics import TOPICS

    if not chosen:
        return [name for name, topic in TOPICS.items() if topic.visibility == "public"]
    unknown = set(chosen) - TOPICS.keys()
    if unknown:
        raise CommandError(f"no topic {', '.join(sorted(unknown))}; there are: {', '.join(TOPICS)}", USAGE)
    return chosen


async def _tail(
    begin: str, customer: UUID | None, kinds: set[str], topics: list[str], *, end: bool, show: Callable[[Entry], None]
) -> None:
    known = await _about(customer, topics) if customer else None

    async def consider(entry: Entry) -> None:
        if known is not None and not entry.ids & known:
            return
        if known is not None and str(customer) in entry.ids:
            known.update(entry.ids & entry.subjects)
        if not kinds or entry.type in kinds:
            show(entry)

    if begin == "start" and end:
        await scan(topics, consider)
    else:
        await follow(topics, consider, from_start=begin == "start", stop_at_end=end)


async def _about(customer: UUID, topics: list[str]) -> set[str]:
    """The customer and everything that was ever linked to them: their contacts, complaints, invitations."""
    known = {str(customer)}

    async def learn(entry: Entry) -> None:
        if str(customer) in entry.ids:
            known.update(entry.subjects)

    await scan(topics, learn)
    return known


def _printer(*, as_json: bool) -> Callable[[Entry], None]:
    def line(entry: Entry) -> None:
        if as_json:
            print_json_line(entry.as_dict())
        else:
            console.out(
                f"{entry.time:%Y-%m-%d %H:%M:%S}  {entry.type:34} {json.dumps(entry.data, ensure_ascii=False)}",
                highlight=False,
            )

    return line
