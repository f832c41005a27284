"""Taking complaints over from another system."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Router, Scope
from rapport_kernel.errors import Forbidden, Invalid

from rapport_complaints.cases.usecases.import_complaints import Import, import_complaints
from rapport_complaints.work import ComplaintsWork

router = Router(tags=["import"])


class ItemResult(BaseModel):
    """What became of one item, in the order sent."""

    result: str = Field(description="accepted, duplicate, rejected")
    reason: str | None = Field(description="Why it was rejected, a code.", examples=["invalid:received_at"])
    complaint_id: UUID | None


class Results(BaseModel):
    """One result for each item."""

    results: list[ItemResult]


@router.post(
    "/complaints:import",
    allow=Scope("complaints:import"),
    errors=[Invalid, Forbidden],
    max_body=16 * 1024 * 1024,
    summary="Import complaints",
)
async def post_import(body: Import, call: Call[ComplaintsWork]) -> Results:
    """Up to 500 complaints in the state that they have elsewhere. `source` and `ref` are the identity: what is known is a
    duplicate and stays as it is, so an import can be run again. No clock runs for them, no survey asks about them."""
    made = await call.run(import_complaints, body)
    return Results(results=[ItemResult(result=one.result, reason=one.reason, complaint_id=one.complaint_id) for one in made])
