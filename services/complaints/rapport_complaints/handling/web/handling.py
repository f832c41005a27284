"""Who handles a complaint: taking it out of the queue, giving it back. The queues are `GET /complaints?queue=`."""

from __future__ import annotations

from rapport_chassis.web import Actions, Router

from rapport_complaints.access import ASSIGN, HANDLE, REFUSALS
from rapport_complaints.cases.domain.refusals import AlreadyTaken, ConflictOfInterest, NotYours
from rapport_complaints.cases.web.views import view
from rapport_complaints.handling.usecases.assign import assign
from rapport_complaints.handling.usecases.claim import claim
from rapport_complaints.handling.usecases.release import release

router = Router(tags=["actions"])


# fmt: off
on = Actions(router, "/complaints/{complaint_id}", view, REFUSALS)
on("assign", assign, ASSIGN, "Say who answers for it",
   "Somebody whom the complaint is about is refused; the attempt is recorded and published (回避).", ConflictOfInterest)
on("claim", claim, HANDLE, "Take a complaint oneself",
   "Who calls answers for it now. Refused when somebody else has it, and for a conflict of interest (回避).",
   AlreadyTaken, ConflictOfInterest)
on("release", release, HANDLE, "Give a complaint back to the queue",
   "Only who has it can; what was done so far stays.", NotYours)
# fmt: on
