"""Who handles complaints, as data in versions."""

from __future__ import annotations

from pydantic import Field
from rapport_contracts.fields import Code

from rapport_complaints.clocks.domain.policies import Data


class StaffMember(Data):
    """Somebody who handles complaints; known by an opaque id, never by name."""

    team: Code
    skills: list[Code] = Field(default_factory=list, max_length=100)
    capacity: int = Field(ge=0, le=1000, description="Open complaints at most.")
    calendar: Code = Field(description="When they work.")
    active: bool = Field(default=True, description="False: gets nothing any more; what they have stays until assigned anew.")
