"""What happened at the touchpoints. Key: the interaction."""

from __future__ import annotations

from pydantic import Field

from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, CustomerId, InteractionId, Open, Sealed, UtcTime
from rapport_contracts.interactions import PRIVATE, TOPIC
from rapport_contracts.interactions.vocabulary import ContactMode, ContactOutcome, ContactState, LinkRule
from rapport_contracts.vocabulary import Channel, Direction, IdentifierKind


class Durations(Payload):
    """Seconds spent in each kind of segment, as the source measured or as computed from its times.

    A negative one is the source's clock fault: it is kept, and named in the interaction's `flags`."""

    ivr: float = 0
    queue: float = 0
    service: float = 0
    hold: float = 0
    after_contact_work: float = 0
    bot: float = 0


class InteractionStarted(
    Event,
    type="interaction.started.v1",
    topic=TOPIC,
    key="interaction_id",
    when="A call-centre system pushes the first event of a contact, or a person enters one by `POST /interactions`.",
    often="once",
    state="{state}",
):
    """A contact began (S34, S36). A live signal, never put right: count by `summary`."""

    interaction_id: InteractionId
    channel: Open[Channel]
    direction: Open[Direction]
    mode: Open[ContactMode]
    source: Code
    touchpoint: Code | None
    contact_type: Code | None
    started_at: UtcTime
    state: Open[ContactState] | None = None


class InteractionQueued(
    Event,
    type="interaction.queued.v1",
    topic=TOPIC,
    key="interaction_id",
    when="A call-centre system tells that the contact entered a queue, as a step or in the record of a whole call.",
    often="again",
    state="{state}",
):
    """The contact waits for a person in a queue. A live signal, never put right: count by `summary`."""

    interaction_id: InteractionId
    queue: Code
    queued_at: UtcTime
    state: Open[ContactState] | None = None


class InteractionConnected(
    Event,
    type="interaction.connected.v1",
    topic=TOPIC,
    key="interaction_id",
    when="A call-centre system tells that an agent answered, or a person enters a contact with its agent; once for "
    "each agent.",
    often="again",
    state="{state}",
):
    """An agent answered; `wait_seconds` is the time in the queue before. A live signal, never put right: count by
    `summary`."""

    interaction_id: InteractionId
    agent: Code
    queue: Code | None
    connected_at: UtcTime
    wait_seconds: float
    state: Open[ContactState] | None = None


class InteractionTransferred(
    Event,
    type="interaction.transferred.v1",
    topic=TOPIC,
    key="interaction_id",
    when="A call-centre system tells that the contact was passed on, as a step or where one agent follows another in "
    "a record.",
    often="again",
    state="{state}",
):
    """The contact was passed on, to an agent or a queue (S38). A live signal, never put right: count by `summary`."""

    interaction_id: InteractionId
    from_agent: Code | None
    to_agent: Code | None
    to_queue: Code | None
    transferred_at: UtcTime
    state: Open[ContactState] | None = None


class InteractionAbandoned(
    Event,
    type="interaction.abandoned.v1",
    topic=TOPIC,
    key="interaction_id",
    when="A call-centre system tells the end of a contact that nobody answered; `interaction.completed` comes with it.",
    often="once",
    state="abandoned",
    undone_by=("interaction.amended.v1",),
):
    """The customer hung up before an agent answered. A live signal, never put right: count by `summary`. A contact that
    turns out as abandoned later is only amended."""

    interaction_id: InteractionId
    queue: Code | None
    abandoned_at: UtcTime
    wait_seconds: float


class Handling(Payload):
    """The part of one human agent in a contact."""

    agent: Code
    queue: Code | None
    connected_at: UtcTime
    wait_seconds: float
    service_seconds: float


class Summary(Payload):
    """The whole contact as it is known now: the record of truth of a contact. `agents` are all human handlers in order,
    `last_agent` the last of them: attribution uses both. `wait_seconds` is the time in queues before the first of them
    answered, or all of it when nobody did. `flags` name what is odd about it (`negative-queue`, `end-before-start`, `stale`,
    ...)."""

    channel: Open[Channel]
    direction: Open[Direction]
    mode: Open[ContactMode]
    source: Code
    outcome: Open[ContactOutcome]
    customer_id: CustomerId | None
    touchpoint: Code | None
    contact_type: Code | None
    queue: Code | None
    agents: list[Code]
    last_agent: Code | None
    transfers: int
    started_at: UtcTime
    ended_at: UtcTime | None
    durations: Durations
    flags: list[Code] = Field(default_factory=list)
    wait_seconds: float | None = None
    first_queue: Code | None = None
    handlers: list[Handling] = Field(default_factory=list)


class InteractionCompleted(
    Event,
    type="interaction.completed.v1",
    topic=TOPIC,
    key="interaction_id",
    time="summary.started_at",
    when="A call-centre system tells the end of a contact that was not timed out before, or a person enters one by "
    "`POST /interactions`.",
    often="once",
    state="{state}",
    undone_by=("interaction.amended.v1",),
):
    """The contact is over, answered or not. After-contact work that is reported later amends it."""

    interaction_id: InteractionId
    summary: Summary
    state: Open[ContactState] | None = None


class InteractionAmended(
    Event,
    type="interaction.amended.v1",
    topic=TOPIC,
    key="interaction_id",
    time="summary.started_at",
    when="A late event of a call-centre system changes a contact that was completed or timed out.",
    often="again",
    state="{state}",
):
    """The contact is other than it was said to be: the last summary counts. `changed` names the fields of `summary`."""

    interaction_id: InteractionId
    changed: list[Code]
    summary: Summary
    state: Open[ContactState] | None = None


class InteractionTimedOut(
    Event,
    type="interaction.timed-out.v1",
    topic=TOPIC,
    key="interaction_id",
    when="Interactions closes a contact by itself when its source has told nothing for four hours (a setting) and no "
    "end is known.",
    often="once",
    state="timed_out",
    undone_by=("interaction.amended.v1",),
):
    """Nobody told us how the contact ended; it was closed as stale. A late end amends it, no `interaction.completed`
    follows."""

    interaction_id: InteractionId
    summary: Summary
    timed_out_at: UtcTime


class InteractionLinked(
    Event,
    type="interaction.linked.v1",
    topic=TOPIC,
    key="interaction_id",
    when="Profiles recognises the caller, or a person says whose contact it is: `POST "
    "/interactions/{id}:link-customer`, or when entering it.",
    often="again",
):
    """The contact got its customer, or another one: the last one counts. What a person said is not changed by a
    recognition."""

    interaction_id: InteractionId
    customer_id: CustomerId
    rule: Open[LinkRule]
    linked_at: UtcTime


class SealedIdentifier(Payload):
    """One identifier that the caller presented, readable by Profiles alone."""

    kind: Open[IdentifierKind]
    sealed: Sealed


class CallerPresented(
    Event,
    type="caller.presented.v1",
    topic=PRIVATE,
    key="interaction_id",
    when="The events of a contact bring identifiers that it had not presented before.",
    often="again",
):
    """A contact came with identifiers: number, e-mail address, member number. Private and sealed; answered by
    `customer.identified.v1` or `identity-conflict.detected.v1`, or by nothing when every value is blocked."""

    interaction_id: InteractionId
    channel: Open[Channel]
    source: Code
    identifiers: list[SealedIdentifier]
    presented_at: UtcTime
