"""What the properties of these events mean, by name; see `rapport_contracts.dictionary`."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.dictionary import Meaning

_SURVIVOR_BEFORE = Meaning("The survivor of the merge that is taken back, by an opaque id; they stay a customer.")

WORDS: Mapping[str, Meaning] = {
    "CustomerProfileCorrected.kind": Meaning(
        "Person or organisation, after the correction.", null="the event is of a version that did not say it."
    ),
    # Customers
    "CustomerRegistered.kind": Meaning(
        "Person or organisation. `unknown` until somebody says so, for example for whoever was registered because they"
        " called."
    ),
    "stage": Meaning(
        "How far the relationship has come, after this event. It is moved by hand; whoever calls for the first time is a"
        " `prospect`."
    ),
    "CustomerRegistered.source": Meaning(
        "The system through which the customer became known: the one that told of their contact, or the one that whoever"
        " registered them named; `manual` when a person entered it and named none."
    ),
    "CustomerErasureRequested.requested_by": Meaning(
        "Who asked, by an opaque id of a person or system; never a name.",
        null="the event is of a version that did not say it.",
    ),
    "CustomerErasureRequested.reason": Meaning(
        "Why, as a code of the company, such as `customer-wish`.", null="the event is of a version that did not say it."
    ),
    "registered_at": Meaning(
        "When the customer became known to Rapport (UTC); they may have been a customer of the company long before."
    ),
    "fields": Meaning(
        "Names of the attributes that were changed, never their values. `identifiers`: one was added or removed.",
        values=(
            "birth_date",
            "gender",
            "identifiers",
            "interests",
            "kind",
            "name",
            "occupation",
            "preferences",
            "purchase_intent",
            "spending_habits",
            "stage",
        ),
    ),
    "corrected_at": Meaning("When the attributes were changed (UTC), as whoever did it says; it may be entered later."),
    "ContactPointVerified.kind": Meaning("What was checked and is the customer's: `phone` or `email`."),
    "verified_at": Meaning("When somebody confirmed that it is the customer's (UTC)."),
    # Merge, split, erasure
    "CustomerMerged.customer_id": Meaning("The survivor: everything of the absorbed customer is theirs from now on."),
    "ProfilesMergeApplied.customer_id": Meaning("The survivor of the merge, to whom the rows went."),
    "CustomerSplit.customer_id": _SURVIVOR_BEFORE,
    "ProfilesSplitApplied.customer_id": _SURVIVOR_BEFORE,
    "CustomerMerged.absorbed_id": Meaning(
        "The customer who turned out to be the same person; what comes later under this id belongs to the survivor, too."
    ),
    "merged_at": Meaning("When it was decided that the two are one person (UTC)."),
    "returned": Meaning(
        "Exceptions: ids of contacts, complaints or other records that go to the restored customer although they were told"
        " of the survivor. Empty: none."
    ),
    "kept": Meaning(
        "Exceptions: ids of contacts, complaints or other records that stay with the survivor although they were told of the"
        " restored customer. Empty: none."
    ),
    "split_at": Meaning("When it was decided that the merge was wrong (UTC)."),
    "requested_at": Meaning("When it was decided that the customer is to be forgotten (UTC); services follow later."),
    "CustomerErased.customer_id": Meaning(
        "The customer who is forgotten. The id stays in rows and events and leads nowhere any more."
    ),
    "CustomerErased.erased_at": Meaning("When the last service had confirmed that nothing readable of them is left (UTC)."),
    # Who is behind a contact
    "CustomerIdentified.interaction_id": Meaning("The contact whose caller was recognised."),
    "CustomerIdentified.rule": Meaning(
        "The kind of identifier that decided: the strongest (`member_number`, `external_id`, `phone`, `email`) of those that"
        " led to the customer; of all that were presented, where the customer is new or a person had ruled."
    ),
    "newly_registered": Meaning(
        "True: nobody was known by these identifiers, and the customer was registered because of this contact."
    ),
    "identified_at": Meaning("When Profiles recognised the caller, or a person ruled (UTC); later than the contact began."),
    "conflict_id": Meaning(
        "The conflict: one for each set of identifiers. Several contacts that brought the same set wait for the same ruling."
    ),
    "IdentityConflictDetected.interaction_id": Meaning(
        "The contact that brought the identifiers and waits for the ruling.", null="no contact waits."
    ),
    "IdentityConflictResolved.interaction_id": Meaning(
        "The contact that waited and has its customer now; one event for each that waited.", null="no contact waited."
    ),
    "IdentityConflictResolved.customer_id": Meaning(
        "The customer whom a person chose: one of the candidates, or a new one who is registered with it."
    ),
    "candidates": Meaning(
        "The customers whom the identifiers point at, by opaque ids. One or none: two member numbers, or two ids of one"
        " source, contradict each other."
    ),
    "rules": Meaning("The kinds of all identifiers that the contact brought, the strongest first."),
    "detected_at": Meaning("When Rapport noticed that the identifiers do not agree (UTC)."),
    "resolved_at": Meaning("When a person decided (UTC), as they say; it may be entered later."),
    # Consents
    "purpose": Meaning("The purpose that the customer allowed or no longer allows; each has a consent of its own."),
    "channel": Meaning("The channel that the statement is about.", null="about every channel."),
    "standing": Meaning(
        "The consent that holds after it for this purpose on this channel, as the API shows it. It differs from what was"
        " said when another statement, entered before, was made later.",
        null="the event is older than this field.",
    ),
    "granted_at": Meaning(
        "When the customer said so (UTC); it may be entered later. Of all statements that cover a channel the newest by this"
        " time holds."
    ),
    "withdrawn_at": Meaning(
        "When the customer said so (UTC); it may be entered later. Of all statements that cover a channel the newest by this"
        " time holds."
    ),
    # Receipts
    "what": Meaning(
        "The table of the service whose rows are counted, by its name in the database.",
        values=(
            "conflict_identifiers",
            "conflicts",
            "consents",
            "customers",
            "identifiers",
            "timeline_entries",
            "timeline_links",
        ),
    ),
    "count": Meaning("Number of rows of that table.", unit="rows"),
}
