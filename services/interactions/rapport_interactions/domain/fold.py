"""The set of a call's events becomes one interaction. A pure function of the set: neither the order in which the events
came nor how often they came makes a difference. What contradicts itself is flagged, never refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID, uuid5

from rapport_contracts.inbound import CallEvent, SegmentKind, Step
from rapport_contracts.vocabulary import Channel, Direction, Mode, Outcome

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
    story = _walked(by_step)
    if records:
        story = _recorded(records, story)
    return _put_together(ordered, story, timed_out_at)


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


def _walked(events: list[CallEvent]) -> _Story:
    """The story of the steps. The last end told counts; steps after it are flagged, a connection after it still counts."""
    starts = [event.occurred_at for event in events if event.type is Step.STARTED]
    ends = [event.occurred_at for event in events if event.type is Step.ENDED]
    wraps = [event.occurred_at for event in events if event.type is Step.WRAPPED_UP]
    ended_at = max(ends) if ends else max(wraps) if wraps else None
    walk = Walk()
    if events and not starts:
        walk.flags.add("missing-start")
    if wraps and not ends:
        walk.flags.add("missing-end")
    if starts and _has_menu(events):
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


def _has_menu(events: list[CallEvent]) -> bool:
    """What lies between the start and the first queue or agent is a voice menu only where a customer called in."""
    channel = _said(events, _channel_of) or Channel.PHONE
    return channel == Channel.PHONE and (_said(events, _direction_of) or Direction.INBOUND) == Direction.INBOUND


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


def _put_together(events: list[CallEvent], story: _Story, timed_out_at: datetime | None) -> Interaction:
    handlers, last_agent, wait, answered = handlers_of(story.segments)
    bot_only = not answered and any(segment.kind is SegmentKind.BOT for segment in story.segments)
    channel = str(_said(events, _channel_of) or Channel.PHONE)
    direction = str(_said(events, _direction_of) or Direction.INBOUND)
    outcome = _outcome(events, story, answered=answered, bot_only=bot_only, inbound=direction == Direction.INBOUND)
    # What remains of a call without a start is the first that we heard of it.
    started_at = story.started_at or min((event.occurred_at for event in events), default=events[0].occurred_at)
    return Interaction(
        state=_state(story, outcome, timed_out_at),
        channel=channel,
        direction=direction,
        mode=_mode(events, channel, bot_only=bot_only),
        outcome=outcome,
        touchpoint=_said(events, lambda event: event.touchpoint),
        contact_type=_said(events, lambda event: event.contact_type),
        queue=next((queued.queue for queued in story.queued if queued.queue), None) or _said(events, _queue_of),
        started_at=started_at,
        ended_at=story.ended_at,
        last_event_at=max(event.occurred_at for event in events),
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


def _said(events: list[CallEvent], what: Callable[[CallEvent], str | None]) -> str | None:
    """What a record says, or else the first event in time that says anything."""
    for event in sorted(events, key=lambda event: event.type is not Step.RECORDED):
        value = what(event)
        if value is not None:
            return str(value)
    return None


def _channel_of(event: CallEvent) -> str | None:
    return event.channel if event.channel != Channel.PHONE else None


def _direction_of(event: CallEvent) -> str | None:
    return event.direction


def _queue_of(event: CallEvent) -> str | None:
    return event.queue


def _mode(events: list[CallEvent], channel: str, *, bot_only: bool) -> str:
    """As said; a bot's connection does not make the whole contact unattended, unless nobody else was there (S44)."""
    said = _said(events, lambda event: event.mode if event.type is not Step.CONNECTED else None)
    if said is not None:
        return said
    if bot_only:
        return Mode.UNATTENDED.value
    return (Mode.FACE_TO_FACE if channel == Channel.STORE else Mode.REMOTE).value


def _outcome(events: list[CallEvent], story: _Story, *, answered: bool, bot_only: bool, inbound: bool) -> str:
    """The source's own word first; else what the segments say. Nothing is abandoned before it has ended."""
    said = _said(events, lambda event: event.outcome)
    if said is not None:
        return said
    if answered:
        return Outcome.ANSWERED.value
    if not story.ended:
        return Outcome.UNKNOWN.value
    if bot_only and not story.queued:
        return Outcome.SELF_SERVED.value
    return (Outcome.ABANDONED if inbound else Outcome.UNKNOWN).value


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
