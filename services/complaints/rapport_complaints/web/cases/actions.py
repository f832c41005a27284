"""Everything that can be done to a complaint, one route each. What each takes stands with its use case.

All of them answer the complaint with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router, Scope
from rapport_kernel.errors import Invalid, NotAllowed, NotFound, VersionConflict

from rapport_complaints.domain.cases.refusals import (
    AttemptsMissing,
    CloseGuard,
    ConflictOfInterest,
    NothingToDecide,
    ReopenTooLate,
)
from rapport_complaints.domain.emergencies.incident import ChecklistIncomplete
from rapport_complaints.domain.handling.authority import AuthorityExceeded
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.cases.acknowledge import Acknowledgement, acknowledge
from rapport_complaints.usecases.cases.assess import Assessment, assess
from rapport_complaints.usecases.cases.close import Closing, close
from rapport_complaints.usecases.cases.give_feedback import Feedback, give_feedback
from rapport_complaints.usecases.cases.promise import Commitment, promise
from rapport_complaints.usecases.cases.propose import Proposal, propose
from rapport_complaints.usecases.cases.record_attempt import Attempt, record_attempt
from rapport_complaints.usecases.cases.record_decision import Decision, record_decision
from rapport_complaints.usecases.cases.reopen import Reopening, reopen
from rapport_complaints.usecases.cases.resolve import Resolution, resolve
from rapport_complaints.usecases.cases.start_investigation import InvestigationStart, start_investigation
from rapport_complaints.usecases.cases.withdraw import Withdrawal, withdraw
from rapport_complaints.usecases.clocks.pause import Pause, pause
from rapport_complaints.usecases.clocks.resume import Resumption, resume
from rapport_complaints.usecases.finding.record_step import InvestigationStep, record_step
from rapport_complaints.usecases.finding.set_root_cause import RootCause, set_root_cause
from rapport_complaints.usecases.handling.assign import Assignment, assign
from rapport_complaints.web.cases.views import ComplaintView, view

router = Router(tags=["actions"])
HANDLE = Scope("complaints:handle", level=2)
ASSIGN = Scope("complaints:assign", level=2)
DECIDE = Scope("complaints:decide", level=2)
CLOSE = Scope("complaints:close", level=2)
REFUSALS = (NotFound, NotAllowed, VersionConflict, Invalid)


@router.post(
    "/complaints/{complaint_id}:acknowledge",
    allow=HANDLE,
    errors=REFUSALS,
    summary="Tell the customer that his complaint has arrived",
)
async def post_acknowledge(complaint_id: UUID, body: Acknowledgement, call: Call[ComplaintsWork]) -> ComplaintView:
    """Meets the acknowledgement clock."""
    return view(await call.run(acknowledge, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:assess",
    allow=HANDLE,
    errors=(*REFUSALS, ConflictOfInterest),
    summary="Judge severity and category",
)
async def post_assess(complaint_id: UUID, body: Assessment, call: Call[ComplaintsWork]) -> ComplaintView:
    """Clocks follow what the pinned policy version says about such a complaint; assessing again is possible."""
    return view(await call.run(assess, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:assign",
    allow=ASSIGN,
    errors=(*REFUSALS, ConflictOfInterest),
    summary="Say who answers for it",
)
async def post_assign(complaint_id: UUID, body: Assignment, call: Call[ComplaintsWork]) -> ComplaintView:
    """Somebody whom the complaint is about is refused; the attempt is recorded and published (回避)."""
    return view(await call.run(assign, complaint_id, body))


@router.post("/complaints/{complaint_id}:promise", allow=HANDLE, errors=REFUSALS, summary="Promise an answer")
async def post_promise(complaint_id: UUID, body: Commitment, call: Call[ComplaintsWork]) -> ComplaintView:
    """By a time and in a way (S50, 处理承诺)."""
    return view(await call.run(promise, complaint_id, body))


@router.post("/complaints/{complaint_id}:start-investigation", allow=HANDLE, errors=REFUSALS, summary="Start to find out")
async def post_start_investigation(
    complaint_id: UUID, body: InvestigationStart, call: Call[ComplaintsWork]
) -> ComplaintView:
    """Facts are being gathered."""
    return view(await call.run(start_investigation, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:record-step", allow=HANDLE, errors=REFUSALS, summary="Record a step of the investigation"
)
async def post_record_step(complaint_id: UUID, body: InvestigationStep, call: Call[ComplaintsWork]) -> ComplaintView:
    """By talk with the customer, review of records or visit (S51), and what it rests on: contacts, files and communications
    of this complaint, other complaints, words."""
    return view(await call.run(record_step, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:pause", allow=HANDLE, errors=REFUSALS, summary="Wait for the customer or a third party"
)
async def post_pause(complaint_id: UUID, body: Pause, call: Call[ComplaintsWork]) -> ComplaintView:
    """The resolution clock stands still."""
    return view(await call.run(pause, complaint_id, body))


@router.post("/complaints/{complaint_id}:resume", allow=HANDLE, errors=REFUSALS, summary="Go on")
async def post_resume(complaint_id: UUID, body: Resumption, call: Call[ComplaintsWork]) -> ComplaintView:
    """The resolution clock runs again, with a new due time."""
    return view(await call.run(resume, complaint_id, body))


@router.post("/complaints/{complaint_id}:set-root-cause", allow=HANDLE, errors=REFUSALS, summary="Say why it happened")
async def post_set_root_cause(complaint_id: UUID, body: RootCause, call: Call[ComplaintsWork]) -> ComplaintView:
    """The cause, a code of the taxonomy in force, and whether the risk remains (S52, S56); how it was found (five whys,
    fishbone), and the risk in detail."""
    return view(await call.run(set_root_cause, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:propose",
    allow=DECIDE,
    errors=(*REFUSALS, ConflictOfInterest, AuthorityExceeded),
    summary="Offer a remedy",
)
async def post_propose(complaint_id: UUID, body: Proposal, call: Call[ComplaintsWork]) -> ComplaintView:
    """An apology or information is a remedy too (S66). An `amount` that is more than the caller's access level may promise
    is refused, 409 `authority-exceeded`, or waits for somebody who may (`ask_approval`)."""
    return view(await call.run(propose, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:record-decision",
    allow=DECIDE,
    errors=(*REFUSALS, NothingToDecide),
    summary="Write down the customer's decision",
)
async def post_record_decision(complaint_id: UUID, body: Decision, call: Call[ComplaintsWork]) -> ComplaintView:
    """Acceptance (S53) stops the resolution clock; refusal leads back to the investigation. Also: that he accepts what
    he was told when his complaint was not upheld."""
    return view(await call.run(record_decision, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:record-attempt",
    allow=HANDLE,
    errors=REFUSALS,
    summary="Record that the customer did not answer",
)
async def post_record_attempt(complaint_id: UUID, body: Attempt, call: Call[ComplaintsWork]) -> ComplaintView:
    """Enough documented attempts allow to close without his decision."""
    return view(await call.run(record_attempt, complaint_id, body))


@router.post("/complaints/{complaint_id}:resolve", allow=HANDLE, errors=REFUSALS, summary="Carry out the accepted remedy")
async def post_resolve(complaint_id: UUID, body: Resolution, call: Call[ComplaintsWork]) -> ComplaintView:
    """Once for each episode."""
    return view(await call.run(resolve, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:give-feedback",
    allow=HANDLE,
    errors=(*REFUSALS, AttemptsMissing),
    summary="Tell the customer the result",
)
async def post_give_feedback(complaint_id: UUID, body: Feedback, call: Call[ComplaintsWork]) -> ComplaintView:
    """And thank him (S54). Without his decision on a proposal only after enough attempts. `follow_up_at`, or the policy,
    says when he is asked once more."""
    return view(await call.run(give_feedback, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:close",
    allow=CLOSE,
    errors=(*REFUSALS, CloseGuard, ChecklistIncomplete),
    summary="Close a complaint",
)
async def post_close(complaint_id: UUID, body: Closing, call: Call[ComplaintsWork]) -> ComplaintView:
    """Refused while something is missing: acknowledgement, root cause (or grounds), communicated decision, the customer's
    decision (or appeal, or attempts), a follow-up that was scheduled, steps of a major case."""
    return view(await call.run(close, complaint_id, body))


@router.post(
    "/complaints/{complaint_id}:reopen", allow=CLOSE, errors=(*REFUSALS, ReopenTooLate), summary="Reopen inside the grace"
)
async def post_reopen(complaint_id: UUID, body: Reopening, call: Call[ComplaintsWork]) -> ComplaintView:
    """A new episode with clocks of its own. Later: file a new complaint with `recurrence_of`."""
    return view(await call.run(reopen, complaint_id, body))


@router.post("/complaints/{complaint_id}:withdraw", allow=HANDLE, errors=REFUSALS, summary="The customer takes it back")
async def post_withdraw(complaint_id: UUID, body: Withdrawal, call: Call[ComplaintsWork]) -> ComplaintView:
    """From any open state; its clocks stop."""
    return view(await call.run(withdraw, complaint_id, body))
