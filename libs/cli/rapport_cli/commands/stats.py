"""`rapport stats calls|survey|complaints`: the figures of the APIs, for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="The figures of calls, surveys and complaints.")

_NAMED = "a day 2026-11-28, week 2026-W48, month 2026-11, quarter 2026-Q4 or year 2026"
From = Annotated[str | None, typer.Option("--from", help=f"A time with offset from which on, or {_NAMED} that begins it.")]
To = Annotated[str | None, typer.Option("--to", help=f"A time with offset before which, or {_NAMED}, included whole.")]
PeriodName = Annotated[
    str | None, typer.Option("--period", help=f"Instead of both: {_NAMED}, or rolling:30d, the last 30 times 24 hours.")
]
Zone = Annotated[str | None, typer.Option("--tz", help="IANA time zone of the days. Default: that of the installation.")]
Source = Annotated[str | None, typer.Option(help="What came from this source only.")]
Touchpoint = Annotated[str | None, typer.Option(help="What happened at this touchpoint only.")]


@app.command()
def calls(
    begin: From = None,
    end: To = None,
    period: PeriodName = None,
    tz: Zone = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            help="half_hour, hour, day, week, month, quarter, year, channel, touchpoint, source, queue, agent or type."
        ),
    ] = None,
    source: Source = None,
    touchpoint: Touchpoint = None,
    channel: Annotated[str | None, typer.Option(help="Contacts by this channel only.")] = None,
    queue: Annotated[str | None, typer.Option(help="Contacts of this queue only.")] = None,
    agent: Annotated[str | None, typer.Option(help="Contacts in which this agent took part.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Seconds of the service level.")] = None,
    as_json: Json = False,
) -> None:
    """Offered, answered, abandoned, speed of answer, service level, service time."""
    query = {**_period(begin, end, period, tz), "group_by": group_by, "source": source, "touchpoint": touchpoint}
    more = {"channel": channel, "queue": queue, "agent": agent, "threshold": threshold}
    _show("/interactions/v1/stats", "interactions:read", {**query, **more}, as_json=as_json)


@app.command()
def survey(
    name: Annotated[str | None, typer.Argument(help="The key of the survey; without it, every survey by its key.")] = None,
    metric: Annotated[str, typer.Option(help="nps, csat or ces.")] = "nps",
    begin: From = None,
    end: To = None,
    period: PeriodName = None,
    tz: Zone = None,
    group_by: Annotated[
        str | None, typer.Option(help="day, week, month, quarter, year, survey, touchpoint, source or agent.")
    ] = None,
    source: Source = None,
    touchpoint: Touchpoint = None,
    agent: Annotated[str | None, typer.Option(help="Answers about contacts whose last handler this was.")] = None,
    as_json: Json = False,
) -> None:
    """The score of a survey with its interval and what was left out."""
    query = {**_period(begin, end, period, tz), "metric": metric, "group_by": group_by}
    query |= {"source": source, "touchpoint": touchpoint, "agent": agent}
    if name is not None:
        _show("/satisfaction/v1/scores", "satisfaction:scores", {**query, "survey": name}, as_json=as_json)
        return
    with access.api("satisfaction:scores", "satisfaction:read") as api:
        keys = [each["key"] for each in api.pages("/satisfaction/v1/surveys") if each["metric"] == metric]
        answer = {key: api.get("/satisfaction/v1/scores", survey=key, **query) for key in keys}
    _print(answer, as_json=as_json)


@app.command()
def complaints(
    begin: From = None,
    end: To = None,
    period: PeriodName = None,
    tz: Zone = None,
    group_by: Annotated[
        str | None,
        typer.Option(help="day, week, month, quarter, year, status, channel, category, product, source, unit, team ..."),
    ] = None,
    source: Source = None,
    channel: Annotated[str | None, typer.Option(help="Complaints by this channel only.")] = None,
    category: Annotated[str | None, typer.Option(help="Complaints of this category only.")] = None,
    product: Annotated[str | None, typer.Option(help="Complaints about this product only.")] = None,
    as_json: Json = False,
) -> None:
    """Complaints by status, channel and category; how long they took, limits kept, shares and rates."""
    query = {**_period(begin, end, period, tz), "group_by": group_by, "source": source}
    more = {"channel": channel, "category": category, "product": product}
    _show("/complaints/v1/stats", "complaints:stats", {**query, **more}, as_json=as_json)


def _period(begin: str | None, end: str | None, period: str | None, tz: str | None) -> dict[str, str | None]:
    return {"from": begin, "to": end, "period": period, "tz": tz}


def _show(path: str, scope: str, query: dict[str, Any], *, as_json: bool) -> None:
    with access.api(scope) as api:
        answer = api.get(path, **query)
    _print(answer, as_json=as_json)


def _print(answer: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    print_table(("figure", "value", "n", "unit", "note"), list(figures(answer)))
    console.print("Definitions, intervals and what was left out: --json, and GET /<service>/figures")


def figures(node: Any, name: str = "") -> Iterator[tuple[str, str, int, str, str]]:
    """Every figure in an answer with the path of its name; a score is a figure and holds others."""
    if isinstance(node, dict):
        if "verdict" in node and "definition" in node:
            value, interval = node["value"], node["interval"]
            note = f"{interval['low']:.2f} to {interval['high']:.2f}" if interval else ""
            shown = node["verdict"] if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
            yield name or node["definition"]["key"], shown, node["n"], node["unit"], note
        for key, part in node.items():
            yield from figures(part, f"{name} {key}".strip())
    elif isinstance(node, list):
        for part in node:
            label = part.get("key", "") if isinstance(part, dict) else ""
            yield from figures(part, f"{name} {'none' if label is None else label}".strip())
