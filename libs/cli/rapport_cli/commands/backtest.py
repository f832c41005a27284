"""`rapport backtest`: a policy pack tried on the complaints of the past."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rapport_cli import access
from rapport_cli.client import Api
from rapport_cli.output import Json, console, errors, print_json, print_table
from rapport_cli.problems import REFUSED, CommandError

LONGEST = 12 * 60
"""Minutes for which the token is good."""
LOOK = 0.5
"""Seconds between two looks at how far it is."""
SHOWN = 20
SUMS = ("n", "changed", "newly_breached", "newly_met", "breached_before", "breached_after")


def backtest(
    pack: Annotated[str, typer.Argument(help="The code of a shipped policy pack, such as internal-strict.")],
    begin: Annotated[str, typer.Option("--from", help="Received from this time on (ISO 8601 with offset).")],
    end: Annotated[str, typer.Option("--to", help="Received before this time (ISO 8601 with offset).")],
    as_json: Json = False,
) -> None:
    """What PACK would have said about complaints received in a period, against what holds. Changes nothing.

    Cut off, it runs on in the service; it is listed at /complaints/v1/back-tests.
    """
    body = {"pack": pack, "received_from": begin, "received_before": end}
    with access.api("complaints:configure", "complaints:read", minutes=LONGEST) as api:
        started = api.post(f"/complaints/v1/sla-policies/{pack}:back-test", body, once=True)
        found = follow(api, started, quiet=as_json)
        if as_json:
            print_json(found)
        else:
            show(api, found)
    if found["state"] != "completed":
        raise typer.Exit(REFUSED)


def follow(api: Api, test: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """The back-test once it has ended, with a bar meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet) as bar:
        task = bar.add_task(test["policy"], total=test["total"])
        while test["state"] == "running":
            time.sleep(LOOK)
            test = api.get(f"/complaints/v1/back-tests/{test['id']}")
            bar.update(task, completed=test["done_complaints"])
    return test


def show(api: Api, test: dict[str, Any]) -> None:
    """The sums, and the first of the limits that would have ended otherwise."""
    if test["state"] != "completed":
        raise CommandError(f"the back-test was {test['state']}", REFUSED)
    print_table(("limits", "n"), [(name.replace("_", " "), test[name]) for name in SUMS])
    for reason, n in sorted(test["excluded"].items()):
        console.print(f"left out, {reason}: {n}")
    changes = list(api.pages(f"/complaints/v1/back-tests/{test['id']}/changes", most=SHOWN))
    if changes:
        columns = ("number", "kind", "before", "after", "due before", "due after")
        print_table(columns, [[change[name.replace(" ", "_")] for name in columns] for change in changes])
    console.print(f"All {test['changed']}: GET /complaints/v1/back-tests/{test['id']}/changes")
