"""Policy packs: policies that are shipped as files, to be installed where they are wanted (S50, S63)."""

from __future__ import annotations

from pydantic import Field

from rapport_complaints.clocks.domain.policies import Data, SlaPolicy


class PolicyPack(Data):
    """One pack. Installed, its policy is a version of the SLA policy of the same code, and can be edited like any other."""

    code: str = Field(pattern="^[a-z][a-z0-9-]{0,62}$")
    edition: int = Field(ge=1, description="Of the file; a newer one changes nothing that is installed.")
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(min_length=1, max_length=2000, description="What it asks, and which of its numbers are ours.")
    sources: list[str] = Field(min_length=1, max_length=20, description="Where it comes from.")
    policy: SlaPolicy
