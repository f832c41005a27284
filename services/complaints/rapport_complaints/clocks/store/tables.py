"""The tables of back-tests: what was asked and counted, and the limits that would have ended otherwise."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from rapport_complaints.cases.store.tables import metadata, moment


def _count(name: str) -> Column[object]:
    return Column(name, Integer, nullable=False)


back_tests = Table(
    "back_tests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("policy", Text, nullable=False, comment="the code that it would have"),
    Column("pack", Text),
    Column("body", JSONB, nullable=False),
    moment("received_from", nullable=False),
    moment("received_before", nullable=False),
    moment("as_of", nullable=False),
    moment("last_at", nullable=False),
    _count("total"),
    _count("done_complaints"),
    _count("n"),
    _count("changed"),
    _count("newly_breached"),
    _count("newly_met"),
    _count("breached_before"),
    _count("breached_after"),
    Column("excluded", JSONB, nullable=False),
    moment("cursor_at"),
    Column("cursor_id", Uuid),
    moment("ended_at"),
    Index("back_tests_as_of", "as_of", "id"),
    Index("back_tests_state", "state", "as_of", "id"),
    comment="One row for each back-test; the sums grow while it runs.",
)

back_test_changes = Table(
    "back_test_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("back_test_id", Uuid, ForeignKey("back_tests.id"), nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("clock_id", Uuid, comment="null: it had no clock"),
    Column("policy", Text, comment="what holds; null: no limit"),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    moment("due_before"),
    moment("due_after"),
    Index("back_test_changes_kind", "back_test_id", "kind", "id"),
    Index("back_test_changes_before", "back_test_id", "before", "id"),
    Index("back_test_changes_after", "back_test_id", "after", "id"),
    Index("back_test_changes_of", "back_test_id", "id"),
    comment="The limits that would have ended otherwise, in the order of receipt.",
)
