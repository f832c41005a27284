"""Take the customer's answer to a survey as his verdict on what was done for him (S67). Takes sets; who answered
is looked at, whether we may lose him (S64)."""

from __future__ import annotations

from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_kernel.history import Act

from rapport_complaints.cases.store.scores import judged_by, put_scores
from rapport_complaints.recovery.domain.recovery import Answer
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.recovery.store.tables_win_backs import LOOK

CONTENT = {Band.PROMOTER, Band.SATISFIED, Band.EASY}
"""Bands of a customer who is content; of all others he is not: neutral is no yes."""


async def project_scores(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
    """Keep the answers, and nothing else; the first word about an invitation counts."""
    await put_scores(work, [message.event for message in messages])


async def verify_recoveries(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
    """Keep the answers, for figures; the first one about a recovery, or about its complaint after it was done, verifies the
    case or says that it failed. What was judged already, or is not done, is left alone."""
    await project_scores(work, messages)
    customers = {message.event.customer_id for message in messages if message.event.customer_id is not None}
    await work.timers.set_many(Timer(LOOK, str(one), work.now) for one in sorted(customers))
    found = await judged_by(work, [message.event for message in messages])
    cases = await work.store(Recoveries).get_many({one for ids in found.values() for one in ids}, for_update=True)
    for message in messages:
        event = message.event
        for recovery_id in found.get(event.invitation_id, []):
            case = cases[recovery_id]
            if case.state != "executed" or case.executed_at is None or event.scored_at < case.executed_at:
                continue
            at = max(event.scored_at, case.last_at)
            act = Act(at=at, recorded_at=work.now, by=str(work.actor), reason="survey")
            case.judge(act, event.band in CONTENT, Answer(event.invitation_id, str(event.metric), event.value))
