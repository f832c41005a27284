"""All events of a call become one interaction. A pure function of the set: neither the order in which the events arrived nor
how often makes a difference. Contradictions are flagged, never refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from uuid import UUID, uuid5

from rapport_contracts.interactions.inbound import CallEvent, SegmentKind, Step
from rapport_contracts.interactions.vocabulary import ContactMode, ContactOutcome
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.vocabularies import Vocabulary

from rapport_interactions.contacts.domain.interaction import (
    DURATION_OF,
    Interaction,
    Queued,
    Segment,
    Transfer,
    durations_of,
    handlers_of,
    seconds_between,
)
from rapport_interactions.contacts.domain.steps import Walk

_NAMESPACE = UUID("7d0c5b3e-52b1-5f0e-9f0f-0a4f6b1f9c11")
_RANK = {step: rank for rank, step in enumerate(Step)}
_BODY = frozenset({Step.QUEUED, Step.CONNECTED, Step.HELD, Step.RESUMED, Step.TRANSFERRED})
CLOSING = frozenset({Step.ENDED, Step.WRAPPED_UP, Step.RECORDED})
"""Events that say that the contact is over. After-contact work that is reported later amends it."""


@lru_cache(maxsize=8192)  # the events of a call come within minutes: most are asked for while it is remembered
def interaction_id(source: str, call_id: str) -> UUID:
    """The id of a source's call: the same whichever of its events comes first, and in every process."""
    return uuid5(_NAMESPACE, f"{source}\0{call_id}")


def fold(events: Iterable[CallEvent], timed_out_at: datetime | None = None) -> Interaction:
    """The interaction that these events are. `timed_out_at` (UTC): when we stopped waiting for its end.

    Raises ValueError for an empty set.
    """
    ordered = sorted({event.event_id: event for event in events}.values(), key=_order)
    if not ordered:
        raise ValueError("an interaction has at least one event")
    by_step = [event for event in ordered if event.type is not Step.RECORDED]
    records = [event for event in ordered if event.type is Step.RECORDED]
    stated = _Stated.of(records, by_step)
    story = _walked(by_step, menu=stated.channel == Channel.PHONE and stated.direction == Direction.INBOUND)
    if records:
        story = _recorded(records, story)
    return _put_together(ordered, stated, story, timed_out_at)


def _order(event: CallEvent) -> tuple[datetime, int, str]:
    return event.occurred_at, _RANK[event.type], event.event_id


@dataclass(slots=True)
class _Story:
    """The course of the call, from steps or from a record."""

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
    """The story of the steps. The last end counts; steps after it are flagged, a connection after it still counts.

    `menu`: the time between the start and the first queue or agent is a voice menu, since a customer called in.
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
    """After-contact work: from the end to its last reported completion, credited to the agent who had the contact last."""
    if wraps and max(wraps) != ended_at:
        agents = [segment.agent for segment in walk.segments if segment.kind is SegmentKind.AGENT]
        seconds = seconds_between(ended_at, max(wraps))
        agent = agents[-1] if agents else None
        walk.segments.append(Segment(SegmentKind.AFTER_CONTACT_WORK, ended_at, max(wraps), seconds, None, agent))


def _recorded(records: list[CallEvent], walked: _Story) -> _Story:
    """A record covers the whole call: its segments replace those of the steps. The last record counts."""
    record = records[-1]
    flags = (walked.flags - {"missing-start", "missing-end"}) | ({"recorded-twice"} if len(records) > 1 else set())
    if not record.segments:
        return _Story(
            state=walked.state,
            segments=walked.segments,
            queued=walked.queued,
            transfers=walked.transfers,
            started_at=walked.started_at or record.occurred_at,
            ended_at=walked.ended_at or record.occurred_at,
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
class _Stated:
    """Values for the contact as a whole: those of a record, or else of the first event that has them."""

    channel: str | None = None
    direction: str | None = None
    mode: str | None = None
    outcome: str | None = None
    touchpoint: str | None = None
    contact_type: str | None = None
    queue: str | None = None

    @classmethod
    def of(cls, records: list[CallEvent], steps: list[CallEvent]) -> _Stated:
        """One walk over all events, the records first."""
        stated = cls()
        for event in (*records, *steps):
            if event.channel != Channel.PHONE:
                stated.channel = stated.channel or event.channel
            if event.type is not Step.CONNECTED:
                # A bot's connection does not make the whole contact unattended (S44).
                stated.mode = stated.mode or event.mode
            stated.direction = stated.direction or event.direction
            stated.outcome = stated.outcome or event.outcome
            stated.touchpoint = stated.touchpoint or event.touchpoint
            stated.contact_type = stated.contact_type or event.contact_type
            stated.queue = stated.queue or event.queue
        stated.channel = str(stated.channel or Channel.PHONE)
        stated.direction = str(stated.direction or Direction.INBOUND)
        return stated


def _put_together(events: list[CallEvent], stated: _Stated, story: _Story, timed_out_at: datetime | None) -> Interaction:
    handlers, last_agent, wait, answered = handlers_of(story.segments)
    bot_only = not answered and any(segment.kind is SegmentKind.BOT for segment in story.segments)
    outcome = _outcome(stated, story, answered=answered, bot_only=bot_only)
    # A call without a start begins with its first event.
    started_at = story.started_at or events[0].occurred_at
    return Interaction(
        state=_state(story, outcome, timed_out_at),
        channel=stated.channel or "",
        direction=stated.direction or "",
        mode=_mode(stated, bot_only=bot_only),
        outcome=outcome,
        touchpoint=stated.touchpoint,
        contact_type=stated.contact_type,
        queue=next((queued.queue for queued in story.queued if queued.queue), None) or stated.queue,
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


def _mode(stated: _Stated, *, bot_only: bool) -> str:
    if stated.mode is not None:
        return str(stated.mode)
    if bot_only:
        return ContactMode.UNATTENDED.value
    return (ContactMode.FACE_TO_FACE if stated.channel == Channel.STORE else ContactMode.REMOTE).value


def _outcome(stated: _Stated, story: _Story, *, answered: bool, bot_only: bool) -> str:
    """The outcome that the source reports, or else that of the segments. Nothing is abandoned before it has ended."""
    if stated.outcome is not None:
        return str(stated.outcome)
    if answered:
        return ContactOutcome.ANSWERED.value
    if not story.ended:
        return ContactOutcome.UNKNOWN.value
    if bot_only and not story.queued:
        return ContactOutcome.SELF_SERVED.value
    return (ContactOutcome.ABANDONED if stated.direction == Direction.INBOUND else ContactOutcome.UNKNOWN).value


def _state(story: _Story, outcome: str, timed_out_at: datetime | None) -> str:
    if story.ended:
        return {ContactOutcome.ABANDONED.value: "abandoned", ContactOutcome.PHANTOM.value: "voided"}.get(
            outcome, "completed"
        )
    return "timed_out" if timed_out_at is not None else story.state


FLAGS = Vocabulary(
    "interaction-flag",
    [
        "end-before-start",
        "missing-end",
        "missing-start",
        "recorded-twice",
        "stale",
        "step-after-end",
        *sorted("negative-" + duration.replace("_", "-") for duration in set(DURATION_OF.values())),
    ],
)
"""Every oddity that there is."""


def _flags(story: _Story, started_at: datetime, timed_out_at: datetime | None) -> tuple[str, ...]:
    """Oddities, as codes: a negative duration is kept, counted, and flagged here."""
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
