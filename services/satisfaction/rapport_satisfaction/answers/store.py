"""Answers that count, and answers that do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.database import to_json
from rapport_chassis.filters import Dated, Is, Many, OneCode
from rapport_chassis.lists import Keyset
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import NotFound
from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from rapport_satisfaction.answers.domain import Exclusion, Response
from rapport_satisfaction.schema import metadata, moment

COMMENTS = "responses.comments"
"""The place of the sealed comments, to which their ciphertext is bound."""
responses = Table(
    "responses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("invitation_id", Uuid, nullable=False, unique=True, comment="imported answers have one of their own"),
    Column("survey", Text, nullable=False),
    Column("survey_version", Integer, nullable=False),
    Column("metric", Text, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("band", Text, nullable=False),
    Column("ratings", JSONB, nullable=False),
    Column("comments", LargeBinary, comment="sealed"),
    Column("keyed_by", Uuid, nullable=False, comment="the customer who answered, or the answer itself if unknown"),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("complaint_id", Uuid),
    Column("touchpoint", Text),
    Column("agent", Text),
    Column("agents", ARRAY(Text), nullable=False),
    moment("answered_at", nullable=False),
    moment("received_at", nullable=False),
    Column("source", Text),
    Column("ref", Text),
    CheckConstraint("(source IS NULL) = (ref IS NULL)", name="responses_origin_whole"),
    Index("responses_origin", "source", "ref", unique=True, postgresql_where=text("source IS NOT NULL")),
    Index("responses_survey", "survey", "answered_at", "id"),
    Index("responses_metric", "metric", "answered_at"),
    Index("responses_recent", "answered_at", "id"),
    Index("responses_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    comment="Valid answers.",
)
exclusions = Table(
    "exclusions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("invitation_id", Uuid, nullable=False),
    Column("survey", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("touchpoint", Text),
    Column("agent", Text),
    Column("agents", ARRAY(Text), nullable=False),
    moment("at", nullable=False),
    Column("source", Text),
    Column("ref", Text),
    UniqueConstraint("invitation_id", "reason", name="exclusions_once"),
    Index("exclusions_origin", "source", "ref", unique=True, postgresql_where=text("source IS NOT NULL")),
    Index("exclusions_survey", "survey", "at"),
    Index("exclusions_metric", "metric", "at"),
    comment="Answers that do not count; an invitation counts once for each reason, however often it is tried.",
)
BY_ANSWERED = Keyset(
    {"answered_at": responses.c.answered_at, "score": responses.c.score}, responses.c.id, default="-answered_at"
)


class ResponseFilters(Dated):
    """Filters of the list of answers."""

    at = "answered_at"

    survey: Many[OneCode] | None = None
    metric: Many[Metric] | None = None
    band: Many[Band] | None = None
    agent: Many[Code] | None = None
    touchpoint: Many[Code] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    interaction: Annotated[UUID | None, Is("interaction_id")] = None
    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    source: Code | None = Field(default=None, description="The system it was imported from.")
    ref: Code | None = Field(default=None, description="Its identity there.")


class Responses:
    """Answers in sets."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(Responses)`."""
        self.work = work

    async def add(self, answers: Sequence[Response]) -> set[UUID]:
        """Insert answers: one statement for any number. Returns the ids that are new: an origin is taken once."""
        if not answers:
            return set()
        rows = await self.work.connection.execute(
            _ADD, {"rows": to_json([{**_row(one, responses), "keyed_by": one.owner} for one in answers])}
        )
        return set(rows.scalars())

    async def exclude(self, excluded: Sequence[Exclusion]) -> set[UUID]:
        """Insert answers that do not count: one statement. Returns the ids that are new; the rest was counted before."""
        if not excluded:
            return set()
        rows = await self.work.connection.execute(_EXCLUDE, {"rows": to_json([_row(one, exclusions) for one in excluded])})
        return set(rows.scalars())

    async def known(self, source: str, refs: Iterable[str]) -> tuple[set[str], set[str]]:
        """The references of a source, among these, that are known: as answers, and as exclusions."""
        rows = (await self.work.connection.execute(_KNOWN, {"source": source, "refs": sorted(set(refs))})).all()
        return {row.ref for row in rows if row.valid}, {row.ref for row in rows if not row.valid}

    async def get(self, response_id: UUID) -> Response:
        """One answer. Raises NotFound."""
        row = (
            (await self.work.connection.execute(select(responses).where(responses.c.id == response_id)))
            .mappings()
            .one_or_none()
        )
        if row is None:
            raise NotFound
        return Response(**row)


def _row(one: Response | Exclusion, table: Table) -> Mapping[str, Any]:
    return {column.name: getattr(one, column.name) for column in table.columns}


def _insert(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    source = f"jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {source}"  # noqa: S608 - names of our own tables


_ADD = text(_insert(responses) + " ON CONFLICT (source, ref) WHERE source IS NOT NULL DO NOTHING RETURNING id")
_EXCLUDE = text(_insert(exclusions) + " ON CONFLICT DO NOTHING RETURNING id")
_KNOWN = text(
    """
    SELECT ref, true AS valid FROM responses WHERE source = :source AND ref = ANY(CAST(:refs AS text[]))
    UNION ALL SELECT ref, false FROM exclusions WHERE source = :source AND ref = ANY(CAST(:refs AS text[]))
    """
)
