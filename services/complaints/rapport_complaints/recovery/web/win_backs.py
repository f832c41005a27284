"""Win-backs (S64): customers whom we may lose, and what becomes of them.

Actions answer the win-back with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Router, Scope
from rapport_chassis.web.histories import HISTORY, history_route
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid, NotFound

from rapport_complaints.access import READ, REFUSALS
from rapport_complaints.cases.web.views import View
from rapport_complaints.recovery.domain.win_back_life import WIN_BACK_LIFE
from rapport_complaints.recovery.store.win_backs import WinBackFilters, WinBacks, find_win_backs
from rapport_complaints.recovery.usecases import work_on_win_back as usecases

router = Router(tags=["win-backs"])
HANDLE = Scope("complaints:win-backs", level=2)


class WinBackView(View):
    """A win-back. `version` is its ETag; `allowed` are the moves that its state has. `occasions` is how often the reason
    showed, `complaint_id` the complaint in which it did last."""

    id: UUID
    version: int
    state: str = Field(examples=["requested"])
    allowed: list[str] = Field(default_factory=list)
    customer_id: UUID
    reason: str = Field(examples=["refused_proposals"])
    occasions: int
    complaint_id: UUID | None
    policy: str
    policy_version: int
    owner: str | None
    outcome: str | None = Field(examples=["won_back"])
    requested_at: UtcTime
    due_at: UtcTime
    started_at: UtcTime | None
    missed_at: UtcTime | None = Field(description="The due time, when nobody had closed it until then.")
    closed_at: UtcTime | None


@router.get("/win-backs", allow=READ, errors=[Invalid], summary="List win-backs")
async def get_win_backs(filters: WinBackFilters, paging: Paging, call: Call[Work]) -> Page[WinBackView]:
    """Win-backs that match all filters, the newest first; sort by `requested_at` or `due_at`."""
    return (await call.read(find_win_backs, filters, paging)).map(_view)


@router.get("/win-backs/{win_back_id}", allow=READ, errors=[NotFound], summary="Show a win-back")
async def get_win_back(win_back_id: UUID, call: Call[Work]) -> WinBackView:
    """One of them."""
    return _view(await (await call.work()).store(WinBacks).get(win_back_id))


history_route(router, "/win-backs/{win_back_id}", WinBacks, READ, ("get_win_back_history", "History of a win-back", HISTORY))


def _view(shown: Any) -> WinBackView:
    return WinBackView.model_validate(shown).model_copy(update={"allowed": list(WIN_BACK_LIFE.allowed(shown.state))})


# fmt: off
on = Actions(router, "/win-backs/{win_back_id}", _view, REFUSALS)
on("start", usecases.start_win_back, HANDLE, "Take a win-back on",
   "Until it is closed somebody else can go on with it.", name="post_start_win_back")
on("close", usecases.close_win_back, HANDLE, "Close a win-back", "With what became of it.", name="post_close_win_back")
# fmt: on
