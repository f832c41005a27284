"""Policy packs: what is shipped, and installing it."""

from __future__ import annotations

from pydantic import BaseModel
from rapport_chassis.lists import Page
from rapport_chassis.web import Call, Name, Router, VersionView, version_view
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.clocks.domain.packs import PolicyPack
from rapport_complaints.clocks.domain.policies import SlaPolicy
from rapport_complaints.clocks.store.packs import pack, shipped
from rapport_complaints.clocks.usecases.install_pack import Installation, install_pack

router = Router(tags=["policies"])


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
)
async def post_install(code: Name, body: Installation, call: Call[Work]) -> VersionView[SlaPolicy]:
    """A version of the SLA policy of that code, for complaints received from `effective_from` on. Packs of different tracks
    run side by side; a policy that is put with `retired` ends it."""
    return version_view(await call.run(install_pack, code, body))


def _view(shown: PolicyPack) -> PackView:
    return PackView(**{name: getattr(shown, name) for name in PackView.model_fields})
