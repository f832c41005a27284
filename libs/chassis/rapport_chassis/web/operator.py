"""Routes that every service has without asking: does it answer, what are its states, who did what, which keys are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import Code
from rapport_kernel.errors import NotFound
from rapport_kernel.states import StateTable
from sqlalchemy import Boolean, ColumnElement, literal_column

from rapport_chassis.actor import ActorKind
from rapport_chassis.bodies import Body
from rapport_chassis.filters import Dated, Is, Many, Where, find
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.security.machine_keys import (
    MachineKeys,
    create_machine_key,
    list_machine_keys,
    revoke_keys_of,
    revoke_machine_key,
)
from rapport_chassis.security.scopes import Public, Scope
from rapport_chassis.tables import audit
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work


class Alive(BaseModel):
    """The process answers."""

    status: str = "alive"


class LifeMoveView(BaseModel):
    """A move of a life. `by`: `people`, who make it with an operation, or `system`: time, an event, a customer's page."""

    name: str = Field(examples=["close"])
    from_: str = Field(alias="from")
    to: str
    by: Annotated[str, known("people", "system", name="move-by")]


class StateMachine(BaseModel):
    """A life as a table."""

    state_vocabulary: str = Field(description="Under which `labels` has its states.", examples=["complaint-state"])
    move_vocabulary: str = Field(description="And its moves.", examples=["complaint-action"])
    initial: str
    states: list[str]
    final: list[str]
    moves: list[LifeMoveView]
    mermaid: str = Field(description="The same as a Mermaid state diagram.")


class AuditEntry(BaseModel):
    """Who did what to whom, and why. Holds no personal data."""

    seq: int
    at: datetime
    actor_kind: Annotated[str, known(ActorKind, name="actor-kind")]
    actor_id: str
    action: str
    subject: str
    reason: str | None
    detail: dict[str, Any]
    correlation_id: UUID | None


class NewMachineKey(Body):
    """A key for a call-centre system."""

    name: str = Field(
        min_length=1, max_length=100, description="Which system it is, for people.", examples=["Genesys, site 2"]
    )
    source: NewCode = Field(description="The only source it may speak for.", examples=["genesys"])
    scopes: list[str] = Field(
        min_length=1, max_length=50, description="Scopes that you hold yourself: `...:push`, `:import`, `:send` or `:file`."
    )
    level: int = Field(default=1, ge=1, le=4)
    days: int = Field(default=365, ge=1, le=730, description="How many days it is good for.")


class MachineKeyView(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    source: str
    scopes: list[str]
    level: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    created_by: str | None = Field(description="Who made it; null: an earlier version did not say.")


class MadeMachineKey(MachineKeyView):
    """A new key with its secret."""

    key: str = Field(description="Send it as a bearer token. It is shown this once.")


class Revocation(Body):
    """Why a key is withdrawn."""

    reason: NewCode = Field(description="A code; goes to the audit.", examples=["left-the-company"])


class RevocationOfMaker(Revocation):
    """Whose keys are withdrawn, and why."""

    created_by: str = Field(min_length=1, max_length=300)


class RevokedKeys(BaseModel):
    """The ids of the keys that were good until now."""

    revoked: list[str]


def alive_router() -> Router:
    """Whether the process answers; what is to be said about it beside that is on the management port."""
    router = Router(tags=["operation"], audience="operators")

    @router.get("/health/live", allow=Public, limited=False, summary="Does the process answer?")
    async def live() -> Alive:
        """It answers as long as the process does, whatever else is broken."""
        return Alive()

    return router


def state_machine_router(machines: Mapping[str, StateTable]) -> Router:
    """The lives of the service's aggregates as tables."""
    router = Router(tags=["state machines"], about="Every life as a table: its states, and the moves between them.")
    tables = {
        name: StateMachine.model_validate({**table.as_dict(), "mermaid": table.mermaid()})
        for name, table in machines.items()
    }

    @router.get("/state-machines", allow=Public, shared=True, summary="All state machines of this service")
    async def state_machines() -> dict[str, StateMachine]:
        """By the name of what lives so: states, moves, and the same as a Mermaid diagram."""
        return tables

    @router.get("/state-machines/{name}", allow=Public, shared=True, errors=[NotFound], summary="One state machine")
    async def state_machine(name: str) -> StateMachine:
        """The life of one kind of thing."""
        if name not in tables:
            raise NotFound
        return tables[name]

    return router


_NEWEST = Keyset({"seq": audit.c.seq}, audit.c.seq, default="-seq")
_OF_MANY = literal_column("detail ? 'subjects'", Boolean)
"""As the index says it, so that it is used."""


def _about(columns: Any, subject: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (columns.subject == subject) | (_OF_MANY & columns.detail["subjects"].has_key(subject))
    return found


class AuditFilters(Dated):
    """Which lines of the audit trail."""

    at = "at"

    subject: Annotated[str | None, Where(_about, "subject")] = Field(
        default=None, max_length=200, description="E.g. `customer:<id>`; rows about many, too."
    )
    actor: Annotated[str | None, Is("actor_id")] = Field(default=None, max_length=300, description="Id of who acted.")
    action: Many[Code] | None = Field(default=None, description="What was done, e.g. `complaint.read`.")


def audit_router(service: str) -> Router:
    """Reading the audit trail."""
    router = Router(tags=["operation"], audience="operators")

    @router.get("/audit", allow=Scope(f"{service}:read-audit", level=4), summary="The audit trail, the newest first")
    async def read_audit(filters: AuditFilters, paging: Annotated[Paging, _NEWEST], call: Call[Work]) -> Page[AuditEntry]:
        """Who did what to whom and why; of a subject, or of an actor."""
        page = await call.read(find, audit, _NEWEST, filters, paging)
        return page.map(lambda row: AuditEntry.model_validate(row, from_attributes=True))

    return router


def machine_key_router(service: str, keys: MachineKeys) -> Router:
    """Keys of call-centre systems."""
    router = Router(prefix="/machine-keys", tags=["operation"], audience="operators")
    manage = Scope(f"{service}:manage-keys", level=4)

    @router.post(
        "",
        allow=manage,
        status=201,
        errors=["more-than-your-own", "only-people", "not-for-machines", "reserved-source"],
        shown_once=True,
        summary="Make a key; its secret is shown this once",
    )
    async def make(body: NewMachineKey, call: Call[Work]) -> MadeMachineKey:
        """For a call-centre system. It holds no more than its maker, and speaks for one source."""
        return await call.run(_make_key, body)

    @router.get("", allow=manage, summary="All keys, without their secrets")
    async def show(call: Call[Work]) -> list[MachineKeyView]:
        """Those that are withdrawn or have run out, too."""
        found = await call.read(list_machine_keys)
        return [MachineKeyView.model_validate(one, from_attributes=True) for one in found]

    @router.post("/{key_id}:revoke", allow=manage, errors=[NotFound], summary="Withdraw a key for good")
    async def revoke(key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")], body: Revocation, call: Call[Work]) -> None:
        """The next request with it is refused."""
        await call.run(_revoke_key, key_id, body.reason, keys)

    @router.post(":revoke", allow=manage, summary="Withdraw all keys that somebody made")
    async def revoke_all(body: RevocationOfMaker, call: Call[Work]) -> RevokedKeys:
        """When they leave, or when somebody else had their account. Each is a line of the audit trail."""
        return await call.run(_revoke_keys, body, keys)

    return router


async def _make_key(work: Work, new: NewMachineKey) -> MadeMachineKey:
    expires_at = work.now + timedelta(days=new.days)
    made, key = await create_machine_key(
        work, name=new.name, source=new.source, scopes=new.scopes, level=new.level, expires_at=expires_at
    )
    return MadeMachineKey(**{**asdict(made), "scopes": list(made.scopes)}, key=key)


async def _revoke_key(work: Work, key_id: str, reason: str, keys: MachineKeys) -> None:
    await revoke_machine_key(work, key_id, reason=reason)
    work.after.append(keys.forget)


async def _revoke_keys(work: Work, whose: RevocationOfMaker, keys: MachineKeys) -> RevokedKeys:
    revoked = await revoke_keys_of(work, whose.created_by, reason=whose.reason)
    work.after.append(keys.forget)
    return RevokedKeys(revoked=revoked)
