"""Policies as data: versions that are added and never changed, each in force from a time on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Version(Generic[B]):
    """One version of what has this code; from `effective_from` (UTC) on it replaces all earlier ones. `reason` says why it
    was made, for the kinds that keep it."""

    code: str
    version: int
    effective_from: datetime
    body: B
    recorded_at: datetime
    by: str
    reason: str | None = None


def in_force(versions: Sequence[Version[B]], at: datetime) -> Version[B] | None:
    """The version that holds at that time: the newest of those in force by then."""
    found = [each for each in versions if each.effective_from <= at]
    return max(found, key=lambda each: each.version, default=None)
