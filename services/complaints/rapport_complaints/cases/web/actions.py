"""Everything that can be done to a complaint, one route each. What each takes stands with its use case.

All of them answer the complaint with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from functools import partial

from rapport_chassis.web import Actions, Router, Scope
from rapport_chassis.web.resources import advancing

from rapport_complaints.access import DECIDE, HANDLE, REFUSALS
from rapport_complaints.cases.domain.authority import AuthorityExceeded
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import (
    AttemptsMissing,
    ChecklistIncomplete,
    CloseGuard,
    ConflictOfInterest,
    NothingToDecide,
    ReopenTooLate,
)
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.deciding import Attempt, Resolution, record_decision
from rapport_complaints.cases.usecases.ending import Closing, Withdrawal, give_feedback, reopen
from rapport_complaints.cases.usecases.propose import propose
from rapport_complaints.cases.usecases.working import InvestigationStart, Pause, acknowledge, assess, promise, resume
from rapport_complaints.cases.web.views import view

router = Router(tags=["actions"])
CLOSE = Scope("complaints:close", level=2)


step = partial(advancing, Complaints)


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("acknowledge", acknowledge, HANDLE, "Tell the customer that their complaint has arrived",
   "Meets the acknowledgement clock.")
on("assess", assess, HANDLE, "Judge severity and category",
   "Clocks follow what the pinned policy version says about such a complaint; assessing again is possible.",
   ConflictOfInterest)
on("promise", promise, HANDLE, "Promise an answer", "By a time and in a way (S50, 处理承诺).")
on("start-investigation", step(Complaint.start_investigation, InvestigationStart), HANDLE, "Start to find out",
   "Facts are being gathered.")
on("pause", step(Complaint.pause, Pause), HANDLE, "Wait for the customer or a third party",
   "The resolution clock stands still.")
on("resume", resume, HANDLE, "Go on", "The resolution clock runs again, with a new due time.")
on("propose", propose, DECIDE, "Offer a remedy",
   "An apology or information is a remedy too (S66). An `amount` that is more than the caller's access level may promise "
   "is refused, 409 `authority-exceeded`, or waits for somebody who may (`ask_approval`).",
   ConflictOfInterest, AuthorityExceeded)
on("record-decision", record_decision, DECIDE, "Write down the customer's decision",
   "Acceptance (S53) stops the resolution clock; refusal leads back to the investigation. Also: that they accept "
   "that their complaint is not upheld.", NothingToDecide)
on("record-attempt", step(Complaint.record_attempt, Attempt), HANDLE, "Record that the customer did not answer",
   "Enough documented attempts allow closing without a decision.")
on("resolve", step(Complaint.resolve, Resolution), HANDLE, "Carry out the accepted remedy",
   "Once for each episode.")
on("give-feedback", give_feedback, HANDLE, "Tell the customer the result",
   "And thank them (S54). Without a decision on a proposal only after enough attempts. `follow_up_at`, or the policy, "
   "says when they are asked once more.", AttemptsMissing)
on("close", step(Complaint.close, Closing), CLOSE, "Close a complaint",
   "Refused while something is missing: acknowledgement, root cause (or grounds), communicated decision, the customer's "
   "decision (or appeal, or attempts), a follow-up that was scheduled, steps of a major case.",
   CloseGuard, ChecklistIncomplete)
on("reopen", reopen, CLOSE, "Reopen inside the grace",
   "A new episode with clocks of its own. Later: file a new complaint with `recurrence_of`.", ReopenTooLate)
on("withdraw", step(Complaint.withdraw, Withdrawal), HANDLE, "The customer takes it back",
   "From any open state; its clocks stop.")
# fmt: on
