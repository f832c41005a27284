"""`rapport erasures`: who is to be forgotten, how far each service is, and what it waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_table

COLUMNS = ("service", "customer_id", "state", "waits for", "keys", "taken_at", "done_at")


def erasures(
    customer: Annotated[str | None, typer.Option(help="Only this customer, by id.")] = None,
    state: Annotated[str | None, typer.Option(help="pending, held, erasing or done.")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 200,
    as_json: Json = False,
) -> None:
    """The erasures of every service, the newest first."""
    every = access.in_services(None, "read-erasures", "customer-erasures", most=most, customer=customer, state=state)
    found = [{"service": name, **one} for name, one in every]
    if as_json:
        print_json(found)
    elif not found:
        console.print("Nobody is to be forgotten.")
    else:
        rows = [{**one, "waits for": ", ".join(f"{n} {what}" for what, n in one["held_by"].items())} for one in found]
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
