"""The register of the staff: who somebody is whom an opaque id stands for. A service that has one declares it in a subject;
names are personal data, so they are in no event, no log and no history: only in answers to those who may read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from rapport_chassis.work import Work

PERSON = "person:"
"""What an actor who is a person begins with; the rest is the `sub` of their token, their id in the register."""
_NOBODY = ("customer:", "machine:", "system:")
"""What other actors begin with, who are not among the staff."""


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """One of the staff, as they are now."""

    id: str
    name: str | None
    team: str
    skills: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class StaffRegister:
    """`names` are those of ids that have one, in one statement, whatever their number; `entry` is one of the staff, None for
    whoever is not among them."""

    names: Callable[[Work, Collection[str]], Awaitable[Mapping[str, str]]]
    entry: Callable[[Work, str], Awaitable[StaffEntry | None]]

    async def names_of(self, work: Work, shown: Collection[str]) -> dict[str, str]:
        """Names by what is shown, ids as well as actors (`person:<id>`); without those who have none."""
        ids = {each: each.removeprefix(PERSON) for each in shown if not each.startswith(_NOBODY)}
        known = await self.names(work, sorted(set(ids.values()))) if ids else {}
        return {each: known[one] for each, one in ids.items() if one in known}
