"""The service as a whole: its tables, its document, what it refuses."""

from __future__ import annotations

from rapport_chassis.migrations import differences
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_interactions.schema import metadata
from rapport_testing.databases import Database


async def test_the_tables_of_the_migrations_are_those_of_the_code(database: Database) -> None:
    found = await differences(database.url, "rapport_interactions.migrations", metadata)
    own = [line for line in found if any(f"'{name}'" in line for name in metadata.tables)]
    assert not own


def test_every_operation_has_a_summary_and_its_errors(served: Service[Work]) -> None:
    for path, operations in served.asgi.openapi["paths"].items():
        if path.startswith("/interactions/v1/"):
            for operation in operations.values():
                assert operation["summary"]
                assert any(status.startswith("4") for status in operation["responses"])
