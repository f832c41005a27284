"""Win-backs and silent customers, declared."""

from __future__ import annotations

from rapport_chassis.histories import settling
from rapport_chassis.subject import Holdings, Subject
from rapport_chassis.timers import Batched
from rapport_contracts.complaints.cases import ComplaintLinked, ComplaintReceived, ResolutionRejected
from rapport_contracts.complaints.side_ways import ComplaintRejected

from rapport_complaints.win_backs.domain import WIN_BACK_LIFE
from rapport_complaints.win_backs.store import OWNED, WIN_BACK_POLICIES, WinBacks
from rapport_complaints.win_backs.usecases import CHECK_CUSTOMER, check_customers, check_soon, stop_winning_back
from rapport_complaints.win_backs.web import router, silence

WIN_BACKS = Subject(
    "win-backs",
    routers=[silence, router],
    told=[WIN_BACK_POLICIES],
    lives=[WIN_BACK_LIFE],
    # Imported complaints are no sign: they lie in the past.
    reactions={
        ComplaintReceived: [check_soon],
        ComplaintLinked: [check_soon],
        ComplaintRejected: [check_soon],
        ResolutionRejected: [check_soon],
    },
    timers={CHECK_CUSTOMER: Batched(check_customers), "win-back.due": settling(WinBacks)},
    holdings=Holdings(tables=[OWNED], before_erasing=stop_winning_back),
)
