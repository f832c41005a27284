"""`rapport demo`: a generated day of a contact centre, played through the public APIs."""

from __future__ import annotations

import random
import signal
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from rapport_cli import access
from rapport_cli.client import Api
from rapport_cli.commands.stats import figures
from rapport_cli.output import Json, console, errors, print_json, print_table

SOURCE = "demo"
LARGEST_SEED = 2**31


def demo(
    calls: Annotated[int, typer.Option(min=20, max=20_000, help="How many calls the day has.")] = 600,
    seed: Annotated[
        int | None, typer.Option(help="The same seed invents the same day. Default: another day each time.")
    ] = None,
    port: Annotated[
        int, typer.Option(envvar="PORT", min=1, max=65535, help="Where to look for Rapport, or start it.")
    ] = 8080,
    stop: Annotated[bool, typer.Option("--stop", help="Stop at the end what this command has started.")] = False,
    as_json: Json = False,
) -> None:
    """Play a generated day of a contact centre through the public APIs; starts Rapport where nothing answers.

    Calls are pushed as real systems push them (late, twice, out of order, broken), complaints are carried through,
    customers are asked and answer. What it started keeps running until Ctrl-C; the data stays. Run again, it plays
    another day.
    """
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
            told = _play(url, calls, chosen, steps)
        _show(told, as_json=as_json)
        if child is not None and not stop:
            _keep(child, url)
    finally:
        if child is not None:
            child.stop()


def _play(url: str, calls: int, seed: int, steps: Any) -> dict[str, Any]:
    from rapport_cli.demo.day import invent
    from rapport_cli.demo.play import SCOPES, Play

    day = invent(calls, end=datetime.now(UTC), seed=seed, source=SOURCE)
    with Api(access.token(*SCOPES, minutes=120), url) as api:
        play = Play(api, day, random.Random(seed), steps, lambda key: Api(key, url))  # noqa: S311 - has to be repeatable
        return {"url": url, "seed": seed, **play.run()}


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
    console.print(f"\nA day of {told['calls']} calls (seed {told['seed']}), as the statistics tell it:")
    rows = [(part, *row) for part in ("calls", "after-call", "after-complaint") for row in figures(of_figures[part])]
    rows += [
        ("complaints", *row)
        for row in figures({key: of_figures["complaints"][key] for key in ("total", "by_status", "by_category")})
    ]
    print_table(("of", "figure", "value", "n", "unit", "note"), rows)
    console.print("\nWhere to look (APIs take a token: rapport token):")
    for name, link in told["links"].items():
        console.print(f"  {name:34} {link}", markup=False)
    console.print(f"  {'the same as events':34} rapport events tail --from start --end", markup=False)
