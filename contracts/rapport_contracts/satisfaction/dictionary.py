"""What the properties of these events mean, by name; see `rapport_contracts.dictionary`."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.dictionary import Meaning

_NOT_TOLD = "an imported answer that names no customer."

WORDS: Mapping[str, Meaning] = {
    # Surveys
    "survey_id": Meaning("The survey with all of its versions; events about answers name it by its key, `survey`."),
    "survey": Meaning("The key of the survey, such as `after-call`: its name everywhere, for all of its versions."),
    "version": Meaning(
        "Number of the version of the survey, from 1; wording and questions may differ between versions, the metric does"
        " not.",
        unit="versions",
        null="the event is older than this field.",
    ),
    "SurveyPublished.metric": Meaning(
        "The measure that the survey asks for: NPS (0 to 10), CSAT (1 to 5) or CES (1 to 7, 7 is easiest); the same in every"
        " version."
    ),
    "published_at": Meaning(
        "When this version was put into use (UTC); invitations sent before keep the version that they had."
    ),
    # Asking
    "SurveyConsidered.customer_id": Meaning(
        "The customer who would be asked, by an opaque id, as known when this was decided.",
        null="not known when this was decided.",
    ),
    "SurveyConsidered.interaction_id": Meaning(
        "The contact to be asked about, or the one that the complaint came out of.",
        null="about a recovery, or about a complaint that came out of no known contact.",
    ),
    "SurveyConsidered.complaint_id": Meaning(
        "The complaint to be asked about, or the one behind the recovery.",
        null="about a contact, or about a recovery without a complaint.",
    ),
    "decision": Meaning(
        "`scheduled`: may be sent; `held`: decided again when something changes; `blocked` or `sampled_out`: not asked. It"
        " may change, with another event; the last one of an invitation counts."
    ),
    "SurveyConsidered.reason": Meaning(
        "The first rule that applied, as a code; `eligible` when none stood in the way.",
        values=(
            "channel-window-shut",
            "consent-withdrawn",
            "customer-unknown",
            "eligible",
            "imported",
            "no-human-contact",
            "open-complaint",
            "open-emergency",
            "relationship-throttled",
            "rule-disabled",
            "sampled-out",
            "throttled",
            "too-old",
        ),
    ),
    "considered_at": Meaning("When this decision was taken (UTC), not when the contact was."),
    "SurveyInvitationSent.channel": Meaning(
        "The channel of the contact or complaint that is asked about, `other` for a recovery. Not the one by which the link"
        " went out: Rapport does not know that."
    ),
    "sent_at": Meaning(
        "When the link was handed out to be sent (UTC). A reminder is an event of its own, with its own time."
    ),
    "reminders": Meaning(
        "How many reminders went out, this one included; 0: the customer is asked for the first time.",
        unit="reminders",
        null="the event is older than this field.",
    ),
    "SurveyInvitationSent.state": Meaning(
        "The state of the invitation after it: `opened` for a reminder to a customer who had opened the form.",
        null="the event is older than this field.",
        values=("sent", "opened"),
    ),
    "was_sent": Meaning(
        "True: the customer was asked and did not answer in time; false: the invitation was not sent in time.",
        null="the event is older than this field.",
    ),
    "expires_at": Meaning("The end of the time for an answer (UTC); a reminder does not move it."),
    "expired_at": Meaning(
        "The end of the time for an answer (UTC), however late it was noticed. For an invitation that was never sent, the"
        " end of the time for sending it."
    ),
    # Answers
    "response_id": Meaning("The answer; an answer that does not count has no such id."),
    "SurveyResponseReceived.customer_id": Meaning("The customer who answered, by an opaque id.", null=_NOT_TOLD),
    "SurveyResponseRejected.customer_id": Meaning(
        "The customer who was asked, by an opaque id.", null="an imported answer, also when it names a customer."
    ),
    "received_at": Meaning("When the answer reached Rapport (UTC); of an imported one, when it was imported."),
    "answered_at": Meaning(
        "When the customer answered (UTC): of an imported answer as its source tells, and the time of the import where it"
        " tells nothing.",
        null="the event is older than this field.",
    ),
    "source": Meaning(
        "The system out of which the answer was imported, by the name that the import gave.",
        null="the customer answered on the page of Rapport, or the event is older than this field.",
    ),
    "ref": Meaning(
        "The id of the answer at its source; source and ref together are its identity.",
        null="the customer answered on the page of Rapport, or the event is older than this field.",
    ),
    "SurveyResponseRejected.reason": Meaning(
        "Why the answer does not count, as a code. Published once for each reason and invitation, however often they tried."
    ),
    "rejected_at": Meaning("When the answer was refused (UTC); of an imported one, when it was imported."),
    # Scores
    "band": Meaning(
        "Where the value lies. NPS: 9-10 `promoter`, 7-8 `passive`, 0-6 `detractor`; CSAT: 4-5 `satisfied`, 3 `neutral`, 1-2"
        " `dissatisfied`; CES: 5-7 `easy`, 4 `neutral`, 1-3 `hard`."
    ),
    "lowest": Meaning(
        "The lowest number of the scale that the customer answered on.",
        unit="points of the scale",
        null="the event is older than this field.",
    ),
    "highest": Meaning(
        "The highest number of the scale that the customer answered on.",
        unit="points of the scale",
        null="the event is older than this field.",
    ),
    "ratings": Meaning(
        "Answers to the other questions that have a scale. Empty: there were none, or the event is older than this field."
    ),
    "Rating.question": Meaning("Key of the question in that version of the survey."),
    "Rating.value": Meaning("The number that was answered.", unit="points of the scale"),
    "has_comment": Meaning(
        "True: the customer also wrote something, which stays in the service.", null="the event is older than this field."
    ),
    "SatisfactionScored.channel": Meaning(
        "The channel of the contact or complaint that was asked about, `other` for a recovery; not the one by which they"
        " answered.",
        null="an imported answer, or the event is older than this field.",
    ),
    "SatisfactionScored.customer_id": Meaning("The customer who answered, by an opaque id.", null=_NOT_TOLD),
    "SatisfactionScored.interaction_id": Meaning(
        "The contact that was asked about, or the one that the complaint came out of.",
        null="about a recovery, about a complaint that came out of no known contact, or imported without.",
    ),
    "SatisfactionScored.complaint_id": Meaning(
        "The complaint that was asked about, or the one behind the recovery.",
        null="about a contact, about a recovery without a complaint, or imported.",
    ),
    "SatisfactionScored.recovery_id": Meaning(
        "The recovery that was asked about.", null="about a contact or a complaint, or imported."
    ),
    "touchpoint": Meaning(
        "The place of service of the contact that was asked about, or of the one that the complaint came out of, as a code"
        " of the source.",
        null="not known; always so for a recovery.",
    ),
    "agent": Meaning(
        "The human to whom the score is credited, by an opaque code: who had the contact last, the assignee when the"
        " complaint was closed, or whom the import names. Amendments after the answer do not change it.",
        null="nobody is known; always so for a recovery.",
    ),
    "agents": Meaning(
        "All humans who handled the contact, in order, or who answered for the complaint, or whom the import names, by"
        " opaque codes. Empty: nobody is known; always so for a recovery."
    ),
    "scored_at": Meaning(
        "When the answer was taken in and scored (UTC); of an imported one, when it was imported, not when it was given."
    ),
    # Follow-ups
    "detected_at": Meaning("When the answer came in (UTC)."),
    "follow_up_id": Meaning("The case to call the customer back; not the follow-up of a complaint, which is another thing."),
    "FollowUpOpened.invitation_id": Meaning("The invitation whose answer led to the case; it finds the score."),
    "due_at": Meaning(
        "The time (UTC) by which the case has to be closed: hours after the answer by the clock (48 by default), nights and"
        " holidays included. It is never moved."
    ),
    "opened_at": Meaning("When the case was opened (UTC): the time of the answer."),
    "contacted_at": Meaning("When somebody reached the customer (UTC), as they say; it may be entered later."),
    "escalated_at": Meaning("The due time itself (UTC), however late it was noticed."),
    "FollowUpClosed.cause": Meaning(
        "Why the customer was unhappy, as a code of the operator; `unknown` when nobody reached them. Not the root cause of"
        " a complaint."
    ),
    "action": Meaning("The last action that was taken, as a code of the operator; `none` when nobody reached the customer."),
    "reached": Meaning(
        "True: the customer was reached and is satisfied with the action. False: given up after as many tries as the rule"
        " allows, or because their data is erased."
    ),
    "closed_at": Meaning("When the case was closed (UTC), as whoever closed it says; it may be entered later."),
    # Receipts
    "SatisfactionMergeApplied.customer_id": Meaning("The survivor of the merge, to whom the rows went."),
    "SatisfactionSplitApplied.customer_id": Meaning(
        "The survivor of the merge that was taken back, who gave the rows back."
    ),
    "what": Meaning(
        "The table of the service whose rows are counted, by its name in the database.",
        values=("complaints", "consents", "follow_ups", "invitations", "responses"),
    ),
    "count": Meaning("Number of rows of that table.", unit="rows"),
    # Catalogue
    "SurveyVersionPublished.code": Meaning("Key of the survey, the `survey` of other events."),
    "SurveyVersionPublished.version": Meaning("Number of the version of the survey, from 1.", unit="versions"),
    "SurveyVersionPublished.kind": Meaning(
        "About one contact or complaint, or about the company as a whole.", values=("transactional", "relationship")
    ),
    "SurveyVersionPublished.language": Meaning("Language in which all of it is worded.", values=("en", "zh")),
    "title": Meaning("Title of the survey, in each language that it is worded in."),
    "questions": Meaning("All questions in their order; exactly one is the score."),
    "SurveyQuestion.code": Meaning("Key of the question: the `question` of a rating."),
    "SurveyQuestion.kind": Meaning(
        "`score`: the number that the metric is made of; `rating`: another number; `comment`: words, which no event has.",
        values=("score", "rating", "comment"),
    ),
    "SurveyQuestion.text": Meaning("What is asked."),
    "SurveyQuestion.lowest": Meaning("Lowest number that can be answered.", unit="points of the scale", null="a comment."),
    "SurveyQuestion.highest": Meaning("Highest number that can be answered.", unit="points of the scale", null="a comment."),
    "lowest_label": Meaning("What stands at the lowest number.", null="nothing."),
    "highest_label": Meaning("What stands at the highest number.", null="nothing."),
    "required": Meaning("True: without it the answer does not count."),
    "SatisfactionPolicyPublished.code": Meaning("Its code within the kind; `default` where only one counts."),
    "SatisfactionPolicyPublished.version": Meaning("Number of the version of the rule, from 1.", unit="versions"),
    "SatisfactionPolicyPublished.published_at": Meaning(
        "When this version was made (UTC); published again, it says the same."
    ),
    "SatisfactionPolicyPublished.body": Meaning(
        "What the API answers as `rule` for this kind. Its fields are those that the API documents; others may come."
    ),
    "SatisfactionPolicyPublished.kind": Meaning(
        "What it is; the API has it under the plural of this name.",
        values=("follow-up-rule", "throttle-rule", "trigger-rule"),
    ),
}
