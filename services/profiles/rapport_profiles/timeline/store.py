"""The timeline's rows: entries keyed by their event (their own inbox) and links to the customers they belong to.

Links are followed when the timeline is read: giving a thousand entries to another customer is writing one link. Nothing is
written again about a customer who was erased, whether it arrives late or out of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.filters import Dated, Many, OneOf, Where
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from sqlalchemy import Column, ColumnElement, DateTime, Index, Row, SmallInteger, Table, Text, Uuid, func, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from rapport_profiles.customers.store import Customers
from rapport_profiles.schema import metadata
from rapport_profiles.timeline.domain import ENTRY_KINDS, INTERNAL, NUMBERING, Entry, Link

timeline_entries = Table(
    "timeline_entries",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("anchor", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("summary", JSONB, nullable=False),
    Index("timeline_entries_anchor", "anchor", "occurred_at", "event_id"),
    comment="Projection: one line for each event that concerns a customer.",
)
timeline_links = Table(
    "timeline_links",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Index("timeline_links_customer", "customer_id"),
    comment="Projection: the customer that a contact, a complaint or a conflict belongs to.",
)


def _internal(columns: Any, shown: bool) -> ColumnElement[bool] | None:
    return None if shown else columns.type.not_in(INTERNAL)


BY_TIME = Keyset({"occurred_at": timeline_entries.c.occurred_at}, timeline_entries.c.event_id, default="-occurred_at")


_first = timeline_entries.alias("first")
_NUMBER = (
    select(_first.c.summary["number"].astext)
    .where(_first.c.anchor == timeline_entries.c.anchor, _first.c.type.in_(NUMBERING))
    .limit(1)
    .scalar_subquery()
    .label("number")
)
"""The number of the complaint that a line is anchored at: the event with which it began has it."""


class TimelineFilters(Dated):
    """Filters of a timeline."""

    at = "occurred_at"

    kind: Annotated[Many[str] | None, OneOf(ENTRY_KINDS)] = Field(default=None, description="Only lines of these kinds.")
    internal: Annotated[bool, Where(_internal)] = Field(
        default=False,
        description="True: also what only shows how the product works: that a survey was considered, that a contact was"
        " linked or identified.",
    )


async def add_entries(work: Work, entries: Sequence[Entry]) -> None:
    """Insert the entries that are new: one statement, all of them in one JSON parameter, the cheapest to make of objects."""
    if entries:
        connection = await work.raw()
        await connection.execute(_ADD, orjson.dumps(entries).decode())


async def add_links(work: Work, links: Iterable[Link]) -> None:
    """Record the customers of subjects: one statement. Of several links of a subject the greatest counts, in any order."""
    greatest: dict[UUID, Link] = {}
    for link in links:
        known = greatest.get(link.subject_id)
        if known is None or known < link:
            greatest[link.subject_id] = link
    if not greatest:
        return
    rows = sorted(greatest.values(), key=lambda link: link.subject_id)
    connection = await work.raw()
    columns = zip(*((r.subject_id, r.customer_id, r.rank, r.linked_at, r.event_id) for r in rows), strict=True)
    await connection.execute(_LINK, *(list(column) for column in columns))


async def find_entries(work: Work, customer_id: UUID, filters: TimelineFilters, paging: Paging) -> Page[Row[Any]]:
    """The lines of a customer: their own and those of customers merged into them, and those of subjects linked to them.

    Raises NotFound for a customer who does not exist.
    """
    anchors = union_all(
        select(timeline_links.c.subject_id).where(timeline_links.c.customer_id == customer_id),
        select(func.customer_family(customer_id).column_valued("absorbed")),
    )
    conditions = [timeline_entries.c.anchor.in_(anchors), *filters.conditions(work, timeline_entries)]
    query = select(timeline_entries, _NUMBER).where(*conditions)
    page = await BY_TIME.find(work, query, paging, filters.asked_of(customer_id))
    if not page.items and customer_id not in await work.store(Customers).get_many([customer_id]):
        raise NotFound
    return page


_ADD = """
    INSERT INTO timeline_entries (event_id, type, kind, subject_id, anchor, occurred_at, summary)
    SELECT event_id, type, kind, subject_id, anchor, occurred_at, summary
    FROM json_to_recordset($1::json) AS e(event_id uuid, type text, kind text, subject_id uuid, anchor uuid,
        occurred_at timestamptz, summary jsonb)
    WHERE anchor NOT IN (SELECT unnest(subjects) FROM customer_erasures WHERE done_at IS NOT NULL)
    ON CONFLICT (event_id) DO NOTHING
"""
_LINK = """
    INSERT INTO timeline_links AS l (subject_id, customer_id, rank, linked_at, event_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::uuid[])
        AS t(subject_id, customer_id, rank, linked_at, event_id)
    WHERE customer_id NOT IN (SELECT unnest(subjects) FROM customer_erasures WHERE done_at IS NOT NULL)
    ON CONFLICT (subject_id) DO UPDATE
    SET customer_id = excluded.customer_id, rank = excluded.rank, linked_at = excluded.linked_at,
        event_id = excluded.event_id
    WHERE (excluded.rank, excluded.linked_at, excluded.event_id) > (l.rank, l.linked_at, l.event_id)
"""
