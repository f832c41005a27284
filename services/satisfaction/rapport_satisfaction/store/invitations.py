"""Invitations and the trail of decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from rapport_chassis.actor import Cause
from rapport_chassis.database import to_json
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_contracts.envelope import Envelope
from rapport_kernel.errors import NotFound
from sqlalchemy import Table, func, or_, select, text

from rapport_satisfaction.domain.eligibility import OPEN_EMERGENCY, Ask
from rapport_satisfaction.domain.invitations import Decision, Invitation
from rapport_satisfaction.store import tables

_TABLE = tables.invitations
_COLUMNS = [column.name for column in _TABLE.columns if column.name not in {"id", "version"}]
_ROW = {field.name for field in fields(Invitation)}
assert set(_COLUMNS) <= _ROW  # noqa: S101 - every column is a field of the aggregate
LIST = Keyset({"considered_at": [_TABLE.c.considered_at, _TABLE.c.id]}, default="-considered_at")


@dataclass(frozen=True, slots=True)
class InvitationFilter:
    """What a list of invitations may be narrowed to."""

    state: str | None = None
    reason: str | None = None
    survey: str | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    complaint_id: UUID | None = None
    due: bool = False


class Invitations(AggregateStore[Invitation]):
    """Invitations by id, by token, by what they are about."""

    table: ClassVar[Table] = _TABLE

    def __init__(self, work: Work) -> None:
        """Use `work.invitations`."""
        super().__init__(work)
        self.causes: dict[UUID, Cause] = {}

    def to_row(self, aggregate: Invitation) -> dict[str, Any]:
        """The columns of an invitation."""
        return {name: getattr(aggregate, name) for name in _COLUMNS}

    def from_row(self, row: Mapping[str, Any]) -> Invitation:
        """An invitation from its columns."""
        return Invitation(id=row["id"], **{name: row[name] for name in _COLUMNS})

    def because_of(self, invitation: Invitation, envelope: Envelope) -> None:
        """What is recorded about this invitation is caused by that event: a set of events has many causes."""
        self.causes[invitation.id] = Cause.of(envelope)

    def _publish(self, aggregate: Invitation) -> None:
        own, self.work.cause = self.work.cause, self.causes.get(aggregate.id, self.work.cause)
        super()._publish(aggregate)
        self.work.cause = own

    async def flush(self) -> None:
        """Save, then write the new lines of all trails with one statement."""
        await super().flush()
        rows: list[dict[str, Any]] = []
        for held in self._held.values():
            for place, line in enumerate(held.aggregate.trail):
                rows.append({"invitation_id": held.aggregate.id, "place": place, **_line(line)})
            held.aggregate.trail = []
        if rows:
            await self.work.connection.execute(_ADD_DECISIONS, {"rows": to_json(rows)})

    async def by_token(self, token_hash: bytes) -> Invitation:
        """The invitation of a link, locked. Raises NotFound `link-unknown`, also for a link that a newer one replaced."""
        query = select(_TABLE.c.id).where(_TABLE.c.token_hash == token_hash)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound("link-unknown", "This link is not known.")
        invitation = await self.get(found, for_update=True)
        if invitation.token_hash != token_hash:  # replaced by a reminder while we waited for the lock
            raise NotFound("link-unknown", "This link is not known.")
        return invitation

    async def about(self, interactions: Iterable[UUID] = (), complaints: Iterable[UUID] = ()) -> list[Invitation]:
        """All invitations about these interactions or complaints, locked: two statements."""
        there = or_(
            _TABLE.c.interaction_id.in_(sorted(set(interactions))), _TABLE.c.complaint_id.in_(sorted(set(complaints)))
        )
        return await self._locked(select(_TABLE.c.id).where(there))

    async def of_rules(self, rules: Iterable[str], subjects: Iterable[UUID]) -> list[Invitation]:
        """Invitations that these rules made about these subjects, locked: two statements."""
        there = _TABLE.c.rule_key.in_(sorted(set(rules))), _TABLE.c.subject_id.in_(sorted(set(subjects)))
        return await self._locked(select(_TABLE.c.id).where(*there))

    async def waiting_of(self, customers: Iterable[UUID], states: Sequence[str]) -> list[Invitation]:
        """Invitations of these customers in these states, locked: two statements."""
        there = _TABLE.c.customer_id.in_(sorted(set(customers))), _TABLE.c.state.in_(states)
        return await self._locked(select(_TABLE.c.id).where(*there))

    async def touched_by_emergencies(self, after: UUID | None, limit: int) -> list[Invitation]:
        """Those scheduled, or held because of an emergency, in order of id after this one, locked: two statements."""
        there = or_(_TABLE.c.state == "scheduled", (_TABLE.c.state == "held") & (_TABLE.c.reason == OPEN_EMERGENCY))
        query = select(_TABLE.c.id).where(there)
        if after is not None:
            query = query.where(_TABLE.c.id > after)
        return await self._locked(query.order_by(_TABLE.c.id).limit(limit))

    async def _locked(self, query: Any) -> list[Invitation]:
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []

    async def asks(self, customers: Iterable[UUID], since: datetime) -> dict[UUID, list[Ask]]:
        """What these customers were sent since then, or are about to be: one statement."""
        at = func.coalesce(_TABLE.c.sent_at, _TABLE.c.send_after)
        query = select(
            _TABLE.c.id, _TABLE.c.customer_id, _TABLE.c.survey, at.label("at"), _TABLE.c.relationship, _TABLE.c.state
        ).where(
            _TABLE.c.customer_id.in_(sorted(set(customers))),
            or_(_TABLE.c.sent_at >= since, _TABLE.c.state == "scheduled"),
        )
        found: dict[UUID, list[Ask]] = {}
        for row in await self.work.connection.execute(query):
            found.setdefault(row.customer_id, []).append(
                Ask(row.id, row.survey, row.at, row.relationship, row.state == "scheduled")
            )
        return found

    async def lock_customers(self, customers: Iterable[UUID]) -> dict[UUID, UUID]:
        """Decide about a customer in one place at a time: two contacts at once must not both pass the throttle.

        Returns who each of them is at present: himself, or who survived a merge. What is known is known of that one.
        """
        rows = await self.work.connection.execute(_LOCK, {"customers": sorted(set(customers))})
        return {row.customer: row.root for row in rows}

    async def trail(self, invitation_id: UUID) -> list[Decision]:
        """All decisions about one candidate, in order. Raises NotFound."""
        query = select(tables.decisions).where(tables.decisions.c.invitation_id == invitation_id)
        rows = await self.work.connection.execute(query.order_by(tables.decisions.c.number))
        lines = [Decision(r.decision, r.reason, r.sentence, r.rule_version, r.throttle_version, r.at, r.cause) for r in rows]
        if not lines:
            raise NotFound
        return lines

    async def page(self, narrowed: InvitationFilter, paging: Paging) -> Page[Invitation]:
        """A page of the list: one statement."""
        filters = {field.name: getattr(narrowed, field.name) for field in fields(narrowed)}
        query = select(_TABLE)
        for name, value in filters.items():
            if name != "due" and value is not None:
                query = query.where(_TABLE.c[name] == value)
        if narrowed.due:
            query = query.where(_TABLE.c.state == "scheduled", _TABLE.c.send_after <= func.now())
        rows = (await self.work.connection.execute(LIST.select(query, paging, filters))).all()
        return LIST.page(rows, paging, filters, lambda row: self._shown(row._mapping))  # noqa: SLF001 - its public name

    def _shown(self, row: Mapping[str, Any]) -> Invitation:
        invitation = self.from_row(row)
        invitation.version = row["version"]
        return invitation


def _line(line: Decision) -> dict[str, Any]:
    return {field.name: getattr(line, field.name) for field in fields(line)}


_ADD_DECISIONS = text(
    """
    INSERT INTO decisions (invitation_id, number, decision, reason, sentence, rule_version, throttle_version, at, cause)
    SELECT d.invitation_id, d.place + 1 + coalesce(last.number, 0), d.decision, d.reason, d.sentence, d.rule_version,
           d.throttle_version, d.at, d.cause
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(invitation_id uuid, place int, decision text, reason text,
         sentence text, rule_version int, throttle_version int, at timestamptz, cause uuid)
    LEFT JOIN LATERAL (SELECT max(number) AS number FROM decisions o WHERE o.invitation_id = d.invitation_id) last ON true
    """
)
_LOCK = text(
    """
    WITH present AS MATERIALIZED (
        SELECT c AS customer, customer_root(c) AS root FROM unnest(CAST(:customers AS uuid[])) AS c ORDER BY customer_root(c)
    ), locked AS MATERIALIZED (
        SELECT customer, root, pg_advisory_xact_lock(hashtextextended(root::text, 1)) FROM present
    ) SELECT customer, root FROM locked
    """
)
