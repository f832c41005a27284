"""What is said in the catalogue: taxonomies, calendars, policies, staff."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.complaints.dictionary_of_findings import LIMIT_UNITS
from rapport_contracts.dictionary import Meaning

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = (
    "assignment-rules", "authority-policy", "emergency-plan", "emergency-policy", "escalation-policy", "incident-type",
    "major-policy", "recovery-policy", "repair-policy", "trend-policy", "vendor", "win-back-policy",
)  # fmt: skip

TAXONOMIES: Mapping[str, Meaning] = {
    "TaxonomyPublished.code": Meaning("Which of the two taxonomies it is.", values=("categories", "causes")),
    "TaxonomyPublished.name": Meaning("Name of the taxonomy, for people."),
    "nodes": Meaning("All codes of the tree, each once."),
    "TaxonomyNode.code": Meaning("Code as facts have it: the `category` or the `cause` of a complaint."),
    "TaxonomyNode.parent": Meaning("Code above it in the tree.", null="it stands at the top."),
    "TaxonomyNode.names": Meaning("What people call it."),
    "TaxonomyNode.active": Meaning("False: it stays on old complaints and is not used for new ones."),
    "TaxonomyPublished.sources": Meaning(
        "How codes of other systems map to these; those that are not named are not mapped."
    ),
    "SourceCode.source": Meaning("The other system, by its code."),
    "SourceCode.source_category": Meaning("Category as the other system calls it."),
    "SourceCode.category": Meaning("Code of this taxonomy that it stands for."),
}

CALENDARS: Mapping[str, Meaning] = {
    "CalendarPublished.name": Meaning("Name of the calendar, for people."),
    "zone": Meaning("Time zone of the calendar, an IANA name such as `Asia/Shanghai`; its days and hours are there."),
    "week": Meaning("Hours of ordinary days. A weekday may have several; one that has none is weekend."),
    "holidays": Meaning("Days without work, whatever their weekday."),
    "make_up_days": Meaning(
        "Days that are worked although they are weekend or holiday; such a day has `make_up_hours` and nothing else."
    ),
    "make_up_hours": Meaning(
        "Hours of the days in `make_up_days`. Empty: those of the first weekday, Monday first, that has some."
    ),
    "complete_until": Meaning("Last day for which the holidays are known for sure.", null="not said."),
    "weekday": Meaning("Day of the week.", values=DAYS),
    "opens": Meaning("First counted minute on the wall clock, `HH:MM`."),
    "closes": Meaning(
        "When counting ends on the wall clock, `HH:MM`; not later than `opens`: on the next day, so that `00:00` to `00:00`"
        " is the whole day."
    ),
    "day": Meaning("The day, as a date of the calendar's zone."),
    "NamedDay.name": Meaning("Why it is none or is one."),
}

POLICIES: Mapping[str, Meaning] = {
    "SlaPolicyPublished.code": Meaning("Code as facts have it: the `policy` of a clock."),
    "SlaPolicyPublished.name": Meaning("Name of the policy, for people."),
    "calendar": Meaning("Calendar in which business time is counted, by its code: `calendar.published` has it."),
    "track": Meaning("To whom the limits are owed, a code; `main` is the company itself. Tracks run side by side."),
    "priority": Meaning("Which policy of a track comes first: the one with the lowest.", unit="ranks"),
    "retired": Meaning("True: it matches nothing any more; what runs under earlier versions runs on."),
    "SlaPolicyPublished.rules": Meaning("Its rules in their order; the first that matches counts."),
    "reopen_grace_days": Meaning("How long after closing a complaint may be reopened.", unit="calendar days"),
    "attempts_before_closing": Meaning(
        "Attempts to reach a silent customer before the complaint may be closed.", unit="attempts"
    ),
    "follow_up_days": Meaning(
        "How long after the feedback the customer is asked once more.", unit="calendar days", null="they are not asked."
    ),
    "similar_days": Meaning("How far apart complaints about one touchpoint may be one matter.", unit="calendar days"),
    "SlaRule.channels": Meaning("Channels of the complaints that it is about. Empty: all."),
    "SlaRule.categories": Meaning("Categories of the complaints that it is about, codes of the taxonomy. Empty: all."),
    "severities": Meaning("Severities of the complaints that it is about; one not assessed yet is in no list. Empty: all."),
    "SlaRule.complex": Meaning("Whether it is about complex complaints or the others.", null="both."),
    "SlaRule.major": Meaning("Whether it is about major complaints or the others.", null="both."),
    "acknowledgement": Meaning("Limit until the customer is told that the complaint has arrived."),
    "resolution": Meaning("Limit until the complaint is answered."),
    "SlaRule.update": Meaning(
        "Limit until a customer who said something after the first answer is told how things stand.", null="there is none."
    ),
    "SlaRule.extension": Meaning(
        "By how much the resolution may be extended once, in the same unit.", null="it may not be extended."
    ),
    "warn_percent": Meaning("Share of a limit after which is warned.", unit="percent"),
    "Limit.amount": Meaning("How much of it.", unit="units named in `unit`"),
    "Limit.unit": Meaning(
        "What is counted. A business day is as long as the hours, added up, of the first weekday, Monday first, that has"
        " some in the newest version of the calendar; a calendar day is 24 hours.",
        values=LIMIT_UNITS,
    ),
    "ComplaintsPolicyPublished.code": Meaning("Its code within the kind; `standard` where only one counts."),
    "ComplaintsPolicyPublished.kind": Meaning("What it is; the API has it under the plural of this name.", values=KINDS),
}

STAFF: Mapping[str, Meaning] = {
    "TeamMemberPublished.code": Meaning("The staff member, by the opaque id that facts have as `assignee`."),
    "team": Meaning("Team that they belong to, a code of the operator."),
    "TeamMemberPublished.active": Meaning("False: they get no complaints any more; what they have stays until reassigned."),
}

CATALOGUE: Mapping[str, Meaning] = {**TAXONOMIES, **CALENDARS, **POLICIES, **STAFF}
