"""Guards that hold for every service: each takes a service or a text of it and returns what is wrong, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from sqlalchemy import MetaData


def modules_of(service: str) -> Iterator[ModuleType]:
    """Every module of a service, whatever room or subject it stands in; migrations, which are no code of it, left out."""
    package = import_module(f"rapport_{service}")
    yield package
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(f"{package.__name__}.migrations."):
            yield import_module(found.name)


def tables_of(service: str) -> MetaData:
    """All tables of a service, whatever module they stand in, copied into one catalogue that may be spoiled."""
    catalogues = [
        value for each in list(modules_of(service)) for value in vars(each).values() if isinstance(value, MetaData)
    ]
    every = {table.name: table for catalogue in catalogues for table in catalogue.tables.values()}
    found = MetaData()
    for table in every.values():
        table.to_metadata(found)
    return found
