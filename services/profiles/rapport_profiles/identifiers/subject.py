"""Identifiers, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned
from rapport_chassis.subject import Holdings, Subject

from rapport_profiles.identifiers.store import KEYED, identifiers

IDENTIFIERS = Subject(
    "identifiers",
    keyed=[KEYED],
    holdings=Holdings(tables=[Owned(identifiers, keyed_by="keyed_by", sealed=("sealed",), deleted=True)]),
)
