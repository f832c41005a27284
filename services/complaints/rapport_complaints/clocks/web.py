"""Calendars, SLA policies and policy packs. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from rapport_chassis.lists import Page
from rapport_chassis.web import Call, Name, Router, VersionedData, VersionView, version_view
from rapport_chassis.web.operations import Aside
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.clocks.domain.policies import CalendarData, PolicyPack, SlaPolicy
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES, pack, shipped
from rapport_complaints.clocks.usecases import Installation, NewCalendar, NewPolicy, install_pack, put_calendar, put_policy

B = TypeVar("B", bound=BaseModel)
router = Router(tags=["policies"])


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/sla-policies/{code}", lambda work: work.store(SLA_POLICIES), SlaPolicy, NewPolicy, put_policy,
     errors=(Invalid, VersionConflict),
     every=("find_policies", "SLA policies with all their versions", "Every version of every policy, by code and version."),
     one=("show_policy", "The newest version of a policy",
          "The newest version, or the one asked for: what was decided under it stays explained by it."),
     put=("change_policy", "Add a version of a policy",
          "For complaints received from `effective_from` on. Running clocks keep the version that they started under."))
keep("/calendars/{code}", lambda work: work.store(CALENDARS), CalendarData, NewCalendar, put_calendar,
     errors=(Invalid, VersionConflict),
     every=("find_calendars", "Calendars with all their versions", "Every version of every calendar, by code and version."),
     one=("show_calendar", "The newest version of a calendar", "The newest version, or the one asked for."),
     put=("change_calendar", "Add a version of a calendar",
          ("Days from `effective_from` on follow it. Clocks that run under it are reckoned anew right after, each with an "
           "event and its old due time kept.")))
# fmt: on


class PackView(BaseModel):
    """A shipped pack: `policy` is what installing it adds as a version of the SLA policy `code`."""

    code: str
    edition: int
    title: str
    description: str
    sources: list[str]
    policy: SlaPolicy


@router.get("/policy-packs", allow=READ, summary="Shipped policy packs")
async def find_packs() -> Page[PackView]:
    """All of them, by code."""
    return Page(items=[_view(each) for each in shipped().values()])


@router.get("/policy-packs/{code}", allow=READ, errors=[NotFound], summary="Show a policy pack")
async def show_pack(code: Name) -> PackView:
    """One pack, with its limits and where they come from."""
    return _view(pack(code))


@router.post(
    "/policy-packs/{code}:install",
    allow=CONFIGURE,
    errors=[NotFound, Invalid, VersionConflict],
    status=201,
    summary="Install a policy pack",
    on=Aside("changes nothing of the pack; it makes a version of a policy"),
)
async def post_install(code: Name, body: Installation, call: Call[Work]) -> VersionView[SlaPolicy]:
    """A version of the SLA policy of that code, for complaints received from `effective_from` on. Packs of different tracks
    run side by side; a policy that is put with `retired` ends it."""
    return version_view(await call.run(install_pack, code, body))


def _view(shown: PolicyPack) -> PackView:
    return PackView(**{name: getattr(shown, name) for name in PackView.model_fields})
