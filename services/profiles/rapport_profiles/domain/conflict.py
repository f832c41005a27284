"""Identity conflicts: identifiers that do not agree, kept until a person decides whom they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_contracts.profiles.identity import IdentityConflictDetected, IdentityConflictResolved
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Invalid
from rapport_kernel.states import Move, StateTable

CONFLICT_LIFE = StateTable(initial="open", moves=[Move("resolve", "open", "resolved")])


@dataclass(kw_only=True)
class IdentityConflict(Aggregate, life=CONFLICT_LIFE):
    """One set of identifiers (`fingerprint`) and the customers it points at. The ruling stands for the same set later."""

    fingerprint: bytes
    candidates: tuple[UUID, ...]
    rules: tuple[str, ...]
    detected_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    customer_id: UUID | None = None

    def detect(self, interaction_id: UUID, now: datetime) -> None:
        """Another contact came with these identifiers; it waits."""
        self.record(
            IdentityConflictDetected(
                conflict_id=self.id,
                interaction_id=interaction_id,
                candidates=list(self.candidates),
                rules=list(self.rules),
                detected_at=now,
            )
        )

    def resolve(self, customer_id: UUID, *, waiting: list[UUID], by: str, now: datetime) -> None:
        """A person decided. One fact for each contact that waits, so that all of them get their customer."""
        self.move("resolve")
        self.customer_id, self.resolved_by, self.resolved_at = customer_id, by, now
        contacts: list[UUID | None] = [*waiting] or [None]
        for interaction_id in contacts:
            self.record(
                IdentityConflictResolved(
                    conflict_id=self.id, interaction_id=interaction_id, customer_id=customer_id, resolved_at=now
                )
            )

    def check_choice(self, customer_id: UUID) -> None:
        """Raises Invalid for a customer whom none of the identifiers points at: that would be a guess, not a ruling."""
        if customer_id not in self.candidates:
            raise Invalid("not-a-candidate", "Choose one of the candidates of the conflict, or nobody for a new customer.")
