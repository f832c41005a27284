"""The customer: stage of the relationship (S9), kind (S8), personal data, and how complete the entry is (S7).

The personal part (name and attributes) is sealed before it reaches the aggregate, which knows the names of the fields that
changed and never their values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from rapport_contracts.profiles.customers import ContactPointVerified, CustomerProfileCorrected, CustomerRegistered
from rapport_contracts.profiles.vocabulary import ConsentPurpose, CustomerKind, LifecycleStage
from rapport_contracts.vocabulary import Channel, IdentifierKind
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable

from rapport_profiles.identifiers.domain import CONTACT_POINTS

CUSTOMER_LIFE = StateTable(
    name="customer",
    initial=LifecycleStage.PROSPECT,
    moves=[
        Move("show-interest", "prospect", "interested"),
        Move("lose-interest", "interested", "prospect"),
        Move("activate", "prospect", "active"),
        Move("activate", "interested", "active"),
        Move("fall-dormant", "active", "dormant"),
        Move("activate", "dormant", "active"),
        Move("churn", "active", "churned"),
        Move("churn", "dormant", "churned"),
        Move("win-back", "churned", "active"),
    ],
)
"""潜在 → 意向 → 成交 ↔ 休眠 → 流失 → 成交 (win-back)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalPart:
    """Name and attributes (S5, S6). None or an empty tuple: not known. Sealed as one document under the customer's key."""

    LISTS: ClassVar = frozenset({"spending_habits", "preferences", "interests"})

    name: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    occupation: str | None = None
    spending_habits: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    purchase_intent: str | None = None

    @property
    def filled(self) -> tuple[str, ...]:
        """Names of the fields that are known."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def changed(self, after: PersonalPart) -> tuple[str, ...]:
        """Names of the fields in which `after` differs."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) != getattr(after, field.name))

    def as_document(self) -> dict[str, Any]:
        """The fields that are known, as JSON."""
        document = {name: getattr(self, name) for name in self.filled}
        if self.birth_date is not None:
            document["birth_date"] = self.birth_date.isoformat()
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PersonalPart:
        """The reverse of `as_document`; fields of a newer version are left out."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in document.items() if n in known}
        if "birth_date" in values:
            values["birth_date"] = date.fromisoformat(values["birth_date"])
        return cls(**values)


@dataclass(kw_only=True)
class Customer(AggregateWithHistory, life=CUSTOMER_LIFE):
    """One customer. `state` is the stage; `personal` the sealed `PersonalPart`, `filled` the names of its known fields.

    The history says what people did; what contacts caused is in the timeline.
    """

    noted: ClassVar = {
        "register": Noted(),
        "correct": Noted(fields=list[str]),
        "add-identifier": Noted(kind=IdentifierKind),
        "verify-identifier": Noted(kind=IdentifierKind, identifier_id=UUID),
        "remove-identifier": Noted(kind=IdentifierKind, identifier_id=UUID),
        "grant-consent": Noted(purpose=ConsentPurpose, channel=Channel | None, said_at=datetime),
        "withdraw-consent": Noted(purpose=ConsentPurpose, channel=Channel | None, said_at=datetime),
    }

    state_column: ClassVar[str] = "stage"

    kind: str
    source: str
    registered_at: datetime
    personal: bytes | None = None
    filled: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        """How far the relationship has come: the state of the life."""
        return self.state

    @property
    def stage_moves(self) -> tuple[str, ...]:
        """The moves that the stage has, under the name that the API shows."""
        return self.possible_moves

    @classmethod
    def register(
        cls,
        customer_id: UUID,
        *,
        kind: CustomerKind = CustomerKind.UNKNOWN,
        stage: LifecycleStage = LifecycleStage.PROSPECT,
        source: str,
        now: datetime,
    ) -> Customer:
        """A customer who is known from `now` on. `source` is a code: the call-centre system, or who entered them."""
        customer = cls(id=customer_id, kind=kind, source=source, registered_at=now, last_at=now, state=stage)
        customer._emit(CustomerRegistered)
        return customer

    def log_registration(self, act: Act) -> None:
        """Begin the history: a person or another system, not a contact, registered the customer."""
        self._log_move("register", "", act)

    def log_act(self, what: str, act: Act, **detail: Any) -> None:
        """Log what somebody did that leaves the stage as it is."""
        self._log_move(what, self.state, act, **detail)

    def fill(self, personal: bytes | None, filled: Iterable[str]) -> None:
        """Put the sealed personal part in; `filled` are the names of its known fields."""
        self.personal, self.filled = personal, tuple(filled)

    def correct(self, act: Act, changed: Sequence[str]) -> None:
        """Record which fields were changed (S7); nothing happens when none was."""
        if changed:
            self.log_act("correct", act, fields=list(changed))
            self._corrected(act, changed)

    def change_stage(self, act: Act, move: str) -> None:
        """Make a move of the life. Raises NotAllowed with the moves that are possible."""
        self._transition(str(move), act)
        self._corrected(act, ["stage"])

    def add_identifier(self, act: Act, kind: IdentifierKind, *, verified: bool) -> None:
        """Record that the customer is known by another identifier (S18)."""
        self.log_act("add-identifier", act, kind=kind)
        self._corrected(act, ["identifiers"])
        if verified:
            self.verify_contact_point(kind, act.at)

    def verify_identifier(self, act: Act, kind: IdentifierKind, identifier_id: UUID) -> None:
        """Record that an identifier was checked and is the customer's (S18)."""
        self.log_act("verify-identifier", act, kind=kind, identifier_id=identifier_id)
        self.verify_contact_point(kind, act.at)

    def remove_identifier(self, act: Act, kind: IdentifierKind, identifier_id: UUID) -> None:
        """Record that the customer is no longer known by an identifier."""
        self.log_act("remove-identifier", act, kind=kind, identifier_id=identifier_id)
        self._corrected(act, ["identifiers"])

    def verify_contact_point(self, kind: IdentifierKind, verified_at: datetime) -> None:
        """An identifier was checked and is the customer's (S18): published where they can be reached under it."""
        if kind in CONTACT_POINTS:
            self._emit(ContactPointVerified, kind=kind, verified_at=verified_at)

    def _corrected(self, act: Act, changed: Sequence[str]) -> None:
        self._emit(CustomerProfileCorrected, fields=list(changed), corrected_at=act.at)


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
    """Filled required fields over required fields (S7). `missing` is in the order in which a clerk should ask."""

    required: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Filled required over required, 0 to 100."""
        return 100.0 * (len(self.required) - len(self.missing)) / len(self.required)


def required_fields(kind: str, stage: str) -> tuple[str, ...]:
    """The fields that a customer of this kind and stage needs; later stages need the same as `active`."""
    if kind not in _REQUIRED:
        return ("kind", *_BASE)
    by_stage = _REQUIRED[kind]
    return by_stage.get(stage, by_stage["active"])


def measure(kind: str, stage: str, filled: Collection[str]) -> Completeness:
    """The completeness of one profile; `filled` are known fields, with `contact_point` and `verified_contact_point`."""
    required = required_fields(kind, stage)
    return Completeness(required, tuple(name for name in required if name not in filled))
