"""Real PostgreSQL, migrated, with the shipped policy and calendars; keys of this run; a desk that acts over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_testing.databases import Database, empty
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk


@pytest.fixture(scope="module")
def service_settings() -> Mapping[str, Any]:
    """Nothing of it talks to a broker, unless a module says so."""
    return {"kafka": "127.0.0.1:9"}


VERSIONED = (
    *("sla_policies", "letter_templates", "incident_types", "emergency_plans", "emergency_policies", "repair_policies"),
    *("assignment_rules", "escalation_policies", "authority_policies", "major_policies", "handling_guides"),
    *("recovery_policies", "win_back_policies", "taxonomies", "trend_policies"),
)
_ADDED = "DELETE FROM {} WHERE version > 1 OR recorded_by <> 'system:shipped';"
AS_SHIPPED = " ".join(
    ("DELETE FROM calendars WHERE version > 1 OR code NOT IN ('cn', 'always');", *map(_ADDED.format, VERSIONED))
)


@pytest_asyncio.fixture
async def db(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection beside the service's own, on empty tables with what was shipped."""
    connection = await database.connect()
    await empty(
        connection,
        *(
            "complaints",
            "back_tests",
            "clocks",
            "history",
            "history_heads",
            "interactions",
            "incidents",
            "drills",
            "repairs",
        ),
        *(
            "vendors",
            "changes",
            "recovery_cases",
            "compensation_budgets",
            "scores",
            "win_backs",
            "staff",
            "staff_names",
            "trends",
        ),
        *("trend_runs", "outbox", "timers", "idempotency_keys", "data_keys", "customer_merges", "customer_moves"),
        *("customer_erasures", "parked"),
        more=AS_SHIPPED,
    )
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def desk(served: Service[Work], tokens: TokenMaker, db: asyncpg.Connection) -> AsyncIterator[Desk]:
    """All scopes, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="clerk-1")) as client:
        yield Desk(client, served, db)
