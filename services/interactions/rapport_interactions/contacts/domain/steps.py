"""Walking through the step events of one contact, in the order in which they happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rapport_contracts.interactions.inbound import CallEvent, SegmentKind, Step
from rapport_contracts.interactions.vocabulary import ContactMode

from rapport_interactions.contacts.domain.interaction import Queued, Segment, Transfer, seconds_between


@dataclass(slots=True)
class _Open:
    """The stretch that lasts. `pending`: handed to an agent who has not been seen to answer."""

    kind: SegmentKind
    started_at: datetime
    queue: str | None = None
    agent: str | None = None
    pending: bool = False


@dataclass(slots=True)
class Walk:
    """The result of the steps so far. `state` is where the contact stands when no end is known."""

    state: str = "initiated"
    segments: list[Segment] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    _open: _Open | None = None

    def take(self, event: CallEvent) -> None:
        """One step; any step may follow any other."""
        match event.type:
            case Step.QUEUED:
                self._begin(SegmentKind.QUEUE, event, "queued")
                self.queued.append(Queued(event.queue, event.occurred_at))
            case Step.CONNECTED:
                kind = SegmentKind.BOT if event.mode == ContactMode.UNATTENDED else SegmentKind.AGENT
                self._begin(kind, event, "connected")
            case Step.HELD:
                self._begin(SegmentKind.HOLD, event, "on_hold")
            case Step.RESUMED:
                self._begin(SegmentKind.AGENT, event, "connected")
            case Step.TRANSFERRED:
                self._transfer(event)
            case _:
                pass

    def enter(self, at: datetime) -> None:
        """The contact began: it is in the voice menu until an agent or a queue takes it."""
        self._open = _Open(SegmentKind.IVR, at)

    def close(self, at: datetime) -> None:
        """The contact ended, and the open stretch with it."""
        self._close(at)

    def leave_open(self) -> None:
        """No end is known: keep the open stretch, without a length."""
        if self._open is not None:
            lasting = self._open
            self.segments.append(Segment(lasting.kind, lasting.started_at, None, None, lasting.queue, lasting.agent))
            self._open = None

    def _begin(self, kind: SegmentKind, event: CallEvent, state: str) -> None:
        before = self._open
        if before is not None and before.pending:
            # Somebody was rung before this: until now the customer waited.
            before.kind, before.agent = SegmentKind.QUEUE, None
        self._close(event.occurred_at)
        agent = event.agent or (before.agent if before is not None and kind is not SegmentKind.QUEUE else None)
        queue = event.queue or (before.queue if before is not None and kind is not SegmentKind.QUEUE else None)
        self._open = _Open(kind, event.occurred_at, queue, agent)
        self.state = state

    def _transfer(self, event: CallEvent) -> None:
        before = self._open
        giver = event.agent or (before.agent if before is not None else None)
        self.transfers.append(Transfer(giver, event.to_agent, event.queue, event.occurred_at))
        self._close(event.occurred_at)
        self.state = "transferred"
        if event.to_agent is not None:
            self._open = _Open(SegmentKind.AGENT, event.occurred_at, event.queue, event.to_agent, pending=True)
        elif event.queue is not None:
            self._open = _Open(SegmentKind.QUEUE, event.occurred_at, event.queue)

    def _close(self, at: datetime) -> None:
        if self._open is None:
            return
        ending = self._open
        seconds = seconds_between(ending.started_at, at)
        if seconds or ending.kind is not SegmentKind.IVR:
            self.segments.append(Segment(ending.kind, ending.started_at, at, seconds, ending.queue, ending.agent))
        self._open = None
