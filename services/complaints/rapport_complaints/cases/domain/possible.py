"""Who could do what with a complaint now: for `allowed`, beside the moves of the life. What is refused, and as what, is said
by the methods of the complaint; these say the same beforehand, as far as the complaint itself tells.

Each takes a complaint, or a row with its columns, and the circumstances of whoever asks: who, and now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rapport_kernel.history import Act

from rapport_complaints.cases.domain.independence import may_handle, may_judge
from rapport_complaints.cases.domain.life import ENDED, HANDLED, TOLD

if TYPE_CHECKING:
    from rapport_complaints.cases.domain.record import ComplaintRecord

MAJOR = "major"
"""Flag of a complaint that is on the major track now (S60)."""


def handles(complaint: ComplaintRecord, act: Act) -> bool:
    """It is not about them, and no upheld appeal took it from them."""
    return may_handle(act.who, subjects=complaint.subject_staff, barred=complaint.barred)


def may_claim(complaint: ComplaintRecord, act: Act) -> bool:
    """Nobody has it; or they have it, and claiming it would change something."""
    mine = complaint.assignee == act.who and complaint.state not in HANDLED
    return handles(complaint, act) and (complaint.assignee is None or mine)


def may_release(complaint: ComplaintRecord, act: Act) -> bool:
    """They have it."""
    return complaint.assignee == act.who


def is_unassigned(complaint: ComplaintRecord) -> bool:
    """Nobody has it."""
    return complaint.assignee is None


def may_judge_proposal(complaint: ComplaintRecord, act: Act) -> bool:
    """A proposal waits, and it is not theirs. Whether they have the authority for its amount a policy says."""
    involved = [*complaint.subject_staff, *complaint.barred]
    by = complaint.pending_by
    return by is not None and may_judge(act.who, subjects=involved, took_part=[by])


def awaits_decision(complaint: ComplaintRecord) -> bool:
    """There is something that the customer can still accept: a proposal, or that it is not upheld once they were told."""
    if complaint.state in TOLD:
        return complaint.not_upheld_at is not None and complaint.accepted_at is None
    return complaint.not_upheld_at is None


def may_be_appealed(complaint: ComplaintRecord) -> bool:
    """The decision was neither accepted nor appealed against."""
    return complaint.appealed_at is None and complaint.accepted_at is None


def may_judge_appeal(complaint: ComplaintRecord, act: Act) -> bool:
    """They took no part in it."""
    took_part = [*complaint.deciders, *complaint.handlers, *complaint.barred]
    return may_judge(act.who, subjects=complaint.subject_staff, took_part=took_part)


def may_be_told(complaint: ComplaintRecord) -> bool:
    """The customer has decided, or was asked often enough."""
    return complaint.state != "resolution_proposed" or complaint.attempts >= complaint.attempts_needed


def awaits_follow_up(complaint: ComplaintRecord) -> bool:
    """A follow-up was scheduled and has not been done."""
    return complaint.follow_up_at is not None and complaint.followed_up_at is None


def missing(complaint: ComplaintRecord) -> list[str]:
    """What is missing before it may be closed; codes."""
    appealed = complaint.appealed_at is not None  # and dismissed: the customer has had their say
    answered = complaint.accepted_at is not None or appealed or complaint.attempts >= complaint.attempts_needed
    acknowledged = complaint.acknowledged_at is not None or complaint.external_ref is not None  # there, before us
    needed = {
        "acknowledgement-sent": acknowledged,
        "root-cause-set": complaint.cause is not None or complaint.not_upheld_at is not None,  # its grounds stand for it
        "decision-communicated": complaint.feedback_at is not None,
        "customer-decision-or-attempts": answered,
        "follow-up-completed": not awaits_follow_up(complaint),
    }
    return [name for name, there in needed.items() if not there]


def may_close(complaint: ComplaintRecord) -> bool:
    """Nothing is missing. Whether the checklist of a major case is done its case says."""
    return not missing(complaint)


def may_reopen(complaint: ComplaintRecord, act: Act) -> bool:
    """Inside the grace. Without a closing time it was taken over long closed."""
    grace = timedelta(days=complaint.reopen_grace_days)
    return complaint.closed_at is not None and act.at <= complaint.closed_at + grace


def may_become_major(complaint: ComplaintRecord) -> bool:
    """It is none."""
    return MAJOR not in complaint.flags


def may_lower(complaint: ComplaintRecord, act: Act) -> bool:
    """It is a major one, and not about them. Who declared it its case says."""
    return MAJOR in complaint.flags and may_judge(act.who, subjects=complaint.subject_staff, took_part=())


def is_major(complaint: ComplaintRecord) -> bool:
    """It is on the major track."""
    return MAJOR in complaint.flags


def may_tag(complaint: ComplaintRecord, act: Act) -> bool:
    """It is not over, and not about them."""
    return complaint.state not in ENDED and handles(complaint, act)


def may_untag(complaint: ComplaintRecord, act: Act) -> bool:
    """It has tags, and is not about them."""
    return complaint.handling is not None and handles(complaint, act)
