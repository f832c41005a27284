"""What a complaint refuses beyond its table of moves; each has a stable code and an HTTP status of the kernel's tree."""

from __future__ import annotations

from rapport_kernel.errors import Conflict


class ConflictOfInterest(Conflict):
    """Somebody whom the complaint is about may not handle it (回避)."""

    code = "conflict-of-interest"


class ReopenTooLate(Conflict):
    """The grace for reopening is over: file a new complaint and name this one as `recurrence_of`."""

    code = "reopen-too-late"


class CloseGuard(Conflict):
    """Something is still missing before this complaint can be closed."""

    code = "close-guard"


class AttemptsMissing(Conflict):
    """The customer has neither answered nor been asked often enough to close without an answer."""

    code = "attempts-missing"


class DuplicateRefused(Conflict):
    """This complaint cannot be a duplicate of that one; the code says why."""

    code = "duplicate-refused"


class AlreadyAppealed(Conflict):
    """The decision was appealed against before, and stands."""

    code = "already-appealed"


class NothingToAppeal(Conflict):
    """The customer accepted the decision; inside the grace of a closed complaint it can be reopened."""

    code = "nothing-to-appeal"


class NothingToDecide(Conflict):
    """There is no open decision that the customer could still accept."""

    code = "nothing-to-decide"


class NoFollowUp(Conflict):
    """No follow-up is waiting to be done."""

    code = "no-follow-up"


class AlreadyTaken(Conflict):
    """Somebody answers for this complaint already."""

    code = "already-taken"


class NotYours(Conflict):
    """Only who answers for this complaint can give it back; it can be assigned anew."""

    code = "not-yours"


class NoProposalWaits(Conflict):
    """No proposal waits for approval."""

    code = "no-proposal-waits"


class ComplaintOver(Conflict):
    """The complaint is over."""

    code = "complaint-over"


class AlreadyMajor(Conflict):
    """It is a major complaint already."""

    code = "already-major"


class NotMajor(Conflict):
    """It is no major complaint, or none any more."""

    code = "not-major"


class NobodyToAssign(Conflict):
    """Nobody of the staff can take this complaint now; it is flagged until somebody has it."""

    code = "nobody-to-assign"


class NoExtension(Conflict):
    """The policy of this clock does not allow it to be extended."""

    code = "no-extension"


class ApproverInvolved(Conflict):
    """The person who approves or accepts must not have asked for it or done it, nor be its subject (回避)."""

    code = "approver-involved"


class ChecklistIncomplete(Conflict):
    """Steps of the checklist are still to be done before the incident can be closed."""

    code = "checklist-incomplete"
