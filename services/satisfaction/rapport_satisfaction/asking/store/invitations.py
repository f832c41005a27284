"""Invitations and the trail of decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.actor import Cause
from rapport_chassis.columns import table_of
from rapport_chassis.database import to_json
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, Where, open_in
from rapport_chassis.lists import Keyset, into
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work
from rapport_contracts.envelope import Envelope
from rapport_kernel.errors import NotFound
from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text, UniqueConstraint, Uuid, func, or_, select, text

from rapport_satisfaction.asking.domain.eligibility import OPEN_EMERGENCY, Ask
from rapport_satisfaction.asking.domain.invitations import INVITATION_LIFE, Decision, Invitation
from rapport_satisfaction.schema import metadata, moment

invitations = table_of(
    Invitation,
    "invitations",
    metadata,
    Column("subject", comment="interaction | complaint | recovery"),
    Column("agent", comment="last human handler"),
    Column("agents", comment="all human handlers in order"),
    Column("reminders", SmallInteger),
    Column("token_hash", comment="SHA-256 of the link's token; the token itself is nowhere"),
    UniqueConstraint("rule_key", "subject_id", name="invitations_once"),
    Index("invitations_token", "token_hash", unique=True, postgresql_where=text("token_hash IS NOT NULL")),
    Index("invitations_customer", "customer_id", "considered_at"),
    Index("invitations_interaction", "interaction_id", postgresql_where=text("interaction_id IS NOT NULL")),
    Index("invitations_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("invitations_recent", "considered_at", "id"),
    Index("invitations_state", "state", "considered_at", "id"),
    Index("invitations_sent", "survey", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    elsewhere={"trail"},
    comment="One candidate each: a contact and a survey, whatever was decided.",
)
decisions = Table(
    "decisions",
    metadata,
    Column("invitation_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("decision", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("throttle_version", Integer, nullable=False),
    moment("at", nullable=False),
    Column("cause", Uuid, comment="the event behind it"),
    comment="Why each customer was or was not asked: the whole trail.",
)
BY_CONSIDERED = Keyset({"considered_at": invitations.c.considered_at}, invitations.c.id, default="-considered_at")
_I, _D = invitations.c, decisions.c
UNSENT_AFTER = timedelta(hours=1)


def _due(columns: Any, due: bool) -> Any:
    return (columns.state == "scheduled") & (columns.send_after <= func.now()) if due else None


async def count_unsent(work: Work) -> int:
    """How many could have been sent an hour ago and were not: nobody fetches them."""
    late = _due(_I, True) & (_I.send_after <= work.now - UNSENT_AFTER)
    return int((await work.connection.execute(select(func.count()).select_from(invitations).where(late))).scalar_one())


class InvitationFilters(Changing, Dated):
    """Filters of the list, by when it was considered."""

    at = "considered_at"

    state: Annotated[Many[str] | None, OneOf(INVITATION_LIFE.states)] = None
    open: Annotated[bool | None, open_in(INVITATION_LIFE)] = Field(
        default=None, description="Something can still become of it, or it is over."
    )
    reason: Many[OneCode] | None = None
    survey: Many[OneCode] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    interaction: Annotated[UUID | None, Is("interaction_id")] = None
    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    due: Annotated[bool, Where(_due)] = Field(
        default=False, description="True: scheduled, and the delay of the rule has passed."
    )


class Invitations(AggregateStore[Invitation]):
    """Invitations by id, by token, by what they are about."""

    table = invitations
    kind = Invitation

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Invitations)`."""
        super().__init__(work)
        self.causes: dict[UUID, Cause] = {}
        self.present: dict[UUID, UUID] = {}
        """The customers that are locked, and who they are now."""

    def because_of(self, invitation: Invitation, envelope: Envelope) -> None:
        """Facts about this invitation are caused by that event: in a set of events each has a cause of its own."""
        self.causes[invitation.id] = Cause.of(envelope)

    def _publish(self, aggregate: Invitation) -> None:
        own, self.work.cause = self.work.cause, self.causes.get(aggregate.id, self.work.cause)
        super()._publish(aggregate)
        self.work.cause = own

    async def save_related(self, saved: list[Invitation]) -> None:
        """The new lines of all trails: one statement."""
        await super().save_related(saved)
        rows: list[dict[str, Any]] = []
        for invitation in saved:
            trail, invitation.trail = invitation.trail, []
            rows += [{"invitation_id": invitation.id, "place": place, **asdict(line)} for place, line in enumerate(trail)]
        if rows:
            await self.work.connection.execute(_ADD_DECISIONS, {"rows": to_json(rows)})

    async def by_token(self, token_hash: bytes) -> Invitation:
        """The invitation of a link, locked: one statement. Raises NotFound `link-unknown`, also for a link that was replaced
        while this waited for the lock."""
        query = select(invitations).where(_I.token_hash == token_hash).with_for_update()
        row = (await self.work.connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise NotFound("link-unknown")
        self._hold(dict(row), locked=True)
        return self._held[row["id"]].aggregate

    async def about(self, interactions: Iterable[UUID] = (), complaints: Iterable[UUID] = ()) -> list[Invitation]:
        """All invitations about these interactions or complaints, locked: two statements."""
        condition = or_(_I.interaction_id.in_(sorted(set(interactions))), _I.complaint_id.in_(sorted(set(complaints))))
        return await self._locked(select(_I.id).where(condition))

    async def of_rules(self, rules: Iterable[str], subjects: Iterable[UUID]) -> list[Invitation]:
        """Invitations that these rules made about these subjects, locked: two statements."""
        condition = _I.rule_key.in_(sorted(set(rules))), _I.subject_id.in_(sorted(set(subjects)))
        return await self._locked(select(_I.id).where(*condition))

    async def waiting_of(self, customers: Iterable[UUID], states: Sequence[str]) -> list[Invitation]:
        """Invitations of these customers in these states, locked: two statements."""
        condition = _I.customer_id.in_(sorted(set(customers))), _I.state.in_(states)
        return await self._locked(select(_I.id).where(*condition))

    async def touched_by_emergencies(self, after: UUID | None, limit: int) -> list[Invitation]:
        """Those scheduled, or held because of an emergency, in order of id after this one, locked: two statements."""
        condition = or_(_I.state == "scheduled", (_I.state == "held") & (_I.reason == OPEN_EMERGENCY))
        query = select(_I.id).where(condition)
        if after is not None:
            query = query.where(_I.id > after)
        return await self._locked(query.order_by(_I.id).limit(limit))

    async def _locked(self, query: Any) -> list[Invitation]:
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []

    async def asks(self, customers: Iterable[UUID], since: datetime) -> dict[UUID, list[Ask]]:
        """The surveys that these customers were sent since then, or are about to be sent: one statement."""
        at = func.coalesce(_I.sent_at, _I.send_after)
        query = select(_I.id, _I.customer_id, _I.survey, at.label("at"), _I.relationship, _I.state).where(
            _I.customer_id.in_(sorted(set(customers))),
            or_(_I.sent_at >= since, _I.state == "scheduled"),
        )
        found: dict[UUID, list[Ask]] = {}
        for row in await self.work.connection.execute(query):
            found.setdefault(row.customer_id, []).append(
                Ask(row.id, row.survey, row.at, row.relationship, row.state == "scheduled")
            )
        return found

    async def lock_customers(self, customers: Iterable[UUID]) -> dict[UUID, UUID]:
        """Decide about a customer in one place at a time: two contacts at once must not both pass the throttle.

        Returns who each of them is at present: the same customer, or the one they were merged into. Facts are kept for that
        customer. Those who are locked already, until the commit, cost no statement.
        """
        wanted = set(customers)
        if more := wanted - self.present.keys():
            rows = await self.work.connection.execute(_LOCK, {"customers": sorted(more)})
            self.present |= {row.customer: row.root for row in rows}
        return {customer: self.present[customer] for customer in wanted}

    async def behind_its_customer(self, invitation_id: UUID) -> Invitation:
        """The invitation, locked, and its customer before it: two statements. Whoever follows what happened to a customer
        locks them first and then their invitations; the other way round each would wait for the other. Raises NotFound."""
        rows = await self.work.connection.execute(_LOCK_ITS, {"id": invitation_id})
        self.present |= {row.customer: row.root for row in rows}
        return await self.get(invitation_id, for_update=True)

    async def trail(self, invitation_id: UUID) -> list[Decision]:
        """All decisions about one candidate, in order. Raises NotFound."""
        query = select(decisions).where(_D.invitation_id == invitation_id).order_by(_D.number)
        lines = [_line(row) for row in await self.work.connection.execute(query)]
        if not lines:
            raise NotFound
        return lines


_line = into(Decision)
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
_LOCKED = """
    , locked AS MATERIALIZED (
        SELECT customer, root, pg_advisory_xact_lock(hashtextextended(root::text, 1)) FROM present
    ) SELECT customer, root FROM locked
"""
_LOCK = text(
    f"""
    WITH present AS MATERIALIZED (
        SELECT c AS customer, customer_root(c) AS root FROM unnest(CAST(:customers AS uuid[])) AS c ORDER BY customer_root(c)
    ) {_LOCKED}
    """  # noqa: S608 - text of our own
)
_LOCK_ITS = text(
    f"""
    WITH present AS MATERIALIZED (
        SELECT customer_id AS customer, customer_root(customer_id) AS root FROM invitations
        WHERE id = :id AND customer_id IS NOT NULL
    ) {_LOCKED}
    """  # noqa: S608 - text of our own
)
