"""A complaint gets its customer once the one of its interaction is known."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import system_act
from rapport_chassis.customers import reseal_parts
from rapport_chassis.work import Work

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.tables import complaints

SEALED = ("problem", "remedy_sought", "contact", "vulnerability", "handling")


async def link_customer(work: Work, complaint_id: UUID, customer_id: UUID) -> None:
    """Link it, and put its texts under the customer's key: an erasure takes them along. Does nothing when it is linked."""
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    if complaint.customer_id is not None:
        return
    complaint.link(customer_id, system_act(work, complaint, "customer-identified"))
    await _reseal(work, complaint, customer_id)


async def _reseal(work: Work, complaint: Complaint, customer_id: UUID) -> None:
    old = complaint.keyed_by
    box = await work.vault.open_for([old, customer_id])
    if box.erased(customer_id):
        return
    for name in SEALED:
        place = f"complaints.{name}"
        clear = box.read(old, place, getattr(complaint, name))
        setattr(complaint, name, None if clear is None else box.seal(customer_id, place, clear))
    await reseal_parts(work, complaints, {complaint.id: old}, customer_id)
    complaint.keyed_by = customer_id
    await work.vault.erase([old])
