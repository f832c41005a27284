"""The facts to publish about an interaction: the difference between what it is and what was announced before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    Handling,
    InteractionAbandoned,
    InteractionAmended,
    InteractionCompleted,
    InteractionConnected,
    InteractionQueued,
    InteractionStarted,
    InteractionTimedOut,
    InteractionTransferred,
    Summary,
)
from rapport_contracts.interactions.vocabulary import ContactOutcome

from rapport_interactions.contacts.domain.interaction import Handler, Interaction, Queued, Transfer

NAMELESS_QUEUE = "unnamed"
"""The queue of an entry whose source did not name it."""


@dataclass(slots=True)
class Announced:
    """What was published already: keys of single facts, how it was closed, and the last summary."""

    facts: set[str] = field(default_factory=set)
    closed: str | None = None
    summary: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As stored."""
        return {"facts": sorted(self.facts), "closed": self.closed, "summary": self.summary}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Announced:
        """As read back."""
        return cls(set(stored.get("facts", ())), stored.get("closed"), stored.get("summary"))


def summary_of(now: Interaction, source: str, customer_id: UUID | None) -> Summary:
    """The whole contact as it is known now."""
    return Summary(
        channel=now.channel,
        direction=now.direction,
        mode=now.mode,
        source=source,
        outcome=now.outcome,
        customer_id=customer_id,
        touchpoint=now.touchpoint,
        contact_type=now.contact_type,
        queue=now.queue,
        agents=now.agents,
        last_agent=now.last_agent,
        transfers=len(now.transfers),
        started_at=now.started_at,
        ended_at=now.ended_at,
        durations=now.durations,
        flags=list(now.flags),
        wait_seconds=now.wait_seconds,
        first_queue=now.queued[0].queue if now.queued else now.queue,
        handlers=[Handling.model_validate(one, from_attributes=True) for one in now.handlers],
    )


def announce(
    now: Interaction, announced: Announced, *, interaction_id: UUID, source: str, customer_id: UUID | None, at: datetime
) -> list[Event]:
    """The facts to publish now, in order; `announced` is updated. Called again with the same interaction: none.

    Each single fact is published once, whenever it becomes known. The first end (or timing out) closes the interaction;
    any later change of its summary is one `interaction.amended`. `at` is the time of the fold (UTC).
    """
    events: list[Event] = []
    for key, event in list(_facts(interaction_id, source, now, announced)):
        # Two entries of the same moment are one fact.
        if key not in announced.facts:
            announced.facts.add(key)
            events.append(event)
    summary = summary_of(now, source, customer_id)
    plain = summary.model_dump(mode="json", exclude={"customer_id"})
    if announced.closed is None:
        closing = _closing(interaction_id, now, summary, at)
        if closing is not None:
            events += closing
            announced.closed = "timed_out" if now.state == "timed_out" else "completed"
            announced.summary = plain
    elif announced.summary is not None and plain != announced.summary:
        changed = [name for name, value in plain.items() if announced.summary.get(name) != value]
        events.append(InteractionAmended(interaction_id=interaction_id, changed=changed, summary=summary, state=now.state))
        announced.summary = plain
    return events


def _closing(interaction_id: UUID, now: Interaction, summary: Summary, at: datetime) -> list[Event] | None:
    if now.state == "timed_out":
        return [InteractionTimedOut(interaction_id=interaction_id, summary=summary, timed_out_at=at)]
    if not now.ended:
        return None
    completed: Event = InteractionCompleted(interaction_id=interaction_id, summary=summary, state=now.state)
    if now.outcome != ContactOutcome.ABANDONED or now.ended_at is None:
        return [completed]
    gone = InteractionAbandoned(
        interaction_id=interaction_id, queue=now.queue, abandoned_at=now.ended_at, wait_seconds=now.wait_seconds
    )
    return [gone, completed]


def _facts(interaction_id: UUID, source: str, now: Interaction, announced: Announced) -> Iterator[tuple[str, Event]]:
    """Every single fact that was not published yet, with the key that identifies it: what and when, whoever reported it.

    A record that comes after steps reports the same call again, with times of its own: only agents who were not known
    are new then.
    """
    reported_again = now.recorded and any(key.startswith(("queued", "connected", "transferred")) for key in announced.facts)
    if "started" not in announced.facts:
        yield (
            "started",
            InteractionStarted(
                interaction_id=interaction_id,
                channel=now.channel,
                direction=now.direction,
                mode=now.mode,
                source=source,
                touchpoint=now.touchpoint,
                contact_type=now.contact_type,
                started_at=now.started_at,
                state=now.state,
            ),
        )
    timed: list[tuple[datetime, int, str, Queued | Transfer | Handler]] = []
    if not reported_again:
        timed += [(one.at, 0, f"queued:{one.queue or NAMELESS_QUEUE}:{one.at.isoformat()}", one) for one in now.queued]
        timed += [
            (one.at, 1, f"transferred:{one.from_agent}:{one.to_agent}:{one.to_queue}:{one.at.isoformat()}", one)
            for one in now.transfers
        ]
    timed += [(one.connected_at, 2, f"connected:{one.agent}", one) for one in now.handlers]
    for _, _, key, one in sorted(timed, key=lambda fact: fact[:3]):
        if key not in announced.facts:
            yield key, _fact(interaction_id, one, now.state)


def _fact(interaction_id: UUID, one: Queued | Transfer | Handler, state: str) -> Event:
    match one:
        case Queued():
            queue = one.queue or NAMELESS_QUEUE
            return InteractionQueued(interaction_id=interaction_id, queue=queue, queued_at=one.at, state=state)
        case Transfer():
            return InteractionTransferred(
                interaction_id=interaction_id,
                from_agent=one.from_agent,
                to_agent=one.to_agent,
                to_queue=one.to_queue,
                transferred_at=one.at,
                state=state,
            )
        case Handler():
            return InteractionConnected(
                interaction_id=interaction_id,
                agent=one.agent,
                queue=one.queue,
                connected_at=one.connected_at,
                wait_seconds=one.wait_seconds,
                state=state,
            )
