"""`rapport stats calls|survey|complaints`: the figures of the APIs, for a person or as JSON."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="The figures of calls, surveys and complaints.")

From = Annotated[str | None, typer.Option("--from", help="From this time on (ISO 8601 with offset).")]
To = Annotated[str | None, typer.Option("--to", help="Before this time (ISO 8601 with offset).")]


@app.command()
def calls(
    begin: From = None,
    end: To = None,
    group_by: Annotated[str | None, typer.Option(help="day, queue, agent or type.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Seconds of the service level.")] = None,
    as_json: Json = False,
) -> None:
    """Offered, answered, abandoned, speed of answer, service level, service time."""
    query = {"from": begin, "to": end, "group_by": group_by, "threshold": threshold}
    _show("/interactions/v1/stats", "interactions:read", query, as_json=as_json)


@app.command()
def survey(
    name: Annotated[str | None, typer.Argument(help="The key of the survey; without it, every survey by its key.")] = None,
    metric: Annotated[str, typer.Option(help="nps, csat or ces.")] = "nps",
    begin: From = None,
    end: To = None,
    as_json: Json = False,
) -> None:
    """The score of a survey with its interval and what was left out."""
    query = {"metric": metric, "from": begin, "to": end}
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
    group_by: Annotated[str | None, typer.Option(help="status, channel, category, product, unit, team, month ...")] = None,
    as_json: Json = False,
) -> None:
    """Complaints by status, channel and category; how long they took, limits kept, shares and rates."""
    query = {"from": begin, "to": end, "group_by": group_by}
    _show("/complaints/v1/stats", "complaints:stats", query, as_json=as_json)


def _show(path: str, scope: str, query: dict[str, Any], *, as_json: bool) -> None:
    with access.api(scope) as api:
        answer = api.get(path, **query)
    _print(answer, as_json=as_json)


def _print(answer: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    print_table(("figure", "value", "n", "unit", "note"), list(figures(answer)))
    console.print("Definitions, intervals and what was left out: --json")


def figures(node: Any, name: str = "") -> Any:
    """Every figure in an answer with the path of its name."""
    if isinstance(node, dict) and "definition_version" in node and "n" in node:
        value = node.get("value")
        interval = node.get("interval")
        note = f"{interval['low']:.2f} to {interval['high']:.2f}" if interval else ""
        shown = node.get("verdict") if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
        yield name or node.get("definition"), shown, node["n"], node.get("unit"), note
    elif isinstance(node, dict):
        for key, part in node.items():
            yield from figures(part, f"{name} {key}".strip())
    elif isinstance(node, list):
        for part in node:
            label = part.get("group") or part.get("key") if isinstance(part, dict) else None
            yield from figures(part, f"{name} {label or ''}".strip())
