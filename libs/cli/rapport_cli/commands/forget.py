"""`rapport forget`: a customer is to be forgotten, in every service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from rapport_cli.output import Json, console, print_json
from rapport_cli.problems import CommandError, words
from rapport_cli.services import described, installed

if TYPE_CHECKING:
    from rapport_chassis.service import Service

ABOUT = "A code, such as {}; it goes into the audit trail of every service."


def forget(
    customer: Annotated[UUID, typer.Argument(help="Their id.")],
    requested_by: Annotated[str, typer.Option(help="Who asks: an opaque id, such as agent-7; never a name.")],
    reason: Annotated[str, typer.Option(help=ABOUT.format("customer-wish"))],
    as_json: Json = False,
) -> None:
    """Ask every service to forget a customer; `rapport erasures` says how far they are. It cannot be taken back. Run it
    where the settings and the signing key of the service that owns the customers are."""
    from rapport_chassis.keys import KeysUnusable
    from rapport_kernel.errors import RapportError

    name = next(each.name for each in described() if each.customers is not None and each.customers.ask_to_forget)
    service = installed(name)
    try:
        erasure = asyncio.run(_ask(service, customer, requested_by, reason))
    except KeysUnusable as error:
        raise CommandError(f"{name}: {error}") from None
    except RapportError as error:
        raise CommandError(f"{name}: {words(error)} ({error.code})") from None
    except ValueError:
        raise CommandError("--requested-by and --reason are codes of at most 100 characters") from None
    except OSError as error:
        raise CommandError(f"{name}: the database does not answer ({type(error).__name__})") from None
    if as_json:
        print_json({"erasure_id": str(erasure), "customer_id": str(customer)})
    else:
        console.print(f"Every service was asked to forget {customer}; the erasure is {erasure}.")


async def _ask(service: Service[Any], customer: UUID, requested_by: str, reason: str) -> UUID:
    from rapport_chassis.actor import Actor

    assert service.customers is not None and service.customers.ask_to_forget is not None  # noqa: S101, PT018 - looked for
    try:
        async with service.works(Actor.system("rapport-forget")) as work:
            return await service.customers.ask_to_forget(work, customer, requested_by, reason)
    finally:
        await service.database.close()
