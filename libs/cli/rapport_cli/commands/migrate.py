"""`rapport migrate`: bring databases to the newest revision as the owner of their tables. A job that ends."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport_cli.output import console
from rapport_cli.problems import REFUSED, CommandError
from rapport_cli.services import SERVICES, build, known


def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(envvar="RAPPORT_SERVICE", help="Which ones: " + ", ".join(SERVICES))
    ] = None,
) -> None:
    """Migrate the databases of services, and give each table to its role: RAPPORT_OWNER_DATABASE_URL says who the owner is,
    RAPPORT_DATABASE_URL whom all but the append-only tables are given to."""
    import asyncio

    from rapport_chassis.migrations import NotTheOwner, SchemaTooNew
    from sqlalchemy.exc import DBAPIError

    for name in [known(each) for each in services or SERVICES]:
        service = build(name)
        try:
            applied = asyncio.run(service.migrate())
        except (NotTheOwner, SchemaTooNew) as error:
            raise CommandError(f"{name}: {error}", REFUSED) from None
        except (DBAPIError, OSError) as error:
            raise CommandError(f"{name}: the database refused or did not answer ({type(error).__name__})", REFUSED) from None
        console.print(f"{name}: {', '.join(applied) or 'nothing new'}")
