"""`rapport demo`: generated days of a contact centre, played through the public APIs."""

from __future__ import annotations

import random
import signal
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport_cli import access
from rapport_cli.client import Api
from rapport_cli.commands.stats import figures
from rapport_cli.output import Json, console, errors, print_json, print_table

if TYPE_CHECKING:
    from rapport_cli.demo.days import Days
    from rapport_cli.demo.steps import Steps

SOURCE = "demo"
LARGEST_SEED = 2**31


def demo(
    calls: Annotated[int, typer.Option(min=20, max=20_000, help="How many calls the last day has.")] = 600,
    days: Annotated[int, typer.Option(min=1, max=28, help="How many days; those before the last have fewer calls.")] = 3,
    seed: Annotated[int | None, typer.Option(help="The same seed invents the same days. Default: others each time.")] = None,
    port: Annotated[
        int, typer.Option(envvar="PORT", min=1, max=65535, help="Where to look for Rapport, or start it.")
    ] = 8080,
    stop: Annotated[bool, typer.Option("--stop", help="Stop at the end what this command has started.")] = False,
    as_json: Json = False,
) -> None:
    """Play generated days of a contact centre through the public APIs; starts Rapport where nothing answers.

    Calls are pushed as real systems push them (late, twice, out of order, broken); complaints are carried through, or
    late, refused, appealed; there are an emergency, recoveries, repairs and changes; customers are asked and answer. Not
    shown, since no API decides them yet: merges, splits and erasures of customers. What it started keeps running until
    Ctrl-C; the data stays. Run again, it plays other days.
    """
    from rapport_cli.demo.days import invent
    from rapport_cli.demo.steps import shown
    from rapport_cli.demo.upstart import Child, find

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = random.randrange(LARGEST_SEED) if seed is None else seed  # noqa: S311 - not a secret
    url, child = find(port), None
    try:
        with shown() as steps:
            if url is None:
                child = Child(port)
                url = child.wait_until_ready(steps)
            told = _play(url, invent(calls, days=days, end=datetime.now(UTC), seed=chosen, source=SOURCE), chosen, steps)
        _show(told, as_json=as_json)
        if child is not None and not stop:
            _keep(child, url)
    finally:
        if child is not None:
            child.stop()


def _play(url: str, days: Days, seed: int, steps: Steps) -> dict[str, Any]:
    from rapport_cli.demo.acts import CLERK, MANAGER, QUALITY, People
    from rapport_cli.demo.play import AT_THE_DESK, SCOPES, Play
    from rapport_cli.demo.published import known_types, types_since

    begin = datetime.now(UTC)
    tokens = {
        CLERK: access.token(*AT_THE_DESK, level=2, subject="demo-clerk", minutes=120),
        MANAGER: access.token(*SCOPES, minutes=120),
        QUALITY: access.token(*AT_THE_DESK, subject="demo-quality", minutes=120),
    }
    with ExitStack() as stack:
        clients = {who: stack.enter_context(Api(token, url)) for who, token in tokens.items()}
        people = People(clients, alone=len(set(tokens.values())) == 1)
        dice = random.Random(seed)  # noqa: S311 - has to be repeatable
        told = Play(people, days, dice, steps, lambda key: Api(key, url)).run()
    published = types_since(begin)
    types = {"occurred": len(published), "known": known_types(), "events": published.total()} if published else None
    return {"url": url, "seed": seed, **told, "event_types": types}


def _keep(child: Any, url: str) -> None:
    """In the foreground, until Ctrl-C or until it ends by itself."""
    errors.print(f"\nRapport keeps running at {url}. Ctrl-C stops it; the data is kept.", markup=False)
    try:
        raise typer.Exit(child.wait())
    except KeyboardInterrupt:
        errors.print("Stopping.")


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    of_figures = told["figures"]
    console.print(f"\n{told['calls']} calls (seed {told['seed']}), as the statistics tell it:")
    rows = [(part, *row) for part in ("calls", "after-call", "after-complaint") for row in figures(of_figures[part])]
    rows += [
        ("complaints", *row)
        for row in figures({key: of_figures["complaints"][key] for key in ("total", "by_status", "by_category")})
    ]
    print_table(("of", "figure", "value", "n", "unit", "note"), rows)
    if types := told["event_types"]:
        console.print(f"\n{types['occurred']} of {types['known']} types of events occurred, {types['events']} events.")
    console.print("\nWhere to look (APIs take a token: rapport token):")
    for name, link in told["links"].items():
        console.print(f"  {name:34} {link}", markup=False)
    console.print(f"  {'the same as events':34} rapport events tail --from start --end", markup=False)
