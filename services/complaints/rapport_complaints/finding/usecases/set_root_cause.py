"""Say why it happened."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CauseBranch, CauseMethod
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.finding_out import Analysis, Finding, LatentRisk
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.finding.usecases.record_step import found
from rapport_complaints.taxonomies.domain.taxonomy import Kind, must_be_known
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies

Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Step = Annotated[int, Field(ge=1, le=5)]


class Branch(Body):
    """What was found along one bone of the diagram; the words are stored encrypted."""

    category: CauseBranch
    note: Words


class Risk(Body):
    """The latent risk (潜在风险): a code, how likely and how bad from 1 (least) to 5, and who looks after it (a code)."""

    code: Code
    likelihood: Step
    impact: Step
    owner: Code


class RootCause(Command):
    """The cause, a code of the taxonomy in force (S52, S56), and whether the risk remains; the explanation is the note. How
    it was found may be said: `five_whys` with 2 to 7 `whys` in their order, or `fishbone` with `branches`."""

    model_config = example(
        {
            "cause": "process",
            "latent_risk": True,
            "note": "Parcels without a scan are not looked for.",
            "method": "five_whys",
            "whys": ["Nobody looked for the parcel.", "No list shows parcels without a scan."],
            "risk": {"code": "parcels-without-scan", "likelihood": 4, "impact": 3, "owner": "depot-north"},
        }
    )

    cause: Code
    latent_risk: bool
    method: CauseMethod | None = None
    whys: list[Words] = Field(default_factory=list, max_length=7, description="2 to 7; stored encrypted.")
    branches: list[Branch] = Field(default_factory=list, max_length=30)
    risk: Risk | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.whys) != (self.method == CauseMethod.FIVE_WHYS) or len(self.whys) == 1:
            raise ValueError("five_whys has 2 to 7 whys, all else has none")
        if bool(self.branches) != (self.method == CauseMethod.FISHBONE):
            raise ValueError("fishbone has branches, all else has none")
        if self.risk is not None and not self.latent_risk:
            raise ValueError("a risk in detail is a latent risk")
        return self


async def set_root_cause(work: Work, complaint_id: UUID, command: RootCause) -> Complaint:
    """Write down the root cause.

    Raises NotFound, NotAllowed, VersionConflict, Invalid, also `unknown-cause`.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    known = (await work.store(Taxonomies).look_up(Kind.CAUSES, [command.cause], work.now))[command.cause]
    must_be_known(known, "cause")
    analysis = Analysis(
        method=command.method,
        findings=await _findings(work, complaint.keyed_by, command),
        risk=LatentRisk(**command.risk.model_dump()) if command.risk is not None else None,
        cause_version=known.version,
    )
    complaint.set_root_cause(act, command.cause, latent_risk=command.latent_risk, analysis=analysis)
    return complaint


async def _findings(work: Work, key: UUID, command: RootCause) -> tuple[Finding, ...]:
    if command.method is None:
        return ()
    box = await work.vault.open_for([key])
    whys = [found(box, key, "why", command.method, why) for why in command.whys]
    branches = [found(box, key, "branch", each.category, each.note) for each in command.branches]
    return (*whys, *branches)
