"""Everything that can be done to a complaint and its clocks, one route each. What each takes stands with its use case.

All of them answer the complaint with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.operations import On
from rapport_chassis.web.resources import advancing
from rapport_chassis.work import Work

from rapport_complaints.access import DECIDE, HANDLE, REFUSALS
from rapport_complaints.cases.domain import possible
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import AuthorityExceeded
from rapport_complaints.cases.domain.life import PAUSES
from rapport_complaints.cases.domain.refusals import (
    AlreadyAppealed,
    ApproverInvolved,
    AttemptsMissing,
    ChecklistIncomplete,
    CloseGuard,
    ConflictOfInterest,
    NoExtension,
    NoFollowUp,
    NothingToAppeal,
    NothingToDecide,
    ReopenTooLate,
)
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.deciding import (
    Attempt,
    Resolution,
    appeal,
    decide_appeal,
    propose,
    record_decision,
    reject,
)
from rapport_complaints.cases.usecases.ending import (
    Closing,
    FollowUp,
    Transfer,
    Withdrawal,
    give_feedback,
    mark_duplicate,
    reopen,
)
from rapport_complaints.cases.usecases.working import (
    Extension,
    InvestigationStart,
    Pause,
    acknowledge,
    assess,
    extend_clock,
    promise,
    resume,
)
from rapport_complaints.cases.web.views import ComplaintView, view
from rapport_complaints.clocks.domain.clock_life import AlreadyExtended, TooLateToExtend
from rapport_complaints.clocks.domain.clocks import Clock, may_extend

router = Router(tags=["actions"], about="What is done about a complaint, move by move.")
CLOSE = Scope("complaints:close", level=2)


step = partial(advancing, Complaints)


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", Complaint, view, REFUSALS)
on("acknowledge", acknowledge, HANDLE, "Tell the customer that their complaint has arrived",
   "Meets the acknowledgement clock.", batch=True)
on("assess", assess, HANDLE, "Judge severity and category",
   "Clocks follow what the pinned policy version says about such a complaint; assessing again is possible.",
   ConflictOfInterest)
on("promise", promise, HANDLE, "Promise an answer", "By a time and in a way (S50, 处理承诺).", "promise-in-the-past")
on("start-investigation", step(Complaint.start_investigation, InvestigationStart), HANDLE, "Start to find out",
   "Facts are being gathered.")
on("pause", step(Complaint.pause, Pause), HANDLE, "Wait for the customer or a third party",
   "The resolution clock stands still.", "unknown-pause-reason",
   moves=tuple(PAUSES.values()))
on("resume", resume, HANDLE, "Go on", "The resolution clock runs again, with a new due time.")
on("propose", propose, DECIDE, "Offer a remedy",
   "An apology or information is a remedy too (S66). An `amount` that is more than the caller's access level may promise "
   "is refused, 409 `authority-exceeded`, or waits for somebody who may (`ask_approval`).",
   ConflictOfInterest, AuthorityExceeded, "amount-and-currency", moves=("propose", "ask-approval"),
   when=possible.handles)
on("record-decision", record_decision, DECIDE, "Write down the customer's decision",
   "Acceptance (S53) stops the resolution clock; refusal leads back to the investigation. Also: that they accept "
   "that their complaint is not upheld.", NothingToDecide, moves=("accept", "refuse"), when=possible.awaits_decision)
on("record-attempt", step(Complaint.record_attempt, Attempt), HANDLE, "Record that the customer did not answer",
   "Enough documented attempts allow closing without a decision.")
on("resolve", step(Complaint.resolve, Resolution), HANDLE, "Carry out the accepted remedy",
   "Once for each episode.")
on("give-feedback", give_feedback, HANDLE, "Tell the customer the result",
   "And thank them (S54). Without a decision on a proposal only after enough attempts. `follow_up_at`, or the policy, "
   "says when they are asked once more.", AttemptsMissing, "follow-up-in-the-past",
   when=possible.may_be_told)
on("close", step(Complaint.close, Closing), CLOSE, "Close a complaint",
   "Refused while something is missing: acknowledgement, root cause (or grounds), communicated decision, the customer's "
   "decision (or appeal, or attempts), a follow-up that was scheduled, steps of a major case.",
   CloseGuard, ChecklistIncomplete, when=possible.may_close, batch=True)
on("reopen", reopen, CLOSE, "Reopen inside the grace",
   "A new episode with clocks of its own. Later: file a new complaint with `recurrence_of`.", ReopenTooLate,
   when=possible.may_reopen)
on("withdraw", step(Complaint.withdraw, Withdrawal), HANDLE, "The customer takes it back",
   "From any open state; its clocks stop.")
# fmt: on


JUDGE = Scope("complaints:decide", level=3)


# fmt: off
on("reject", reject, DECIDE, "Decide that it is not upheld",
   "With its grounds. The customer has to be told (`:give-feedback`) and may appeal then.", ConflictOfInterest,
   when=possible.handles)
on("mark-duplicate", mark_duplicate, HANDLE, "Say that it is a duplicate",
   "Of a complaint that is no duplicate itself; it is answered there. Its clocks stop.",
   "unknown-complaint", "duplicate-of-itself", "duplicate-of-a-duplicate", "duplicate-of-a-withdrawn",
   "has-duplicates")
on("transfer", step(Complaint.transfer, Transfer), HANDLE, "Hand it over",
   "To another organisation or department, which answers for it. Its clocks stop.")
on("appeal", appeal, HANDLE, "The customer appeals",
   "Against a proposal, or against a decision; once for each decision.", AlreadyAppealed, NothingToAppeal,
   when=possible.may_be_appealed)
on("decide-appeal", decide_appeal, JUDGE, "Decide an appeal",
   "Upheld, another handler investigates; dismissed, the decision stands. Whoever handled or decided the complaint is "
   "refused; the attempt is recorded and published (回避).", ConflictOfInterest, "assignee-of-appeal",
   moves=("uphold-appeal", "dismiss-appeal"), when=possible.may_judge_appeal)
on("complete-follow-up", step(Complaint.complete_follow_up, FollowUp), HANDLE, "Ask the customer once more",
   "On the day or before it; what came of it.", NoFollowUp, when=possible.awaits_follow_up)
# fmt: on


@router.post(
    "/complaints/{complaint_id}/clocks/{clock_id}:extend",
    allow=Scope("complaints:decide", level=3),
    errors=(
        *REFUSALS,
        NoExtension,
        AlreadyExtended,
        TooLateToExtend,
        ApproverInvolved,
        "in-the-future",
        "before-history",
        "beyond-allowance",
    ),
    summary="Approve that a clock gets more time",
    on=On(Clock, when=may_extend),
)
async def post_extend(complaint_id: UUID, clock_id: UUID, body: Extension, call: Call[Work]) -> ComplaintView:
    """Once, before it has run out, within what its policy version allows; by somebody who has no part in the complaint. The
    old due time stays known, and `:explain` counts the extension apart."""
    return view(await call.run(extend_clock, complaint_id, clock_id, body), call)
