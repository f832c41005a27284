"""Entry completeness (S7): filled required fields over required fields, by kind of customer and stage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

DEFINITION = "profile-completeness"
DEFINITION_VERSION = 1

CONTACT_POINT = "contact_point"
VERIFIED_CONTACT_POINT = "verified_contact_point"

_BASE = ("name", CONTACT_POINT)
_INDIVIDUAL = {
    "prospect": _BASE,
    "interested": (*_BASE, "interests", "purchase_intent"),
    "active": (*_BASE, VERIFIED_CONTACT_POINT, "birth_date", "gender", "occupation", "preferences"),
}
_ORGANISATION = {
    "prospect": _BASE,
    "interested": (*_BASE, "interests", "purchase_intent"),
    "active": (*_BASE, VERIFIED_CONTACT_POINT, "preferences"),
}
_REQUIRED = {"individual": _INDIVIDUAL, "organisation": _ORGANISATION}


@dataclass(frozen=True, slots=True)
class Completeness:
    """`missing` are the required fields that are not filled, in the order in which a clerk should ask for them."""

    required: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Filled required over required, 0 to 100."""
        return 100.0 * (len(self.required) - len(self.missing)) / len(self.required)


def required_fields(kind: str, stage: str) -> tuple[str, ...]:
    """What must be known of a customer of this kind and stage; later stages keep what `active` needs."""
    if kind not in _REQUIRED:
        return ("kind", *_BASE)
    by_stage = _REQUIRED[kind]
    return by_stage.get(stage, by_stage["active"])


def measure(kind: str, stage: str, filled: Collection[str]) -> Completeness:
    """The completeness of one profile; `filled` are known fields, with `contact_point` and `verified_contact_point`."""
    required = required_fields(kind, stage)
    return Completeness(required, tuple(name for name in required if name not in filled))
