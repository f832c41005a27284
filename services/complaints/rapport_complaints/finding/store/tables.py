"""The tables of findings and trends, and the rules for trends in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table
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
)

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
TREND_POLICIES = VersionedKind(trend_policies, TrendPolicy, "trend-policy", TRENDS)
