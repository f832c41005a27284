"""What the properties of these events mean, by name; see `rapport_contracts.dictionary`."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.dictionary import Meaning

_PUSHED_BY = Meaning(
    "The system that pushed the event, by the name of its key or header; `unknown` for a record that named none."
)

WORDS: Mapping[str, Meaning] = {
    # The contact as a whole
    "summary": Meaning("The whole contact as it was known when this was published; the newest one of a contact counts."),
    "mode": Meaning(
        "Whether customer and person met in one room, at a distance, or without a person. As the source says; otherwise"
        " `unattended` when only a bot answered, `face_to_face` in a store, else `remote`.",
        null="the source does not say.",
    ),
    "contact_type": Meaning(
        "The subject of the contact, such as `enquiry`, as a code of the source or of whoever entered it. No list is"
        " checked.",
        null="not told.",
    ),
    "source": Meaning(
        "The system that told of the contact, by the name of its key or header. `manual`: a person entered it; `unknown`: it"
        " was mended in the quarantine, out of a record that named no source."
    ),
    "Summary.channel": Meaning(
        "The way by which they met: the first that the source named other than `phone`; `phone` when it named none."
    ),
    "InteractionStarted.channel": Meaning(
        "The way by which they met, as far as it was known when the contact was first seen: `phone` when the source named"
        " none. The summary has the last word."
    ),
    "Summary.direction": Meaning(
        "Who began: `inbound` the customer, `outbound` the company. `inbound` also when the source does not say."
    ),
    "InteractionStarted.direction": Meaning(
        "Who began: `inbound` the customer, `outbound` the company. `inbound` also when the source had not said yet."
    ),
    "InteractionStarted.mode": Meaning(
        "Whether customer and person meet in one room, at a distance, or without a person; as the source had said when the"
        " contact was first seen, otherwise `face_to_face` in a store, `unattended` with a bot, else `remote`."
    ),
    "Summary.outcome": Meaning(
        "How the contact ended: as the source reports, otherwise worked out from its course. `phantom`: the line was opened"
        " and nobody was there; `self_served`: a bot alone, without a queue; `unknown` also while no end is known."
    ),
    "Summary.customer_id": Meaning(
        "The customer, by an opaque id. A change of it alone publishes `interaction.linked`, no amendment.",
        null="nobody has been recognised yet, or ever.",
    ),
    "touchpoint": Meaning(
        "The place of service (a hotline, a shop, a counter), as a code of the source. No list is checked.",
        null="the source named none.",
    ),
    "InteractionStarted.touchpoint": Meaning(
        "The place of service (a hotline, a shop, a counter), as a code of the source. No list is checked.",
        null="the source had named none when the contact was first seen.",
    ),
    "InteractionStarted.contact_type": Meaning(
        "The subject of the contact, such as `enquiry`, as a code of the source or of whoever entered it. No list is"
        " checked.",
        null="not told when the contact was first seen.",
    ),
    "Summary.agents": Meaning(
        "The human agents who handled it, in the order in which they first answered, each once, by opaque codes of the"
        " source. Bots are not among them. Empty: nobody answered, or nobody was named."
    ),
    "last_agent": Meaning(
        "The human agent who had the contact last, by an opaque code of the source; an answer to a survey is credited to"
        " them.",
        null="nobody answered, or nobody was named.",
    ),
    "transfers": Meaning(
        "How often the contact was passed on, to an agent or a queue. In a call detail record: how often one named agent"
        " followed another.",
        unit="count of transfers",
    ),
    "Summary.started_at": Meaning(
        "When the contact began (UTC), as the source says; the time of its first known event when no start was reported. It"
        " can be amended."
    ),
    "InteractionStarted.started_at": Meaning(
        "When the contact began (UTC), as far as it was known when it was first seen. Never put right: the summary is."
    ),
    "Summary.ended_at": Meaning(
        "When the contact ended (UTC), as the source says. After-contact work comes later, except where the source reports"
        " the call as one record or never reports the end itself: then it is included.",
        null="no end was reported; it was closed as stale.",
    ),
    "durations": Meaning(
        "Seconds by kind of stretch, over the whole contact. A stretch that has not ended counts nothing yet."
    ),
    "flags": Meaning(
        "Oddities of the contact, as codes; such contacts are kept as they were reported. Empty: none was found.",
        values=(
            "end-before-start",
            "missing-end",
            "missing-start",
            "negative-after-contact-work",
            "negative-bot",
            "negative-hold",
            "negative-ivr",
            "negative-queue",
            "negative-service",
            "recorded-twice",
            "stale",
            "step-after-end",
        ),
    ),
    "Summary.wait_seconds": Meaning(
        "Time in queues before the first human answered, or all of it when nobody did; the voice menu is not in it. Negative"
        " when the clock of the source was wrong.",
        unit="seconds",
        null="the event is older than this field.",
    ),
    "first_queue": Meaning(
        "The queue that the contact entered first, by its code at the source; without an entry into a queue, the one that"
        " the source names for the contact.",
        null="no queue, no name for it, or the event is older than this field.",
    ),
    "handlers": Meaning(
        "The part of each human agent, in the order in which they first answered. Empty: nobody answered, nobody was named,"
        " or the event is older than this field."
    ),
    "service_seconds": Meaning(
        "Time that this agent talked with the customer, all their stretches together; hold and after-contact work are not in"
        " it.",
        unit="seconds",
    ),
    "changed": Meaning(
        "Names of the fields of `summary` that differ from the summary published before. `customer_id` is never among them."
    ),
    "timed_out_at": Meaning(
        "When Rapport stopped waiting for an end and closed the contact (UTC), hours after its last event (four by default)."
    ),
    # Seconds by kind
    "ivr": Meaning(
        "Time in the voice menu. From single events: between the start of an inbound call and its first queue or agent.",
        unit="seconds",
    ),
    "Durations.queue": Meaning("Time in all queues together; also ringing at an agent who did not answer.", unit="seconds"),
    "service": Meaning("Time with human agents, without hold and after-contact work.", unit="seconds"),
    "hold": Meaning("Time for which the customer was put on hold.", unit="seconds"),
    "after_contact_work": Meaning(
        "Time that agents worked on it after the conversation had ended, as far as the source reports it.",
        unit="seconds",
    ),
    "bot": Meaning("Time with a bot; never counted as service.", unit="seconds"),
    # Single facts, live signals: published once, never put right
    "queue": Meaning(
        "The queue, by its code at the source: the first one that was entered with a name, otherwise the one that the source"
        " names for the contact.",
        null="no queue, or none was named.",
    ),
    "InteractionQueued.queue": Meaning(
        "The queue that the contact entered, by its code at the source; `unnamed` when the source does not name it."
    ),
    "queued_at": Meaning("When the contact entered the queue (UTC), as the source says."),
    "InteractionConnected.agent": Meaning(
        "The human agent who answered, by an opaque code of the source. Published once for each named agent of the contact;"
        " whoever it is handed to counts until somebody else is seen to answer."
    ),
    "InteractionConnected.queue": Meaning(
        "The queue out of which the agent answered: the last one named until then, by its code at the source.",
        null="no queue, or none was named.",
    ),
    "Handling.agent": Meaning("The human agent, by an opaque code of the source."),
    "Handling.queue": Meaning(
        "The queue out of which the agent answered first: the last one named until then, by its code at the source.",
        null="no queue, or none was named.",
    ),
    "connected_at": Meaning(
        "When this agent first answered (UTC), as the source says; when they were handed the contact, if no answer is"
        " reported."
    ),
    "wait_seconds": Meaning(
        "Time in queues since the agent before, for the first agent since the start; the voice menu is not in it. Negative"
        " when the clock of the source was wrong.",
        unit="seconds",
    ),
    "InteractionAbandoned.wait_seconds": Meaning(
        "Time in queues altogether until the customer hung up; the voice menu is not in it.", unit="seconds"
    ),
    "abandoned_at": Meaning("When the contact ended without an answer (UTC), as the source says."),
    "from_agent": Meaning(
        "The agent who passed it on, by an opaque code of the source.", null="nobody had it, or the source does not say."
    ),
    "to_agent": Meaning(
        "The agent to whom it is passed on, by an opaque code of the source. They may not have answered.",
        null="it goes to a queue, or the source does not say.",
    ),
    "to_queue": Meaning(
        "The queue to which it is passed on, by its code at the source.", null="it goes to an agent, or none was named."
    ),
    "transferred_at": Meaning(
        "When it was passed on (UTC), as the source says; in a call detail record, when the next agent began."
    ),
    "InteractionLinked.customer_id": Meaning(
        "The customer whose contact it is from now on, by an opaque id; in place of another one when this comes again."
    ),
    "InteractionLinked.rule": Meaning(
        "How it is known: the kind of identifier by which the caller was recognised, `conflict_resolved` when a person"
        " decided an identity conflict, `by_hand` when a person linked the contact."
    ),
    "state": Meaning(
        "The state of the contact, as the API shows it, with all that was published together with this. A late fact does not"
        " change it; hold and resumption publish nothing.",
        null="the event is older than this field.",
    ),
    "linked_at": Meaning("When the contact got this customer (UTC); the contact may be much older."),
    # Who is calling, for Profiles alone
    "CallerPresented.channel": Meaning("The way by which customer and company met in the contact."),
    "CallerPresented.source": Meaning(
        "The system that told of the contact; ids at a source are compared only within it. `manual`: a person entered it."
    ),
    "CallerPresented.identifiers": Meaning(
        "The identifiers that the contact brought and had not presented before; sealed one by one."
    ),
    "SealedIdentifier.kind": Meaning("The kind of identifier that is sealed beside it."),
    "sealed": Meaning("The value, encrypted for Profiles alone; a text without meaning for everybody else."),
    "presented_at": Meaning("When the contact began (UTC), also for identifiers that came later during it."),
    # Pushed events that could not be used
    "quarantine_id": Meaning("The quarantined event. The same event has the same id however often it is pushed."),
    "InboundEventQuarantined.source": _PUSHED_BY,
    "InboundEventReplayed.source": _PUSHED_BY,
    "InboundEventDropped.source": _PUSHED_BY,
    "InboundEventQuarantined.reason": Meaning(
        "Why the event could not be used, as a code. `conflicting-duplicate`: its id is taken by an event with other"
        " content.",
        values=(
            "bad-code",
            "bad-json",
            "bad-time",
            "bad-value",
            "conflicting-duplicate",
            "control-character",
            "empty-field",
            "missing-field",
            "no-source",
            "not-an-object",
            "time-without-offset",
            "too-long",
            "too-many",
            "unknown-field",
            "unknown-type",
        ),
    ),
    "quarantined_at": Meaning("When the event first came and was put aside (UTC); it may tell of something much earlier."),
    "result": Meaning(
        "The result of taking it in after all. `duplicate`: the same event was known already; `late`: it amends a contact"
        " that had been closed.",
        values=("accepted", "duplicate", "late"),
    ),
    "replayed_at": Meaning("When a person had it taken in (UTC)."),
    "InboundEventDropped.reason": Meaning(
        "Why nobody needs the event: a code of whoever dropped it, such as `test-traffic`, or `customer-erased` when the"
        " system did because it names a contact of an erased customer."
    ),
    "dropped_at": Meaning("When it was dropped and its content destroyed (UTC)."),
    # Pushed by call-centre systems
    "event_id": Meaning(
        "The id of the event at the source; with the source it is the identity of the event, taken in once."
    ),
    "call_id": Meaning("The id of the call at the source; with the source it is the identity of the call."),
    "type": Meaning(
        "The step of the call that the event tells of; `recorded` tells the whole call at once, with its `segments`."
    ),
    "occurred_at": Meaning(
        "When it happened at the source, with an offset; of `recorded`, the time of the call where it has no segments. Not"
        " when it was sent."
    ),
    "CallEvent.channel": Meaning("The way by which customer and company meet; `phone` when left out."),
    "CallEvent.direction": Meaning(
        "Who began: `inbound` the customer, `outbound` the company. The first event of a call that says so counts, a record"
        " before all others.",
        null="this event does not say; `inbound` when none does.",
    ),
    "CallEvent.mode": Meaning(
        "Whether customer and person meet in one room, at a distance, or without a person. `unattended` on `connected`: a"
        " bot answered.",
        null="this event does not say; worked out from the course when none does.",
    ),
    "CallEvent.contact_type": Meaning(
        "The subject of the contact, such as `enquiry`, as a code of the source. No list is checked.",
        null="this event does not say.",
    ),
    "CallEvent.touchpoint": Meaning(
        "The place of service (a hotline, a shop, a counter), as a code of the source. No list is checked; an emergency is"
        " matched by it.",
        null="this event does not say.",
    ),
    "CallEvent.queue": Meaning(
        "The queue by its code at the source: the one entered or come out of; on `transferred` the one to which the call"
        " goes.",
        null="this event does not say, or there is none.",
    ),
    "CallEvent.agent": Meaning(
        "The agent by an opaque code: who answered, or on `transferred` who passes it on. On `recorded`: of the agent"
        " segments that name nobody.",
        null="this event does not say; whoever had the call until then, if anybody.",
    ),
    "CallEvent.to_agent": Meaning(
        "On `transferred`, the agent to whom the call goes, by an opaque code.",
        null="it goes to a queue, or nobody is named.",
    ),
    "CallEvent.outcome": Meaning(
        "How the call ended, as the source judges; it goes before what the course of the call says.",
        null="this event does not say; worked out from the course when none does.",
    ),
    "CallEvent.identifiers": Meaning(
        "Identifiers that the source knows the caller by. They are stored encrypted and dropped once the customer is known."
    ),
    "segments": Meaning("The stretches of a `recorded` call, in order; they replace those of single events. Else empty."),
    "PresentedIdentifier.kind": Meaning(
        "The kind of identifier; a `member_number` is the company's own, an `external_id` that of the source."
    ),
    "value": Meaning(
        "The identifier as the source has it. Values that say that nobody is known (`0`, `anonymous`) never match."
    ),
    "RecordedSegment.kind": Meaning("The kind of stretch; voice menu and bot are kept apart from time with people."),
    "RecordedSegment.started_at": Meaning("When the stretch began at the source, with an offset."),
    "RecordedSegment.ended_at": Meaning(
        "When the stretch ended at the source, with an offset; before its start is flagged."
    ),
    "seconds": Meaning(
        "Length of the stretch as the source measured it; it counts instead of the difference of the times.",
        unit="seconds",
        null="the difference of the two times counts.",
    ),
    "RecordedSegment.queue": Meaning(
        "The queue of the stretch, by its code at the source.",
        null="of a queue segment, that of the event; of others, none is named.",
    ),
    "RecordedSegment.agent": Meaning(
        "The human agent of the stretch, by an opaque code.", null="that of the event on an agent segment, else nobody."
    ),
    # Receipts
    "InteractionsMergeApplied.customer_id": Meaning("The survivor of the merge, to whom the rows went."),
    "InteractionsSplitApplied.customer_id": Meaning(
        "The survivor of the merge that was taken back, who gave the rows back."
    ),
    "what": Meaning(
        "The table of the service whose rows are counted, by its name in the database.",
        values=("call_events", "interactions", "notes"),
    ),
    "count": Meaning("Number of rows of that table.", unit="rows"),
}
