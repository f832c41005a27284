"""Winning customers back (S64): find those at risk, take them on, close. Commands raise NotFound, NotAllowed,
VersionConflict, and Invalid for a time that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.complaints import cases
from rapport_contracts.complaints import side_ways as ways
from rapport_contracts.complaints.vocabulary import WinBackOutcome
from rapport_contracts.fields import Code
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from rapport_complaints.recovery.domain.win_back import WinBackTask
from rapport_complaints.recovery.store.tables_win_backs import DUE, LOOK
from rapport_complaints.recovery.store.versions import WIN_BACK_POLICIES
from rapport_complaints.recovery.store.win_backs import WinBacks


class WinBackStart(Command):
    """Who takes it on: an opaque staff id or a unit."""

    model_config = example({"owner": "staff-7", "note": "Calls her tomorrow."})

    owner: Code


class WinBackClosing(Command):
    """What became of it; what the customer said is the note."""

    model_config = example({"outcome": "won_back", "note": "She stays, and wants to hear from us in a month."})

    outcome: WinBackOutcome


async def look_at_customers(work: Work, timers: list[Timer]) -> None:
    """Request a win-back for each reason that holds for one of a set of customers; at most once within its quiet days."""
    policy = await work.store(WIN_BACK_POLICIES).current()
    act = Act(at=work.now, recorded_at=work.now, by=str(work.actor), reason="win-back-policy")
    for found in await work.store(WinBacks).at_risk({UUID(timer.key) for timer in timers}, policy.body):
        work.store(WinBacks).add(WinBackTask.request(new_id(), found, policy, act))


async def look_at_win_backs(work: Work, timers: list[Timer]) -> None:
    """Say which of a set of timers are overdue."""
    ids = [UUID(timer.key) for timer in timers]
    for task in (await work.store(WinBacks).get_many(ids, for_update=True)).values():
        task.settle(work.now)
        if task.next_look is not None:
            await work.timers.set(DUE, task.id, task.next_look)


async def start_win_back(work: Work, win_back_id: UUID, command: WinBackStart) -> WinBackTask:
    """Somebody takes it on, or goes on with it."""
    task, act = await load_for_command(work, WinBacks, win_back_id, command)
    task.start(act, command.owner)
    return task


async def close_win_back(work: Work, win_back_id: UUID, command: WinBackClosing) -> WinBackTask:
    """It is over."""
    task, act = await load_for_command(work, WinBacks, win_back_id, command)
    task.close(act, command.outcome)
    return task


async def stop_winning_back(work: Work, customers: list[UUID]) -> None:
    """Nobody is won back whose data is about to be erased."""
    for task in await work.store(WinBacks).open_of(customers):
        at = max(work.now, task.last_at)
        act = Act(at=at, recorded_at=work.now, by=str(work.actor), reason="erasure")
        task.close(act, WinBackOutcome.FORGOTTEN)


async def watch_customers(
    work: Work,
    facts: Sequence[cases.ComplaintReceived | cases.ComplaintLinked | cases.ResolutionRejected | ways.ComplaintRejected],
) -> None:
    """After these a customer may be lost who was not before. What is imported is none: it lies in the past."""
    for fact in facts:
        if fact.customer_id is not None:
            await work.timers.set(LOOK, fact.customer_id, work.now)
