"""Compensation, recovery cases, changes and win-backs, declared."""

from __future__ import annotations

from dataclasses import replace

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Sets
from rapport_contracts.complaints.cases import ComplaintLinked, ComplaintReceived, ResolutionRejected
from rapport_contracts.complaints.side_ways import ComplaintRejected
from rapport_contracts.event import Event
from rapport_contracts.satisfaction.scores import SatisfactionScored

from rapport_complaints.recovery.domain.change_life import CHANGE_LIFE
from rapport_complaints.recovery.domain.recovery_life import AWARD_LIFE, RECOVERY_LIFE
from rapport_complaints.recovery.domain.win_back_life import WIN_BACK_LIFE
from rapport_complaints.recovery.store.changes import LOOK as CHANGE_LOOK
from rapport_complaints.recovery.store.customers import HOLDINGS
from rapport_complaints.recovery.store.recoveries import EXPIRE
from rapport_complaints.recovery.store.tables import scores
from rapport_complaints.recovery.store.tables_win_backs import DUE, LOOK
from rapport_complaints.recovery.usecases.advance_change import look_at_changes
from rapport_complaints.recovery.usecases.advance_recovery import expire_recoveries
from rapport_complaints.recovery.usecases.verify_recoveries import project_scores, verify_recoveries
from rapport_complaints.recovery.usecases.work_on_win_back import (
    look_at_customers,
    look_at_win_backs,
    stop_winning_back,
    watch_customers,
)
from rapport_complaints.recovery.web import (
    changes,
    compensations,
    recoveries,
    recovery_figures,
    silence,
    win_back_data,
    win_backs,
)

SIGNS: list[type[Event]] = [ComplaintReceived, ComplaintLinked, ResolutionRejected, ComplaintRejected]

RECOVERY = Subject(
    "recovery",
    routers=[
        recovery_figures.router,
        silence.router,
        recoveries.router,
        compensations.router,
        changes.router,
        win_backs.router,
        win_back_data.router,
    ],
    lives={"change": CHANGE_LIFE, "recovery": RECOVERY_LIFE, "compensation": AWARD_LIFE, "win-back": WIN_BACK_LIFE},
    listens=Listens(batches=[Batch("satisfaction", [SatisfactionScored], verify_recoveries)]),
    reactions={sign: [watch_customers] for sign in SIGNS},
    timers={
        CHANGE_LOOK: Sets(look_at_changes),
        EXPIRE: Sets(expire_recoveries),
        LOOK: Sets(look_at_customers),
        DUE: Sets(look_at_win_backs),
    },
    projections=[Projection("scores", [scores], [SatisfactionScored], project_scores)],
    holdings=replace(HOLDINGS, before_erasing=stop_winning_back),
)
