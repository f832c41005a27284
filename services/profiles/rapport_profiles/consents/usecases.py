"""Record a customer's statement about consent with its evidence, and show the consent that holds (PIPL 13)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, load_for_command
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import UtcTime
from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel, named
from rapport_kernel.errors import Invalid

from rapport_profiles.consents.domain import Statement, record_statement
from rapport_profiles.consents.store import StoredStatement, add_statement, statements_of
from rapport_profiles.customers.domain import Customer
from rapport_profiles.customers.store import Customers
from rapport_profiles.work import ProfilesWork


class Evidence(Body):
    """The proof of a statement: a kind, and a text or reference that is stored encrypted."""

    kind: NewCode = Field(examples=["call-recording"])
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, repr=False, examples=["recording 4711, minute 3"]
    )


class ConsentStatement(Body):
    """A statement of the customer. `channel` null: on any channel. `said_at`: now, if not given."""

    purpose: ConsentPurpose = Field(examples=["survey"])
    channel: Channel | None = None
    decision: Annotated[Literal["granted", "withdrawn"], named("consent-state")] = Field(examples=["granted"])
    said_at: UtcTime | None = None
    evidence: Evidence


async def record_consent(work: ProfilesWork, customer_id: UUID, command: ConsentStatement) -> Customer:
    """Granted, or withdrawn. `said_at` may lie in the past: the newest statement holds.

    Publishes consent.granted or consent.withdrawn. Raises NotFound, VersionConflict, Erased, Invalid for a time in the
    future.
    """
    customer, act = await load_for_command(work, Customers, customer_id, Command())
    said_at = command.said_at or work.now
    if said_at > work.now:
        raise Invalid.at("said_at", "time-in-the-future")
    statement = Statement(command.purpose, command.channel, command.decision, said_at)
    evidence = command.evidence
    await add_statement(work, customer_id, statement, evidence_kind=evidence.kind, evidence=evidence.text)
    record_statement(customer, act, statement, await statements_of(work, customer_id))
    return customer


async def show_consents(work: ProfilesWork, customer_id: UUID) -> list[tuple[StoredStatement, str | None]]:
    """The whole history with evidence in clear; it is masked for who reads it. Raises NotFound. Audited."""
    await work.store(Customers).get(customer_id)
    history = await statements_of(work, customer_id)
    box = await work.vault.open_for({statement.keyed_by for statement in history}, create=False)
    await work.audit("consent.read", f"customer:{customer_id}", detail={"level": work.actor.level})
    return [(statement, statement.evidence_text(box)) for statement in history]
