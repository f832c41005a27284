"""The set of a call's events becomes one interaction. A pure function of the set: neither the order in which the events
came nor how often they came makes a difference. What contradicts itself is flagged, never refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from uuid import UUID, uuid5

from rapport_contracts.interactions.inbound import CallEvent, SegmentKind, Step
from rapport_contracts.interactions.vocabulary import Mode, Outcome
from rapport_contracts.vocabulary import Channel, Direction

from rapport_interactions.domain.interaction import (
    DURATION_OF,
    Interaction,
    Queued,
    Segment,
    Transfer,
    durations_of,
    handlers_of,
    seconds_between,
)
from rapport_interactions.domain.steps import Walk

_NAMESPACE = UUID("7d0c5b3e-52b1-5f0e-9f0f-0a4f6b1f9c11")
_RANK = {step: rank for rank, step in enumerate(Step)}
_BODY = frozenset({Step.QUEUED, Step.CONNECTED, Step.HELD, Step.RESUMED, Step.TRANSFERRED})
CLOSING = frozenset({Step.ENDED, Step.WRAPPED_UP, Step.RECORDED})
"""Events that say that the contact is over. After-contact work that is told later amends it."""


@lru_cache(maxsize=8192)  # the events of a call come within minutes: most are asked for while it is remembered
def interaction_id(source: str, call_id: str) -> UUID:
    """The id of a source's call: the same whichever of its events comes first, and in every process."""
    return uuid5(_NAMESPACE, f"{source}\0{call_id}")


def fold(events: Iterable[CallEvent], timed_out_at: datetime | None = None) -> Interaction:
    """The interaction that these events are. `timed_out_at` (UTC) says that we gave up waiting for its end then.

    Raises ValueError for an empty set.
    """
    ordered = sorted({event.event_id: event for event in events}.values(), key=_order)
    if not ordered:
        raise ValueError("an interaction has at least one event")
    by_step = [event for event in ordered if event.type is not Step.RECORDED]
    records = [event for event in ordered if event.type is Step.RECORDED]
    said = _Said.of(records, by_step)
    story = _walked(by_step, menu=said.channel == Channel.PHONE and said.direction == Direction.INBOUND)
    if records:
        story = _recorded(records, story)
    return _put_together(ordered, said, story, timed_out_at)


def _order(event: CallEvent) -> tuple[datetime, int, str]:
    return event.occurred_at, _RANK[event.type], event.event_id


@dataclass(slots=True)
class _Story:
    """What was told, by steps or by a record."""

    state: str
    segments: list[Segment]
    queued: list[Queued]
    transfers: list[Transfer]
    started_at: datetime | None
    ended_at: datetime | None
    ended: bool
    recorded: bool
    flags: set[str]


def _walked(events: list[CallEvent], *, menu: bool) -> _Story:
    """The story of the steps. The last end told counts; steps after it are flagged, a connection after it still counts.

    `menu`: what lies between the start and the first queue or agent is a voice menu, since a customer called in.
    """
    starts = [event.occurred_at for event in events if event.type is Step.STARTED]
    ends = [event.occurred_at for event in events if event.type is Step.ENDED]
    wraps = [event.occurred_at for event in events if event.type is Step.WRAPPED_UP]
    ended_at = max(ends) if ends else max(wraps) if wraps else None
    walk = Walk()
    if events and not starts:
        walk.flags.add("missing-start")
    if wraps and not ends:
        walk.flags.add("missing-end")
    if starts and menu:
        walk.enter(starts[0])
    for event in events:
        if event.type not in _BODY:
            continue
        if ended_at is not None and event.occurred_at > ended_at:
            walk.flags.add("step-after-end")
            if event.type is not Step.CONNECTED:
                continue
        walk.take(event)
    if ended_at is None:
        walk.leave_open()
    else:
        walk.close(ended_at)
        _wrap_up(walk, ended_at, wraps)
    return _Story(
        state=walk.state,
        segments=walk.segments,
        queued=walk.queued,
        transfers=walk.transfers,
        started_at=starts[0] if starts else None,
        ended_at=ended_at,
        ended=ended_at is not None,
        recorded=False,
        flags=walk.flags,
    )


def _wrap_up(walk: Walk, ended_at: datetime, wraps: list[datetime]) -> None:
    """After-contact work: from the end to the last word of its completion, credited to who had the contact last."""
    if wraps and max(wraps) != ended_at:
        agents = [segment.agent for segment in walk.segments if segment.kind is SegmentKind.AGENT]
        seconds = seconds_between(ended_at, max(wraps))
        agent = agents[-1] if agents else None
        walk.segments.append(Segment(SegmentKind.AFTER_CONTACT_WORK, ended_at, max(wraps), seconds, None, agent))


def _recorded(records: list[CallEvent], told: _Story) -> _Story:
    """A record tells the whole call: its segments take the place of the steps' ones. The last record counts."""
    record = records[-1]
    flags = (told.flags - {"missing-start", "missing-end"}) | ({"recorded-twice"} if len(records) > 1 else set())
    if not record.segments:
        return _Story(
            state=told.state,
            segments=told.segments,
            queued=told.queued,
            transfers=told.transfers,
            started_at=told.started_at or record.occurred_at,
            ended_at=told.ended_at or record.occurred_at,
            ended=True,
            recorded=True,
            flags=flags,
        )
    segments = [
        Segment(
            part.kind,
            part.started_at,
            part.ended_at,
            seconds_between(part.started_at, part.ended_at) if part.seconds is None else part.seconds,
            part.queue,
            part.agent or (record.agent if part.kind is SegmentKind.AGENT else None),
        )
        for part in record.segments
    ]
    return _Story(
        state="connected",
        segments=segments,
        queued=[Queued(s.queue or record.queue, s.started_at) for s in segments if s.kind is SegmentKind.QUEUE],
        transfers=_handovers(segments),
        started_at=segments[0].started_at,
        ended_at=max(s.ended_at for s in segments if s.ended_at is not None),
        ended=True,
        recorded=True,
        flags=flags - {"step-after-end"},
    )


def _handovers(segments: list[Segment]) -> list[Transfer]:
    """Where one named agent follows another."""
    parts = [segment for segment in segments if segment.kind is SegmentKind.AGENT and segment.agent is not None]
    return [
        Transfer(before.agent, after.agent, after.queue, after.started_at)
        for before, after in pairwise(parts)
        if before.agent != after.agent
    ]


@dataclass(slots=True)
class _Said:
    """What the events say of the contact as a whole: what a record says, or else the first event in time that does."""

    channel: str | None = None
    direction: str | None = None
    mode: str | None = None
    outcome: str | None = None
    touchpoint: str | None = None
    contact_type: str | None = None
    queue: str | None = None

    @classmethod
    def of(cls, records: list[CallEvent], steps: list[CallEvent]) -> _Said:
        """One walk over all events, the records first."""
        said = cls()
        for event in (*records, *steps):
            if event.channel != Channel.PHONE:
                said.channel = said.channel or event.channel
            if event.type is not Step.CONNECTED:
                # A bot's connection does not make the whole contact unattended (S44).
                said.mode = said.mode or event.mode
            said.direction = said.direction or event.direction
            said.outcome = said.outcome or event.outcome
            said.touchpoint = said.touchpoint or event.touchpoint
            said.contact_type = said.contact_type or event.contact_type
            said.queue = said.queue or event.queue
        said.channel = str(said.channel or Channel.PHONE)
        said.direction = str(said.direction or Direction.INBOUND)
        return said


def _put_together(events: list[CallEvent], said: _Said, story: _Story, timed_out_at: datetime | None) -> Interaction:
    handlers, last_agent, wait, answered = handlers_of(story.segments)
    bot_only = not answered and any(segment.kind is SegmentKind.BOT for segment in story.segments)
    outcome = _outcome(said, story, answered=answered, bot_only=bot_only)
    # What remains of a call without a start is the first that we heard of it.
    started_at = story.started_at or events[0].occurred_at
    return Interaction(
        state=_state(story, outcome, timed_out_at),
        channel=said.channel or "",
        direction=said.direction or "",
        mode=_mode(said, bot_only=bot_only),
        outcome=outcome,
        touchpoint=said.touchpoint,
        contact_type=said.contact_type,
        queue=next((queued.queue for queued in story.queued if queued.queue), None) or said.queue,
        started_at=started_at,
        ended_at=story.ended_at,
        last_event_at=events[-1].occurred_at,
        ended=story.ended,
        recorded=story.recorded,
        segments=tuple(story.segments),
        handlers=handlers,
        last_agent=last_agent,
        queued=tuple(story.queued),
        transfers=tuple(story.transfers),
        wait_seconds=wait,
        durations=durations_of(story.segments),
        flags=_flags(story, started_at, timed_out_at),
    )


def _mode(said: _Said, *, bot_only: bool) -> str:
    if said.mode is not None:
        return str(said.mode)
    if bot_only:
        return Mode.UNATTENDED.value
    return (Mode.FACE_TO_FACE if said.channel == Channel.STORE else Mode.REMOTE).value


def _outcome(said: _Said, story: _Story, *, answered: bool, bot_only: bool) -> str:
    """The source's own word first; else what the segments say. Nothing is abandoned before it has ended."""
    if said.outcome is not None:
        return str(said.outcome)
    if answered:
        return Outcome.ANSWERED.value
    if not story.ended:
        return Outcome.UNKNOWN.value
    if bot_only and not story.queued:
        return Outcome.SELF_SERVED.value
    return (Outcome.ABANDONED if said.direction == Direction.INBOUND else Outcome.UNKNOWN).value


def _state(story: _Story, outcome: str, timed_out_at: datetime | None) -> str:
    if story.ended:
        return {Outcome.ABANDONED.value: "abandoned", Outcome.PHANTOM.value: "voided"}.get(outcome, "completed")
    return "timed_out" if timed_out_at is not None else story.state


def _flags(story: _Story, started_at: datetime, timed_out_at: datetime | None) -> tuple[str, ...]:
    """What is odd, as codes: a negative duration is kept, counted, and named here."""
    flags = set(story.flags)
    for segment in story.segments:
        if segment.seconds is not None and segment.seconds < 0:
            flags.add("negative-" + DURATION_OF[segment.kind].replace("_", "-"))
        if segment.ended_at is not None and segment.ended_at < segment.started_at:
            flags.add("end-before-start")
    if story.ended_at is not None and story.ended_at < started_at:
        flags.add("end-before-start")
    if timed_out_at is not None and not story.ended:
        flags.add("stale")
    return tuple(sorted(flags))
