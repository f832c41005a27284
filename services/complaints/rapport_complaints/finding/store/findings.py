"""What was found out about complaints, how often the same came back, and the policy of trends in its versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rapport_chassis.histories import IN_ORDER, HistoryFilters, StoredEntry, history
from rapport_chassis.lists import Page, Paging, into
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
    union_all,
)
from sqlalchemy.sql.elements import literal

from rapport_complaints.attachments import store as files
from rapport_complaints.cases.store import communications as exchanges
from rapport_complaints.cases.store import tables
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.finding.domain.trends import TRENDS, TrendPolicy
from rapport_complaints.schema import metadata, moment

trends = Table(
    "trends",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("name", Text, nullable=False, comment="the code of the group"),
    Column("verdict", Text, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("excluded", Integer, nullable=False, comment="duplicates"),
    Column("expected", Double),
    Column("p", Double),
    Column("p_adjusted", Double),
    Column("tested", Integer, nullable=False, comment="groups of the run"),
    Column("alpha", Double, nullable=False),
    Column("minimum", Integer, nullable=False),
    moment("reference_start", nullable=False),
    moment("window_start", nullable=False),
    moment("window_end", nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("definition_version", Integer, nullable=False),
    moment("found_at", nullable=False),
    Index("trends_window", "window_end", "id"),
    Index("trends_verdict", "verdict", "window_end", "id"),
    Index("trends_said", "dimension", "name", "window_end", unique=True),
    comment="What rose is kept; of all else only what the newest run found.",
)

trend_runs = Table(
    "trend_runs",
    metadata,
    Column("window_end", DateTime(timezone=True), primary_key=True),
    moment("window_start", nullable=False),
    moment("reference_start", nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("groups", Integer, nullable=False),
    Column("tested", Integer, nullable=False),
    Column("rising", Integer, nullable=False),
    moment("found_at", nullable=False),
    comment="One row for each day that was looked at, also when nothing rose.",
)


trend_policies = versions_table("trend_policies", metadata, "How trends are found")
TREND_POLICIES = VersionedKind(trend_policies, TrendPolicy, "trend-policy", TRENDS, tells=WHOLE)


f = tables.findings.c
m = history.c
_ENTRY = [m[name] for name in StoredEntry.__slots__]


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of what was found; `words` are still sealed."""

    id: UUID
    part: str
    kind: str
    reference_id: UUID | None
    words: bytes | None


async def find_steps(work: Work, complaint_id: UUID, filters: HistoryFilters, paging: Paging) -> Page[StoredEntry]:
    """One page of the steps of an investigation, the oldest first. Raises Invalid for a bad cursor or order."""
    steps = select(*_ENTRY).where(m.subject_id == complaint_id, m.move == "record-step")
    query = steps.where(*filters.conditions(work, history))
    return (await IN_ORDER.find(work, query, paging, filters.asked_of(complaint_id))).map(into(StoredEntry))


async def last_root_cause(work: Work, complaint_id: UUID) -> StoredEntry | None:
    """The move that set the root cause as it is now; None: there was none."""
    query = select(*_ENTRY).where(m.subject_id == complaint_id, m.move == "set-root-cause").order_by(m.seq.desc()).limit(1)
    row = (await work.connection.execute(query)).one_or_none()
    return None if row is None else StoredEntry(**{name: getattr(row, name) for name in StoredEntry.__slots__})


async def found_with(work: Work, moves: Iterable[UUID]) -> dict[UUID, list[Found]]:
    """What was found with these moves, by move, in the order in which it was said; one statement."""
    wanted = list(moves)
    found: dict[UUID, list[Found]] = defaultdict(list)
    if wanted:
        query = select(f.move_id, f.id, f.part, f.kind, f.reference_id, f.words).where(f.move_id.in_(wanted)).order_by(f.id)
        for row in await work.connection.execute(query):
            found[row.move_id].append(Found(row.id, row.part, row.kind, row.reference_id, row.words))
    return found


async def count_known(
    work: Work, complaint_id: UUID, *, attachments: set[UUID], communications: set[UUID], complaints: set[UUID]
) -> int:
    """How many of these there are: files and communications of this complaint, and complaints; one statement."""
    a, s, o = files.attachments.c, exchanges.communications.c, tables.complaints.c
    parts = [
        select(literal(1)).where(a.id.in_(attachments), a.complaint_id == complaint_id),
        select(literal(1)).where(s.id.in_(communications), s.complaint_id == complaint_id),
        select(literal(1)).where(o.id.in_(complaints)),
    ]
    return (await work.connection.execute(select(func.count()).select_from(union_all(*parts).subquery()))).scalar_one()


@dataclass(frozen=True, slots=True)
class Recurrences:
    """Closed complaints of one cause (None: none is known). `n` could be watched for the whole time, `repeated` of them
    came again; the others are left out: `watched` are not closed for long enough, of `nameless` the customer is not known,
    of those without a cause all are `causeless`."""

    cause: str | None
    n: int
    repeated: int
    watched: int
    nameless: int
    causeless: int


async def count_recurrences(work: Work, start: datetime | None, end: datetime | None, after: timedelta) -> list[Recurrences]:
    """Of complaints closed from `start` on and before `end`, by cause, in its order."""
    asked = {"start": start, "end": end, "after": after, "now": work.now}
    rows = (await work.connection.execute(RECURRENCES, asked)).mappings()
    return [Recurrences(**row) for row in rows]


RECURRENCES = text(
    """
    WITH closed AS (
        SELECT c.id, c.cause, c.customer_id, c.closed_at, CASE
            WHEN c.cause IS NULL THEN 'causeless'
            WHEN c.customer_id IS NULL THEN 'nameless'
            WHEN c.closed_at + CAST(:after AS interval) > CAST(:now AS timestamptz) THEN 'watched'
            ELSE 'counted' END AS what
        FROM complaints c
        WHERE c.state = 'closed' AND c.closed_at IS NOT NULL
            AND c.closed_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
            AND c.closed_at < coalesce(CAST(:end AS timestamptz), 'infinity')
    )
    SELECT cause,
        CAST(count(*) FILTER (WHERE what = 'counted') AS integer) AS n,
        CAST(count(*) FILTER (WHERE what = 'counted' AND EXISTS (
            SELECT FROM complaints o WHERE o.customer_id = closed.customer_id AND o.id <> closed.id
                AND o.received_at > closed.closed_at
                AND o.received_at <= closed.closed_at + CAST(:after AS interval)
                AND o.state <> 'duplicate' AND (o.cause = closed.cause OR o.recurrence_of = closed.id)
        )) AS integer) AS repeated,
        CAST(count(*) FILTER (WHERE what = 'watched') AS integer) AS watched,
        CAST(count(*) FILTER (WHERE what = 'nameless') AS integer) AS nameless,
        CAST(count(*) FILTER (WHERE what = 'causeless') AS integer) AS causeless
    FROM closed GROUP BY cause ORDER BY cause
    """
)
