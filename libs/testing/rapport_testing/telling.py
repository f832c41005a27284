"""What a reader learns of a thing from its events alone, held against the thing: its state, and what comes once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from rapport_contracts.event import Event


def state_after(fact: Event) -> str | None:
    """The state that the type of this event declares; None where it says that the state stays."""
    declared = type(fact).publication.state
    if declared is None or not declared.startswith("{"):
        return declared
    return str(getattr(fact, declared[1:-1]))


@dataclass
class Reader:
    """Somebody who knows nothing but the events. `seen` counts them by key and type; `wrong` is what was told wrong."""

    seen: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def read(self, facts: Iterable[object], before: str, after: str) -> None:
        """Take what was recorded in one go; `before` and `after` are the states of the thing."""
        events = [fact for fact in facts if isinstance(fact, Event)]
        for event in events:
            kind, told = event.event_type, state_after(event)
            self.seen[event.key, kind] += 1
            if told not in (None, after):
                self.wrong.append(f"{kind} tells '{told}', it is '{after}'")
            if type(event).publication.often == "once" and self.seen[event.key, kind] > 1:
                self.wrong.append(f"{kind} came again")
        if events and before != after and all(state_after(event) is None for event in events):
            self.wrong.append(f"nothing tells of '{after}': {', '.join(event.event_type for event in events)}")

    @property
    def types(self) -> set[str]:
        """The types that came."""
        return {kind for _, kind in self.seen}
