"""Which complaints belong to which incident, and the clocks that stand still for it (S110): found at filing, afterwards in
portions, and set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from rapport_chassis.commands import Command, example
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.complaints.cases import ComplaintReceived
from rapport_contracts.complaints.incidents import IncidentLinkMade, IncidentLinkRemoved
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.usecases import calendars_of
from rapport_complaints.emergencies.domain.incident import Incident
from rapport_complaints.emergencies.store import IncidentLinks, Incidents

LINK, HOLD = "incident.link", "incident.hold"
"""The kinds of timers that carry the portions; their key is the incident."""
PORTION = 200
ONCE_MORE = timedelta(minutes=1)
"""A complaint whose filing began before the declaration can commit after the last portion, so there is another one."""


class Belonging(Command):
    """The complaint."""

    model_config = example({"complaint_id": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8", "reason": "same-outage"})

    complaint_id: UUID


async def link_at_filing(work: Work, recorded: Sequence[ComplaintReceived]) -> None:
    """Complaints that are being filed belong to every declared incident of their time and places; one statement for each
    that belongs to none."""
    filed = await work.store(Complaints).get_many(fact.complaint_id for fact in recorded)
    for complaint in filed.values():
        found = await work.store(IncidentLinks).matching(complaint.touchpoint, complaint.category, complaint.received_at)
        for incident_id, held_since in found.items():
            _link(work, incident_id, complaint, automatic=True)
            if held_since is not None:
                complaint.hold(Act(at=held_since, recorded_at=work.now, by=str(work.actor)), incident_id)


async def link_earlier_complaints(work: Work, incident: Incident) -> None:
    """Link the complaints that were filed before, right after the commit."""
    await work.timers.set(LINK, incident.id, work.now)


async def link_portion(work: Work, timer: Timer) -> None:
    """One portion of the complaints that belong to an incident and are not linked yet; the next one is due at once."""
    incident_id = UUID(timer.key)
    ids = await work.store(IncidentLinks).missing(incident_id, PORTION)
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        _link(work, incident_id, complaint, automatic=True)
    if ids:
        await align_clocks(work, await work.store(Incidents).get(incident_id))
    if len(ids) == PORTION:
        await work.timers.set(LINK, timer.key, work.now, timer.payload)
    elif not timer.payload.get("last"):
        await work.timers.set(LINK, timer.key, work.now + ONCE_MORE, {"last": True})


async def align_clocks(work: Work, incident: Incident) -> None:
    """The incident or its complaints have changed: stop and resume clocks right after the commit, if it ever held any."""
    if incident.clocks_at is not None:
        await work.timers.set(HOLD, incident.id, work.now)


async def hold_portion(work: Work, timer: Timer) -> None:
    """Stop or resume the clocks of one portion of the complaints that need it; the next one is due at once."""
    incident = await work.store(Incidents).get(UUID(timer.key))
    ids = await work.store(IncidentLinks).misheld(incident.id, PORTION)
    complaints = await work.store(Complaints).get_many(ids, for_update=True)
    clocks = [clock for complaint in complaints.values() for clock in complaint.running_clocks]
    calendars = await calendars_of(work, {clock.calendar for clock in clocks})
    act = Act(at=incident.clocks_at or work.now, recorded_at=work.now, by=str(work.actor))
    for complaint in complaints.values():
        if incident.id in complaint.held_by:
            complaint.release_from_incident(act, incident.id, calendars)
        else:
            complaint.hold(act, incident.id)
    if len(ids) == PORTION:
        await work.timers.set(HOLD, timer.key, work.now)


async def link_complaint(work: Work, incident_id: UUID, command: Belonging) -> Incident:
    """Link a complaint by hand. Raises NotFound, Invalid `unknown-complaint`, Conflict `linked`, and `dismissed`: an
    incident that was not an emergency has no complaints."""
    incident, complaint = await _both(work, incident_id, command.complaint_id)
    if incident.state == "dismissed":
        raise Conflict("dismissed")
    if await work.store(IncidentLinks).state(incident_id, complaint.id) == "linked":
        raise Conflict("linked")
    _link(work, incident_id, complaint, automatic=False)
    await align_clocks(work, incident)
    await _audit(work, "incident.link-complaint", incident_id, command)
    return incident


async def unlink_complaint(work: Work, incident_id: UUID, command: Belonging) -> Incident:
    """Take a complaint out by hand; it is not linked automatically again. Raises NotFound, Invalid `unknown-complaint`,
    Conflict `not-linked`."""
    incident, complaint = await _both(work, incident_id, command.complaint_id)
    if await work.store(IncidentLinks).state(incident_id, complaint.id) != "linked":
        raise Conflict("not-linked")
    await work.store(IncidentLinks).remove(incident_id, complaint.id)
    await align_clocks(work, incident)
    complaint.record(
        IncidentLinkRemoved(
            complaint_id=complaint.id, customer_id=complaint.customer_id, incident_id=incident_id, removed_at=work.now
        )
    )
    await _audit(work, "incident.unlink-complaint", incident_id, command)
    return incident


def _link(work: Work, incident_id: UUID, complaint: Complaint, *, automatic: bool) -> None:
    work.store(IncidentLinks).add(incident_id, complaint.id, automatic=automatic)
    complaint.record(
        IncidentLinkMade(
            complaint_id=complaint.id,
            customer_id=complaint.customer_id,
            incident_id=incident_id,
            automatic=automatic,
            made_at=work.now,
        )
    )


async def _both(work: Work, incident_id: UUID, complaint_id: UUID) -> tuple[Incident, Complaint]:
    """The complaint is locked, so that of two equal requests at once one is refused."""
    incident = await work.store(Incidents).get(incident_id)
    found = await work.store(Complaints).get_many([complaint_id], for_update=True)
    if complaint_id not in found:
        raise Invalid.at("complaint_id", "unknown-complaint")
    return incident, found[complaint_id]


async def _audit(work: Work, action: str, incident_id: UUID, command: Belonging) -> None:
    detail = {"complaint_id": str(command.complaint_id)}
    await work.audit(action, f"incident:{incident_id}", reason=command.reason, detail=detail)
