"""Report that something is wrong."""

from __future__ import annotations

from pydantic import Field
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_kernel.versions import in_force

from rapport_complaints.cases.usecases.chronicled import act_upon
from rapport_complaints.cases.usecases.command import Command, example
from rapport_complaints.cases.usecases.file_complaint import OLDEST
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.work import ComplaintsWork


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


async def report_incident(work: ComplaintsWork, said: NewIncident) -> Incident:
    """Take the report in (S109). Raises Invalid `unknown-incident-type`, `in-the-future`, `too-long-ago`."""
    reported_at = said.at or work.now
    began_at = said.began_at or reported_at
    for name, moment in (("at", reported_at), ("began_at", began_at)):
        if moment > work.now:
            raise Invalid.at(name, "in-the-future", "What is recorded has happened.")
        if moment < work.now - OLDEST:
            raise Invalid.at(name, "too-long-ago", "What is more than five years old is no emergency.")
    known = [version for version in await work.incident_types.in_force(work.now) if version.code == said.incident_type]
    found = in_force(known, work.now)
    if found is None or not found.body.in_use:
        raise Invalid.at("incident_type", "unknown-incident-type", "There is no such type in use.")
    incident = Incident(
        id=new_id(),
        number=await work.incidents.number("I", reported_at.year, "incident_numbers"),
        incident_type=found.code,
        type_version=found.version,
        reported_at=reported_at,
        began_at=min(began_at, reported_at),
        last_at=reported_at,
        touchpoints=sorted(set(said.touchpoints)),
        categories=sorted(set(said.categories)),
    )
    incident.report(await act_upon(work, incident, said))
    return work.incidents.add(incident)
