"""`GET /v1/me`: who the caller is here, so that a front end can make its menus without reading tokens."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from rapport_contracts.fields import UtcTime

from rapport_chassis.security.scopes import Known
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.web.views import View


class StaffEntryView(View):
    """The caller in the register of the staff, as they are now."""

    name: str | None
    team: str
    skills: list[str]
    active: bool


class MeView(View):
    """The caller. `scopes` are all that the token or key gives, those of other services too."""

    subject: str = Field(description="`sub` of the token, or the id of the key.")
    kind: Annotated[str, known("person", "machine", name="actor-kind")]
    level: int = Field(description="How much personal data you see, 1 to 4.")
    scopes: list[str] = Field(examples=[["complaints:handle", "complaints:read"]])
    expires_at: UtcTime | None = Field(description="When the token or key ends; null: it does not.")
    source: str | None = Field(description="The only source that a machine speaks for.")
    staff: StaffEntryView | None = Field(
        description="Null for whoever is not in the register of the staff, and in services that keep none."
    )


def me_router(staff: StaffRegister | None) -> Router:
    """The route; `staff` is the register of the service."""
    router = Router(tags=["caller"], about="Who you are here.")

    @router.get("/me", allow=Known, summary="Who you are: scopes, level, until when")
    async def me(call: Call[Any]) -> MeView:
        """Takes every valid token and key, whatever its scopes."""
        actor = call.actor
        entry = None
        if staff is not None and actor.kind == "person":
            entry = await call.read(staff.entry, actor.id)
        return MeView(
            subject=actor.id,
            kind=actor.kind,
            level=actor.level,
            scopes=sorted(actor.scopes),
            expires_at=actor.expires_at,
            source=actor.source,
            staff=None if entry is None else StaffEntryView.model_validate(entry),
        )

    return router
