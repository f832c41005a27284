"""Data that a service ships with: policies, templates, calendars. JSON files in its package `shipped/`, brought into the
database when it starts.

An entry of a file becomes the first version of its code, in force since before anything that is received. A changed entry
becomes the next version, in force from then on, but only where the newest version is a shipped one: what somebody put is
never touched. Each edition of the files is loaded once, by whichever process comes first; so the version before, started
again during an upgrade, does not put its own data back.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from rapport_chassis.editions import edition_of, once
from rapport_chassis.versions import SHIPPED_BY, Versions
from rapport_chassis.work import Work, WorkFactory

W = TypeVar("W", bound=Work)
B = TypeVar("B", bound=BaseModel)
Entries = Mapping[str, Any]
"""What stands in a file, by code."""


@cache
def entries(package: str, name: str) -> Entries:
    """The entries of the file `name` (without `.json`) in a package, as they stand there; read once."""
    read: Entries = json.loads((resources.files(package) / f"{name}.json").read_bytes())
    return read


def bodies(package: str, name: str, model: type[B]) -> dict[str, B]:
    """The same as objects. Raises ValidationError for what the model does not take."""
    return {code: model.model_validate_json(json.dumps(entry)) for code, entry in entries(package, name).items()}


@dataclass(frozen=True, slots=True)
class ShippedFile(Generic[W]):
    """One file, by its name without `.json`, and what brings its entries into the database, inside the work."""

    name: str
    put: Callable[[W, Entries], Awaitable[None]]


def versions(
    name: str,
    kept_in: Callable[[W], Versions[Any]],
    then: Callable[[W, str, int], Awaitable[None]] | None = None,
) -> ShippedFile[W]:
    """A file whose entries are versions in `kept_in(work)`. `then(work, code, version)` is called for each version that
    takes the place of another: what follows when somebody puts one."""

    async def put(work: W, given: Entries) -> None:
        added = await kept_in(work).ship(given)
        for code, version in added.items():
            if then is not None and version > 1:
                await then(work, code, version)

    return ShippedFile(name, put)


@dataclass(frozen=True, slots=True)
class Shipped(Generic[W]):
    """All that a service ships with: the `files` of a `package`, brought into the database in their order, in one `work`."""

    package: str
    work: type[W]
    files: Sequence[ShippedFile[W]]

    @property
    def edition(self) -> str:
        """What tells these files from those of another version of the product."""
        return edition_of({file.name: entries(self.package, file.name) for file in self.files})

    async def load(self, works: WorkFactory[W]) -> bool:
        """Bring what is new into the database; False when this edition is there already, which costs one statement."""

        async def put_all(work: W) -> None:
            for file in self.files:
                await file.put(work, entries(self.package, file.name))

        return await once(works, SHIPPED_BY, self.edition, put_all)
