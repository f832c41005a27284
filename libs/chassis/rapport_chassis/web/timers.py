"""Routes of timers whose handler failed for good: shown, released and dropped by operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from rapport_kernel.errors import NotFound

from rapport_chassis import timers
from rapport_chassis.bodies import Body
from rapport_chassis.filters import Dated, Many, find
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.security.scopes import Scope
from rapport_chassis.tables import timers as table
from rapport_chassis.web.call import Call
from rapport_chassis.web.park import DroppedView
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work


class FailedTimer(BaseModel):
    """A timer that is not tried any more."""

    kind: str = Field(description="What was to be done, e.g. `clock.look`.")
    key: str = Field(description="What it is about: an id.")
    due: datetime
    attempts: int
    failure: str | None = Field(description="Class and code of the last failure.")
    parked_at: datetime


class WhichTimers(Dated):
    """Which timers, by when they failed for good; what is absent does not restrict."""

    at = "parked_at"

    kind: Many[Annotated[str, Field(max_length=200)]] | None = None


class ChosenTimers(Body):
    """All failed timers of a kind, or the one with this key."""

    kind: str = Field(min_length=1, max_length=200)
    key: str | None = Field(default=None, min_length=1, max_length=500)


class DropTimers(ChosenTimers):
    """Which timers are given up, and why."""

    why: str = Field(min_length=3, max_length=500)


class FiredAgain(BaseModel):
    """How many timers are tried again."""

    released: int


_OLDEST = Keyset({"parked_at": table.c.parked_at}, [table.c.kind, table.c.key], default="parked_at")


def timers_router(service: str) -> Router:
    """List, release, drop."""
    router = Router(prefix="/failed-timers", tags=["operation"], audience="operators")
    read, settle = Scope(f"{service}:read-parked", level=2), Scope(f"{service}:settle-parked", level=3)

    @router.get("", allow=read, summary="Timers that failed for good, in the order in which they did")
    async def failed_timers(which: WhichTimers, paging: Annotated[Paging, _OLDEST], call: Call[Work]) -> Page[FailedTimer]:
        """What passes by itself, a database or broker that is away, is tried again without end and never stands here."""
        return await call.read(_page, which, paging)

    @router.post(":release", allow=settle, errors=[NotFound], summary="Fire failed timers again")
    async def release_timers(body: ChosenTimers, call: Call[Work]) -> FiredAgain:
        """A worker takes them at once; what fails again comes back here."""
        return FiredAgain(released=_some(await call.run(timers.release_failed, body.kind, body.key)))

    @router.post(":drop", allow=settle, errors=[NotFound], summary="Give up failed timers for good")
    async def drop_timers(body: DropTimers, call: Call[Work]) -> DroppedView:
        """What they were set for does not happen."""
        return DroppedView(dropped=_some(await call.run(timers.drop_failed, body.kind, body.key, reason=body.why)))

    return router


async def _page(work: Work, which: WhichTimers, paging: Paging) -> Page[FailedTimer]:
    found = await find(work, table, _OLDEST, which, paging, table.c.parked_at.is_not(None))
    return found.map(lambda row: FailedTimer.model_validate(row, from_attributes=True))


def _some(settled: int) -> int:
    """Raises NotFound for none."""
    if not settled:
        raise NotFound
    return settled
