"""Who handles a complaint: claimed from the queue and released to it (S59, S63); and what they find out: steps with their
evidence (S51), the root cause and the latent risk (S52, S56).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints import finding as facts
from rapport_contracts.complaints.finding import LatentRiskIdentified
from rapport_contracts.complaints.handling import ComplaintClaimed, ComplaintReleased
from rapport_contracts.complaints.vocabulary import CauseMethod, InvestigationMethod
from rapport_kernel.history import Act, Noted, Sealed

from rapport_complaints.cases.domain.life import HANDLED
from rapport_complaints.cases.domain.record import UNASSIGNED, ComplaintRecord
from rapport_complaints.cases.domain.refusals import AlreadyTaken, ConflictOfInterest, NotYours


@dataclass(kw_only=True)
class Handling(ComplaintRecord):
    """The part of a complaint's life that is about who answers for it."""

    noted: ClassVar = {"claim": Noted(assignee=str), "release": Noted(assignee=str)}

    def claim(self, act: Act) -> None:
        """The person who acts claims it; claiming what they have already changes nothing. Raises AlreadyTaken when somebody
        else has it, ConflictOfInterest for a person whom it is about or who handled it before an appeal was upheld."""
        self._ensure_allowed("claim")
        if self.may_not_handle(act.who):
            raise ConflictOfInterest
        if self.assignee not in {None, act.who}:
            raise AlreadyTaken
        if self.assignee == act.who and self.state in HANDLED:
            return
        self._transition("claim", act, assignee=act.who)
        self._take(act.who)
        self._emit(ComplaintClaimed, assignee=act.who, claimed_at=act.at)

    def release(self, act: Act, reason: str) -> None:
        """Who has it gives it back; what was done so far stays. Raises NotYours for everybody else."""
        self._ensure_allowed("release")
        if self.assignee != act.who:
            raise NotYours
        self._transition("release", act, assignee=act.who)
        self.assignee = None
        self._emit(ComplaintReleased, released_by=act.who, reason=reason, released_at=act.at)

    def seek(self) -> None:
        """Somebody is looked for who could be assigned. Raises NotAllowed like `assign`, AlreadyTaken when it has one."""
        self._ensure_allowed("assign")
        if self.assignee is not None:
            raise AlreadyTaken

    def find_nobody(self) -> None:
        """Nobody could be found: flagged until somebody has it."""
        self.flags = [*self.flags, UNASSIGNED] if UNASSIGNED not in self.flags else self.flags


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of what was found out. `part`: `evidence` (kind: what it is), `why` (one of the whys, in their order) or
    `branch` (kind: the bone of the diagram); it is something of ours, or sealed words with `salt` and `digest` as a note."""

    part: str
    kind: str
    reference_id: UUID | None = None
    words: Sealed | None = None
    salt: Sealed | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class LatentRisk:
    """What may happen again: a code, likelihood and impact in steps from 1 to 5, and who looks after it."""

    code: str
    likelihood: int
    impact: int
    owner: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """How the cause was found (`five_whys`, `fishbone`, or not said) and what was found on the way; the risk in detail."""

    method: str | None = None
    findings: tuple[Finding, ...] = ()
    risk: LatentRisk | None = None
    cause_version: int | None = None


@dataclass(kw_only=True)
class FindingOut(ComplaintRecord):
    """The part of a complaint's life that is about why it happened."""

    noted: ClassVar = {
        "record-step": Noted(method=InvestigationMethod),
        "set-root-cause": Noted(
            {"method": CauseMethod, "cause_version": int, "risk": LatentRisk}, cause=str, latent_risk=bool
        ),
    }

    def record_step(self, act: Act, method: str, evidence: Sequence[Finding] = ()) -> None:
        """One step of finding out (S51), and what it rests on."""
        self._transition("record-step", act, method=method)
        self._attach(evidence)
        kinds = [each.kind for each in evidence]
        self._emit(facts.InvestigationStepRecorded, method=method, recorded_at=act.at, evidence=kinds)

    def set_root_cause(self, act: Act, cause: str, *, latent_risk: bool, analysis: Analysis = Analysis()) -> None:
        """Why it happened, and whether the risk remains (S52, S56)."""
        risk = analysis.risk
        more = {"method": analysis.method, "cause_version": analysis.cause_version, "risk": asdict(risk) if risk else None}
        known = {name: value for name, value in more.items() if value is not None}
        self._transition("set-root-cause", act, cause=cause, latent_risk=latent_risk, **known)
        self._attach(analysis.findings)
        self.cause_at = act.at if cause != self.cause else self.cause_at
        self.cause, self.cause_version, self.latent_risk = cause, analysis.cause_version, latent_risk
        self._emit(
            facts.RootCauseIdentified,
            cause=cause,
            latent_risk=latent_risk,
            identified_at=act.at,
            method=analysis.method,
            cause_version=analysis.cause_version,
        )
        if risk is not None:
            self._emit(
                LatentRiskIdentified,
                risk=risk.code,
                cause=cause,
                likelihood=risk.likelihood,
                impact=risk.impact,
                owner=risk.owner,
                identified_at=act.at,
            )
