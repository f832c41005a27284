"""The service as a whole: its tables, its document, what it refuses."""

from __future__ import annotations

from rapport_chassis.migrations import differences
from rapport_chassis.service import Service
from rapport_interactions.domain.judge import Unusable, judge
from rapport_interactions.domain.life import ENDED, LIFE, OPEN
from rapport_interactions.store.tables import metadata
from rapport_interactions.store.work import InteractionsWork
from rapport_testing.databases import Database


async def test_the_tables_of_the_migrations_are_those_of_the_code(database: Database) -> None:
    found = await differences(database.url, "rapport_interactions.migrations", metadata)
    own = [line for line in found if any(f"'{name}'" in line for name in metadata.tables)]
    assert not own


def test_every_state_is_open_ended_or_given_up() -> None:
    assert ENDED | OPEN | {"timed_out"} == set(LIFE.states)
    assert all("time_out" in LIFE.allowed(state) for state in OPEN)
    assert {LIFE.target("timed_out", move) for move in LIFE.allowed("timed_out")} == ENDED


def test_every_operation_has_a_summary_and_its_errors(served: Service[InteractionsWork]) -> None:
    for path, operations in served.asgi.openapi["paths"].items():
        if path.startswith("/interactions/v1/"):
            for operation in operations.values():
                assert operation["summary"]
                assert any(status.startswith("4") for status in operation["responses"])


def test_an_unknown_field_s_name_is_not_repeated() -> None:
    judged = judge(
        b'{"event_id": "x", "call_id": "c", "type": "ended", "occurred_at": "2026-03-02T12:00:00Z", "13912345678": 1}'
    )
    assert isinstance(judged, Unusable)
    assert (judged.reason, judged.where) == ("unknown-field", "?")
