"""What leads a complaint off the straight road: not upheld, duplicate, transferred, appealed, followed up.

As with all actions: each answers the complaint with its new version, takes If-Match, and refuses with 409 what the state
does not allow.
"""

from __future__ import annotations

from functools import partial

from rapport_chassis.web import Actions, Router, Scope
from rapport_chassis.web.resources import advancing

from rapport_complaints.access import DECIDE, HANDLE, REFUSALS
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import (
    AlreadyAppealed,
    ConflictOfInterest,
    DuplicateRefused,
    NoFollowUp,
    NothingToAppeal,
)
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.deciding import appeal, decide_appeal, reject
from rapport_complaints.cases.usecases.ending import FollowUp, Transfer, mark_duplicate
from rapport_complaints.cases.web.views import view

router = Router(tags=["actions"])
JUDGE = Scope("complaints:decide", level=3)


step = partial(advancing, Complaints)


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("reject", reject, DECIDE, "Decide that it is not upheld",
   "With its grounds. The customer has to be told (`:give-feedback`) and may appeal then.", ConflictOfInterest)
on("mark-duplicate", mark_duplicate, HANDLE, "Say that it is a duplicate",
   "Of a complaint that is no duplicate itself; it is answered there. Its clocks stop.", DuplicateRefused)
on("transfer", step(Complaint.transfer, Transfer), HANDLE, "Hand it over",
   "To another organisation or department, which answers for it. Its clocks stop.")
on("appeal", appeal, HANDLE, "The customer appeals",
   "Against a proposal, or against a decision; once for each decision.", AlreadyAppealed, NothingToAppeal)
on("decide-appeal", decide_appeal, JUDGE, "Decide an appeal",
   "Upheld, another handler investigates; dismissed, the decision stands. Whoever handled or decided the complaint is "
   "refused; the attempt is recorded and published (回避).", ConflictOfInterest)
on("complete-follow-up", step(Complaint.complete_follow_up, FollowUp), HANDLE, "Ask the customer once more",
   "On the day or before it; what came of it.", NoFollowUp)
# fmt: on
