"""What is behind the codes of complaints, on a compacted topic: a record for each version of each thing. Key: of kind, code
and version (`rapport_contracts.catalogue`). Nothing about persons but opaque ids.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from rapport_contracts.catalogue import Entry, InLanguages
from rapport_contracts.complaints import CATALOGUE
from rapport_contracts.complaints.vocabulary import Severity
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, Open
from rapport_contracts.vocabulary import Channel


class TaxonomyNode(Payload):
    """One code of the tree."""

    code: Code
    parent: Code | None
    names: InLanguages
    active: bool


class SourceCode(Payload):
    """A code of another system, and the one of this taxonomy that it stands for."""

    source: Code
    source_category: Code
    category: Code


class TaxonomyPublished(
    Event,
    Entry,
    type="taxonomy.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put it with `PUT …/taxonomies/{id}`, or it is shipped.",
    often="again",
):
    """A version of the taxonomy of categories or of causes. What was classified under an earlier version keeps it."""

    name: str
    nodes: list[TaxonomyNode]
    sources: list[SourceCode]


class Hours(Payload):
    """From `opens` up to `closes` on the wall clock."""

    opens: str
    closes: str


class WeekdayHours(Hours):
    """Hours that begin on this day of every week."""

    weekday: str


class NamedDay(Payload):
    """A day of the calendar's zone."""

    day: date
    name: str


class CalendarPublished(
    Event,
    Entry,
    type="calendar.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put it with `PUT …/calendars/{id}`, or it is shipped.",
    often="again",
):
    """A version of a calendar of working time: all of one code together are enough to count business time by. Each day goes
    by the newest version that is in force by then: whose `effective_from`, as a day of its zone, is not after it. Days
    before all go by the first. Times on the wall clock are in the zone of the newest version of all."""

    name: str
    zone: str
    week: list[WeekdayHours]
    holidays: list[NamedDay]
    make_up_days: list[NamedDay]
    make_up_hours: list[Hours]
    complete_until: date | None


class Limit(Payload):
    """So much of that time."""

    amount: int
    unit: Code


class SlaRule(Payload):
    """Limits for the complaints that match all of the conditions; an empty list and a null match every complaint."""

    channels: list[Open[Channel]]
    categories: list[Code]
    severities: list[Open[Severity]]
    complex: bool | None
    major: bool | None
    acknowledgement: Limit
    resolution: Limit
    update: Limit | None
    extension: Limit | None
    warn_percent: int


class SlaPolicyPublished(
    Event,
    Entry,
    type="sla-policy.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put it with `PUT …/sla-policies/{id}`, or it is shipped.",
    often="again",
):
    """A version of a policy that says how long complaints may take. Of the policies of one track in force, by priority and
    then by code, the first with a rule that matches counts, and in it the first such rule. A clock keeps the version under
    which it began."""

    name: str
    calendar: Code
    track: Code
    priority: int
    retired: bool
    rules: list[SlaRule]
    reopen_grace_days: int
    attempts_before_closing: int
    follow_up_days: int | None
    similar_days: int


class TeamMemberPublished(
    Event,
    Entry,
    type="team-member.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put it with `PUT …/staff/{id}`.",
    often="again",
):
    """A version of what is known of somebody who handles complaints, by an opaque id: to which team they belong, and
    whether they still get complaints. What they can do, how much and when they work stays in the service."""

    team: Code
    active: bool


class ComplaintsPolicyPublished(
    Event,
    Entry,
    type="complaints-policy.published.v1",
    topic=CATALOGUE,
    key="entry_id",
    when="Staff put a version with the `PUT` of its kind, or it is shipped.",
    often="again",
):
    """A version of anything else that complaints go by, as it was put: `kind` says what its body is."""

    kind: Code
    body: dict[str, Any]
