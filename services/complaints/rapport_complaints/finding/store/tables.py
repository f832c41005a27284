"""The tables of finding out: evidence and whys (sealed words), taxonomies, trends and what they go by."""

from __future__ import annotations

from rapport_chassis.histories import history
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from rapport_complaints.schema import metadata, moment

findings = Table(
    "findings",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered: the order in which they were said"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("move_id", Uuid, ForeignKey(history.c.id), nullable=False),
    Column("part", Text, nullable=False, comment="evidence, why, branch"),
    Column("kind", Text, nullable=False),
    Column("reference_id", Uuid, comment="a contact, file, communication or complaint"),
    Column("words", LargeBinary, comment="sealed"),
    Column("salt", LargeBinary, comment="sealed; of the digest"),
    Column("digest", LargeBinary, comment="of salt and words; stands in the chain of the history"),
    Index("findings_complaint", "complaint_id", "id"),
    Index("findings_move", "move_id", "id"),
    comment="What steps of the investigation rest on, and how root causes were found.",
)

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
