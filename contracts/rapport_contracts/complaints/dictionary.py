"""What the properties of these events mean, by name; see `rapport_contracts.dictionary`.

Here stands what is said of complaints and of those who handle them; `dictionary_of_findings` has clocks, findings and
changes, `dictionary_of_measures` what is done about complaints and emergencies, `dictionary_of_catalogue` what is behind
codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.complaints.dictionary_of_catalogue import CATALOGUE
from rapport_contracts.complaints.dictionary_of_findings import FINDINGS, act, when
from rapport_contracts.complaints.dictionary_of_measures import MEASURES
from rapport_contracts.complaints.vocabulary import STATES
from rapport_contracts.dictionary import Meaning

CONTENT_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf", "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "message/rfc822", "audio/mpeg", "audio/mp4",
    "audio/ogg", "audio/wav", "video/mp4",
)  # fmt: skip

EARLY = "not told; only events of early versions lack it."
ENDS = ("accepted", "no_response", "not_upheld", "appeal_dismissed", "withdrawn", "duplicate", "transferred")
NAMES: Mapping[str, Meaning] = {
    "number": Meaning(
        "Number for people, such as `S2026-000042`: letters for the kind (C complaint, CH change, D drill, I incident, "
        "R repair, S recovery), a year, a running number. Join by the id, not by this."
    ),
    "category": Meaning(
        "Category of the complaint as of this event, a code of the operator's taxonomy of categories. A code that the "
        "taxonomy does not have is kept."
    ),
    "product": Meaning("Product or service that the complaint is about, a code of the operator.", null="none was named."),
    "amount": Meaning("Money that it costs the company, in `currency`.", unit="currency units", null="no cost was named."),
    "currency": Meaning("Currency of `amount`, three letters of ISO 4217.", null="there is no amount."),
    "policy": Meaning(
        "Policy that this goes by, one of the operator's; `policy_version` says in which version.", values=("standard",)
    ),
    "policy_version": Meaning("Version of that policy; what goes by it keeps it when newer ones come.", unit="versions"),
    "definition_version": Meaning(
        "Version of the definition behind these numbers; those of different versions cannot be compared.", unit="versions"
    ),
    "state": Meaning("State of the complaint after this, as the service shows it.", null=EARLY, values=STATES),
    "episode": Meaning("Episode of the complaint: 1 from its receipt, one more with each reopening.", unit="episodes"),
    "assignee": Meaning("Staff member who answers for the complaint from now on, an opaque id."),
    "owner": Meaning("Who has to see to it: an opaque staff id or a unit."),
    "requested_by": Meaning("Staff member who asked for it, an opaque id; never the one who decides."),
    "approved_by": Meaning(
        "Staff member who approved it, an opaque id; never who asked for it, nor a subject of the complaint."
    ),
    "role": Meaning("Role that the step falls to, a code of the plan or policy; who really did it is not published."),
    "late_steps": Meaning("Steps that were done late until then, or were open past their due time.", unit="steps"),
    "remedy": Meaning("Kind of remedy. `apology` and `information` (an explanation) cost no money."),
    "proposal": Meaning(
        "Number of the proposal within the complaint: counts from 1, on through appeals and reopenings.", unit="proposals"
    ),
    "appeal": Meaning("Number of the appeal within the complaint: counts from 1 over its whole life.", unit="appeals"),
}
"""Names that mean the same wherever complaints have them."""

HANDED_OVER: Mapping[str, Meaning] = {
    "name": Meaning("Name of the customer, as given.", null="not given."),
    "phone": Meaning("Telephone number of the customer, as given.", null="not given."),
    "email": Meaning("E-mail address of the customer, as given.", null="not given."),
    "address": Meaning("Postal address of the customer, as given.", null="not given."),
    "contact": Meaning("How the customer can be reached; at least by phone, e-mail or letter. Stored encrypted."),
    "problem": Meaning("The complaint in the customer's words; stored encrypted."),
    "remedy_sought": Meaning(
        "Remedy that the customer wants, in their words; stored encrypted.", null="nothing was asked for."
    ),
    "subject_staff": Meaning("Staff whom it is about, by opaque ids; none of them may handle it."),
    "vulnerability": Meaning("Why the customer needs more care than others; stored encrypted.", null="no reason is known."),
    "ref": Meaning("Id of the complaint at the other system; unique only there. Handed over twice, it is filed once."),
    "InboundComplaint.channel": Meaning("Channel by which the complaint reached the company."),
    "InboundComplaint.customer_id": Meaning("The customer, where the other system knows their id."),
    "InboundComplaint.touchpoint": Meaning(
        "Touchpoint where the trouble arose, a code of the operator.", null="that of the contact, if one is named and known."
    ),
    "InboundComplaint.severity": Meaning(
        "How bad it is for the customer, as the other system judges.", null="nobody has judged it yet."
    ),
}
"""What other systems may hand over."""

LIFE: Mapping[str, Meaning] = {
    **{
        f"{event}.category_version": Meaning(
            "Version of the taxonomy that this category was taken from.",
            unit="versions",
            null="there was no taxonomy then, or the event is older than this field.",
        )
        for event in ("ComplaintAssessed", "ComplaintClosed")
    },
    **{
        f"{event}.{field}": meaning
        for event in ("ComplaintReceived", "ComplaintImported")
        for field, meaning in {
            "category_version": Meaning(
                "Version of the taxonomy that it was classified under.", unit="versions", null="there was no taxonomy then."
            ),
            "severity": Meaning("How bad it is, as far as whoever took it in judged.", null="nobody had judged it yet."),
            "touchpoint": Meaning("Touchpoint where the trouble arose, a code of the operator.", null="not known."),
            "source": Meaning("System that took it in, by its code.", null="it was filed here."),
            "external_ref": Meaning("Its id at that system; unique only there.", null="it was filed here."),
        }.items()
    },
    "ComplaintImported.assignee": Meaning("Who answered for it there, by an opaque id.", null="nobody, or not told."),
    "ComplaintReceived.number": Meaning("Number for people, such as `C2026-000042`; the year is that of receipt."),
    "ComplaintReceived.channel": Meaning("Channel by which the complaint reached the company."),
    "ComplaintReceived.category": Meaning(
        "Category at receipt, as filed, or mapped to ours if another system's code has a mapping in the taxonomy. It may be "
        "assessed otherwise."
    ),
    "ComplaintReceived.received_at": Meaning(
        "When the complaint reached the company (UTC), as whoever filed it says; its first clocks start here."
    ),
    "ComplaintReceived.interaction_id": Meaning(
        "Contact out of which the complaint was filed.", null="it was filed on its own, or the contact was not named."
    ),
    "ComplaintImported.number": Meaning(
        "Number for people that it was given here, such as `C2026-000042`; the year is that of the import, not of receipt."
    ),
    "ComplaintImported.channel": Meaning(
        "Channel by which the complaint had reached the company, as the other system says."
    ),
    "ComplaintImported.category": Meaning(
        "Category of our taxonomy that `source_category` is mapped to; the same code where there is no mapping."
    ),
    "ComplaintImported.state": Meaning("State it was taken over in, one of those of the service.", values=STATES),
    "ComplaintImported.received_at": Meaning(
        "When the complaint reached the company (UTC), as the other system says; often long before this event."
    ),
    "ComplaintImported.closed_at": Meaning(
        "When it was closed in the other system (UTC).", null="it was not closed there, or its closing time was not told."
    ),
    "source_category": Meaning(
        "Category as the other system calls it, before it was mapped to ours.",
        null=EARLY,
    ),
    "acknowledged_at": act("the customer was told that their complaint had arrived"),
    "severity": Meaning(
        "How bad the complaint is for the customer, as staff judge it.", null="not assessed when it was handed over."
    ),
    "ComplaintAssessed.category": Meaning("Category that it was put into now; it may differ from the one at receipt."),
    "assessed_at": act("severity and category were judged, for the first time or anew"),
    "ComplaintAssigned.assigned_at": act("this staff member was given the complaint"),
    "CommitmentMade.due_at": Meaning("Time until which the customer was promised an answer (UTC); it moves no clock."),
    "CommitmentMade.method": Meaning("Channel of the promise; the communication that tells of it has the same."),
    "CommitmentMade.made_at": act("the customer was given the promise"),
    "ComplaintPaused.reason": Meaning("For whom the complaint waits. `emergency` is said of clocks only, never here."),
    "ComplaintPaused.paused_at": act("the complaint began to wait"),
    "ComplaintResumed.resumed_at": act("the wait was over and work went on"),
    "ResolutionProposed.proposed_at": act("the customer was offered the remedy, or the offer was approved"),
    "ResolutionAccepted.accepted_at": act("the customer accepted the proposal"),
    "ResolutionRejected.rejected_at": act("the customer refused the proposal, or appealed against it"),
    "ResolutionRejected.state": Meaning(
        "State of the complaint after this: `appealed` where an appeal says that they refuse it.",
        null=EARLY,
        values=("investigating", "appealed"),
    ),
    "ComplaintResolved.remedy": Meaning("Kind of remedy that was carried out: that of the accepted proposal."),
    "ComplaintResolved.resolved_at": act("the accepted remedy had been carried out"),
    "given_at": act("the customer was told the result"),
    "ComplaintClosed.interaction_id": Meaning(
        "Contact out of which the complaint was filed.", null="it was filed on its own, or the contact was not named."
    ),
    "ComplaintClosed.outcome": Meaning(
        "How the complaint ended. Only `accepted`, `no_response`, `not_upheld` and `appeal_dismissed` are written here: "
        "withdrawn, duplicate and transferred complaints have events of their own instead."
    ),
    "ComplaintClosed.channel": Meaning("Channel by which the complaint had reached the company."),
    "ComplaintClosed.category": Meaning("Category of the complaint at its closing, a code of the taxonomy of categories."),
    "ComplaintClosed.assignee": Meaning(
        "Staff member who answered for it last, an opaque id.", null="nobody did at its closing."
    ),
    "handlers": Meaning(
        "All who have answered for the complaint, by opaque staff ids, each once, in order, over all episodes."
    ),
    "ComplaintClosed.closed_at": act("the complaint was closed"),
    "reopened_at": act("the customer came back and the new episode began"),
    "ComplaintWithdrawn.withdrawn_at": act("the customer took the complaint back"),
    "ComplaintLinked.customer_id": Meaning("Customer whom the complaint belongs to, learnt from its contact just now."),
    "ComplaintLinked.linked_at": when("the complaint got its customer", "It had none since its receipt."),
}
"""The main road."""

WAYS: Mapping[str, Meaning] = {
    "grounds": Meaning("Why the complaint is not upheld: one ground or more, each once, in alphabetical order."),
    "ComplaintRejected.rejected_at": act("it was decided not to uphold the complaint", "The customer is told afterwards."),
    "DecisionAccepted.accepted_at": act("the customer accepted that their complaint is not upheld"),
    "appellant": Meaning("Who appealed: the customer, somebody acting for them, or an authority."),
    "filed_at": act("the appeal was made"),
    "upheld_at": act("it was decided that the appeal was right"),
    "AppealDismissed.dismissed_at": act("it was decided that the decision or proposal stands"),
    "duplicate_of": Meaning("The complaint that is answered in its stead; never a duplicate itself."),
    "marked_at": act("the complaint was marked a duplicate, and so ended"),
    "transferred_to": Meaning("Organisation or department that took the complaint over, a code of the operator."),
    "ComplaintTransferred.transferred_at": act("the complaint was handed over, and so ended here"),
    "recurrence_of": Meaning("The earlier complaint about the same, as named at filing.", null="none is known."),
    "ComplaintRecurred.category": Meaning("Category of the new complaint at its receipt."),
    "previous_closed_at": Meaning(
        "When the earlier complaint was closed last (UTC), as known when the new one was filed.",
        null="it was open then, had ended without closing (withdrawn, duplicate, transferred), or the time is not known.",
    ),
    "recurred_at": when("the new complaint was received: its `received_at`"),
    "FollowUpScheduled.due_at": Meaning("Time at which the customer is to be asked once more (UTC)."),
    "FollowUpScheduled.scheduled_at": act("the follow-up was set: the customer was told the result then"),
    "FollowUpReached.due_at": Meaning(
        "Time that was set for asking the customer once more (UTC), however late it was noticed."
    ),
    "FollowUpCompleted.result": Meaning("Answer of the customer when asked once more, or that they were not reached."),
    "FollowUpCompleted.completed_at": act("the customer was asked once more, before the due time or after it"),
}
"""The side ways."""

HANDLING: Mapping[str, Meaning] = {
    "claimed_at": act("the staff member took the complaint"),
    "released_by": Meaning("Staff member who gave the complaint back, an opaque id."),
    "ComplaintReleased.reason": Meaning("Why it was given back, a code of the operator such as `end-of-shift`."),
    "ComplaintReleased.released_at": act("the complaint was given back", "Nobody answers for it from then on."),
    "staff": Meaning(
        "Who was kept from it, an opaque staff id: a subject of the complaint, barred from it since an upheld appeal, or "
        "with a part in what was appealed. Not always the one who tried."
    ),
    "blocked_at": act("it was tried and refused"),
    "level_needed": Meaning("Lowest access level, from 1 to 4, that may approve this amount.", unit="access levels"),
    "ProposalApprovalRequested.requested_at": act(
        "the proposal was made and began to wait", "The customer has not heard of it."
    ),
    "ProposalApproved.approved_at": act("the proposal was approved"),
    "refused_by": Meaning("Staff member who did not approve it, an opaque id; they could have."),
    "ProposalRefused.reason": Meaning("Why it was not approved, a code of the operator such as `too-much`."),
    "ProposalRefused.refused_at": act("it was refused inside the company", "The customer has not heard of it."),
    "escalation_id": Meaning("This one escalation; a complaint may have several in an episode."),
    "ComplaintEscalated.level": Meaning(
        "Level of this escalation, from 1 to 9, higher is further up. A later one may be lower.", unit="levels"
    ),
    "trigger": Meaning("Why it was brought up: what the step of the ladder waits for, or `by_hand`."),
    "ComplaintEscalated.step": Meaning(
        "Step of the operator's escalation ladder, its code; each is taken once in an episode.", null="it was done by hand."
    ),
    "to_kind": Meaning("Kind of `to`: a role, a queue, or a member of staff."),
    "to": Meaning("Role, queue or opaque staff id it was brought before, see `to_kind`; who handles it stays the same."),
    "ComplaintEscalated.reason": Meaning(
        "Why, a code of the operator such as `press-interest`; `escalation-policy` for a step of the ladder.",
        null="no reason was given; the service always writes one today.",
    ),
    "ComplaintEscalated.escalated_at": Meaning("When it was brought up (UTC); by the ladder, when that was checked."),
    "triggered_at": Meaning(
        "When the reason arose (UTC): the exact time of a warning, a breach or an age; for other triggers it is "
        "`escalated_at`."
    ),
    "EscalationEnded.level": Meaning("Highest level that the complaint had in this episode, from 1 to 9.", unit="levels"),
    "EscalationEnded.outcome": Meaning(
        "How the complaint ended, and the escalation with it.",
        values=ENDS,
    ),
    "EscalationEnded.ended_at": act("the complaint ended"),
}
"""Who acts, who approves, who has more say."""

MAJOR: Mapping[str, Meaning] = {
    "case_id": Meaning("Case of the major complaint; declared major again, the complaint has a new one."),
    "ComplaintDeclaredMajor.rule": Meaning(
        "Rule of the operator's policy that declared it, its code; older facts have it.",
        null="a person declared it, or a rule: since a rule may tell something about the customer, none is named.",
    ),
    "ComplaintDeclaredMajor.reason": Meaning(
        "Why, a code that the person gave; `by-rule` for every rule, in older facts the code of the rule.",
        null="no reason was given; the service always writes one.",
    ),
    "declared_by": Meaning("Staff member who declared it major, an opaque id.", null="a rule did."),
    "ComplaintDeclaredMajor.policy_version": Meaning(
        "Version of the policy of major complaints that the case keeps; there is one such policy, so none is named.",
        unit="versions",
    ),
    "told": Meaning("Roles that the policy wants told at once, as codes; nobody confirms here that they were."),
    "ComplaintDeclaredMajor.declared_at": Meaning(
        "When it was declared major (UTC); the limits of the checklist count from here."
    ),
    "ComplaintLoweredFromMajor.reason": Meaning("Why it is an ordinary complaint after all, a code of the operator."),
    "lowered_by": Meaning("Staff member who lowered it, an opaque id; never the one who declared it major."),
    "lowered_at": act("the complaint became an ordinary one again"),
    "MajorStepCompleted.step": Meaning("Step of the checklist, its code in the policy of major complaints."),
    "MajorStepCompleted.in_time": Meaning(
        "True: done by its due time, also where it was entered later.", null="the step has no limit."
    ),
    "MajorStepCompleted.completed_at": act("the step was done"),
    "MajorStepMissed.step": Meaning("Step of the checklist that was not done in time, its code in the policy."),
    "MajorStepMissed.missed_at": Meaning(
        "Due time of the step (UTC), not when it was noticed. If the step was done in time and entered later, `in_time` of "
        "its completion counts."
    ),
    "MajorCaseEnded.outcome": Meaning(
        "`lowered`, or else how the complaint ended.",
        values=("lowered", *ENDS),
    ),
    "MajorCaseEnded.state": Meaning("State of the case after this.", null=EARLY, values=("lowered", "closed")),
    "MajorCaseEnded.steps": Meaning("Steps of the checklist in all.", unit="steps"),
    "open_steps": Meaning("Steps of the checklist that were not done at the end.", unit="steps"),
    "MajorCaseEnded.ended_at": Meaning("When the case ended (UTC): it was lowered, or the complaint ended."),
}
"""Major complaints."""

SAID: Mapping[str, Meaning] = {
    "communication_id": Meaning("The communication: one thing that was said about a complaint."),
    "CommunicationRecorded.direction": Meaning("Who spoke: the customer (`inbound`) or the company (`outbound`)."),
    "CommunicationRecorded.channel": Meaning("Channel by which it was said."),
    "CommunicationRecorded.kind": Meaning("Purpose of the communication; of a letter, that of its template."),
    "communicated_at": act("it was said"),
    "CommunicationRecorded.recorded_at": Meaning("When it was entered (UTC); it may have been said earlier."),
    "letter_id": Meaning("The letter, issued out of a template.", null="it was not said by a letter issued here."),
    "template": Meaning("Template that the letter was made of, a code of the operator."),
    "template_version": Meaning("Version of that template.", unit="versions"),
    "language": Meaning("Language of the letter.", values=("zh", "en")),
    "LetterIssued.kind": Meaning("Purpose of the letter, as its template says."),
    "issued_at": when("the letter was made", "When it reached the customer is not known."),
    "attachment_id": Meaning("The attachment: one file of one complaint."),
    "AttachmentAdded.kind": Meaning("Kind of the file: evidence, a paper of the customer, or a recording."),
    "content_type": Meaning(
        "Media type of the file, as declared; the file itself is never looked at.", values=CONTENT_TYPES
    ),
    "size_bytes": Meaning("Size of the file, as declared; the file itself is never looked at.", unit="bytes"),
    "added_at": when("the file was registered", "It may be older."),
}
"""Correspondence."""

WORDS: Mapping[str, Meaning] = {
    **NAMES, **HANDED_OVER, **LIFE, **WAYS, **HANDLING, **MAJOR, **SAID, **FINDINGS, **MEASURES, **CATALOGUE,
}  # fmt: skip
