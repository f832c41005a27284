"""Who may handle, and who may judge (回避): one rule for everything that one person does and another one approves.

Extensions, proposals above somebody's limit, appeals, compensation and the results of repairs all ask here (DOMAIN 3b, 24).
"""

from __future__ import annotations

from collections.abc import Collection

from rapport_complaints.cases.domain.refusals import ApproverInvolved


def may_handle(who: str, *, subjects: Collection[str], barred: Collection[str] = ()) -> bool:
    """Nobody handles a complaint about themselves (`subjects`), nor one an upheld appeal took from them (`barred`)."""
    return who not in subjects and who not in barred


def may_judge(who: str, *, subjects: Collection[str], took_part: Collection[str]) -> bool:
    """Nobody judges a complaint about themselves, or what they asked for, proposed or did (`took_part`)."""
    return who not in subjects and who not in took_part


def demand_judge(who: str, *, subjects: Collection[str], took_part: Collection[str]) -> None:
    """The same as a demand. Raises ApproverInvolved."""
    if not may_judge(who, subjects=subjects, took_part=took_part):
        raise ApproverInvolved
