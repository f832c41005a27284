"""Report that something is wrong."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_kernel.versions import in_force

from rapport_complaints.cases.usecases.file_complaint import OLDEST
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store.incidents import Incidents
from rapport_complaints.emergencies.store.versions import INCIDENT_TYPES
from rapport_complaints.schema import next_number


class NewIncident(Command):
    """What kind of thing, where it shows, since when; the description is the note. `at` is when it was reported."""

    model_config = example(
        {
            "incident_type": "equipment-failure",
            "touchpoints": ["hotline"],
            "categories": [],
            "began_at": "2026-11-20T01:30:00Z",
            "note": "Callers hear nothing after the greeting.",
        }
    )

    incident_type: Code = Field(examples=["equipment-failure"])
    touchpoints: list[Code] = Field(default_factory=list, max_length=200, description="Where it shows; empty: everywhere.")
    categories: list[Code] = Field(default_factory=list, max_length=200, description="Of complaints; empty: all.")
    began_at: UtcTime | None = Field(default=None, description="Null: when it was reported.")


async def report_incident(work: Work, command: NewIncident) -> Incident:
    """Take the report in (S109). Raises Invalid `unknown-incident-type`, `in-the-future`, `too-long-ago`."""
    reported_at = command.at or work.now
    began_at = command.began_at or reported_at
    for name, moment in (("at", reported_at), ("began_at", began_at)):
        if moment > work.now:
            raise Invalid.at(name, "in-the-future", "What is recorded has happened.")
        if moment < work.now - OLDEST:
            raise Invalid.at(name, "too-long-ago", "What is more than five years old is no emergency.")
    known = [
        version for version in await work.store(INCIDENT_TYPES).in_force(work.now) if version.code == command.incident_type
    ]
    found = in_force(known, work.now)
    if found is None or not found.body.in_use:
        raise Invalid.at("incident_type", "unknown-incident-type", "There is no such type in use.")
    incident = Incident(
        id=new_id(),
        number=await next_number(work, "I", reported_at.year, "incident_numbers"),
        incident_type=found.code,
        type_version=found.version,
        reported_at=reported_at,
        began_at=min(began_at, reported_at),
        last_at=reported_at,
        touchpoints=sorted(set(command.touchpoints)),
        categories=sorted(set(command.categories)),
    )
    incident.report(await act_of(work, incident, command))
    return work.store(Incidents).add(incident)
