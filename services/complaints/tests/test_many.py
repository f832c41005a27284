"""What lists and figures touch of twenty thousand complaints: counted in blocks, so that it says the same on every machine.

A page of a list has to cost the same whatever the size of the tables; a figure of a short time what lies in that time.
`make bench` measures the same requests on a million.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from rapport_chassis.database import Database as Connecting
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_testing.databases import Database
from rapport_testing.web import TokenMaker, client_of
from sqlalchemy import event as sql_event

from .asking import CALLER, FIGURES, LISTS, Request, ago, fill, lists, samples
from .desk import SCOPES

N, BESIDE = 20_000, 9
"""Many more escalations, repairs and so on than usual: their lists are held to the same."""
PAGE, ROWS = 450, 1_500
"""Blocks of 8 kB and rows that a page of a list may look at: its 51 rows lie anywhere, each beside what it is shown with."""
SMALL = 120
"""Blocks; a smaller table may be read from beginning to end."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What one statement did: the blocks that it touched, the rows that it looked at, the large tables that it read from
    beginning to end."""

    statement: str
    blocks: int
    rows: int
    scanned: frozenset[str]


@dataclass(slots=True)
class Looking:
    """Asks, and has every statement that this leads to explained."""

    http: httpx.AsyncClient
    served: Service[Work]
    db: asyncpg.Connection
    large: frozenset[str]

    async def at(self, request: Request) -> list[Touched]:
        """What the request touched, statement by statement."""
        return [await self.explain(*each) for each in await self.statements(request)]

    async def statements(self, request: Request) -> list[tuple[str, Any]]:
        """What it sends, with the values."""
        seen: list[tuple[str, Any]] = []

        def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            seen.append((statement, values))

        engine = self.served.database.engine.sync_engine
        sql_event.listen(engine, "before_cursor_execute", note)
        try:
            answer = await self.http.get(f"/complaints/v1{request.path}", params=dict(request.params))
        finally:
            sql_event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200, (request.name, answer.text)
        return seen

    async def without(self, index: str, request: Request) -> list[Touched]:
        """What it would touch if that index had been forgotten."""
        seen = await self.statements(request)
        transaction = self.db.transaction()
        await transaction.start()
        try:
            await self.db.execute(f"DROP INDEX {index}")
            return [await self.explain(*each) for each in seen]
        finally:
            await transaction.rollback()

    async def explain(self, statement: str, values: Any) -> Touched:
        """Run it once more, and count."""
        said = await self.db.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", *values)
        plan = json.loads(said)[0]["Plan"]
        scanned = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
        blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        rows = sum(looked_at(node) for node in nodes(plan))
        return Touched(" ".join(statement.split()), blocks, rows, frozenset(scanned) & self.large)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All steps of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def looked_at(node: dict[str, Any]) -> int:
    """The rows that a step found in a table or an index, those too that it threw away."""
    if "Relation Name" not in node and "Index Name" not in node:
        return 0
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round(each * node["Actual Loops"])


def too_much(request: Request, touched: list[Touched]) -> list[str]:
    """What of it grows with the tables, for a failing test to read."""
    return [
        f"{request.name}: {each.blocks} blocks, {each.rows} rows, {sorted(each.scanned)} {each.statement}"
        for each in touched
        if each.blocks > PAGE or each.rows > ROWS or each.scanned
    ]


@pytest_asyncio.fixture(scope="module")
async def looking(served: Service[Work], database: Database, tokens: TokenMaker) -> AsyncIterator[Looking]:
    """Over a filled database; its connection plans as those of the service do."""
    connection = await database.connect_owner()
    await fill(connection, N, BESIDE)
    sizes = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages > $1", SMALL)
    await connection.close()
    planning = await Connecting(database.owner_url).dedicated()  # the owner may drop any index for a moment
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject=CALLER)) as client:
        yield Looking(client, served, planning, frozenset(row["relname"] for row in sizes))
    await planning.close()


GROWS = {
    ("/escalations", "to"): "sorted by entry, which may come after the escalation: walks from the newest on",
    ("/escalations", "period"): "the same",
    ("/compensations", "category"): "is that of the case: reads what the cases of that category award",
    ("/compensations", "unit"): "the same",
}
"""Lists that are not held to it, and why."""


async def test_a_page_of_any_list_looks_at_little_whatever_it_is_narrowed_down_to(looking: Looking) -> None:
    refused = []
    for request in lists(await samples(looking.db)):
        if not any((request.path, name) in GROWS for name in request.params):
            refused += too_much(request, await looking.at(request))
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize(
    ("index", "request_"),
    [
        ("complaints_by_severity", Request("/complaints", {"sort": "-severity"})),
        ("complaints_by_due", Request("/complaints", {"sort": "due_at"})),
        ("compensation_ledger_kind", Request("/compensation-ledger", {"kind": "reversal"})),
        ("recovery_cases_unit", Request("/recovery-cases", {"unit": "none"})),
    ],
)
async def test_it_is_seen_when_an_index_is_missing(looking: Looking, index: str, request_: Request) -> None:
    assert not too_much(request_, await looking.at(request_))
    assert too_much(request_, await looking.without(index, request_))


async def test_every_list_and_every_parameter_of_it_is_looked_at(looking: Looking) -> None:
    document = (await looking.http.get("/complaints/openapi.json")).json()
    known = {re.sub(r"{\w+}", "{}", path): parameters for path, parameters in LISTS.items()}
    for path, route in document["paths"].items():
        read = route.get("get", {})
        asked = {each["name"] for each in read.get("parameters", []) if each["in"] == "query"}
        if "after" in asked and read["tags"] != ["operation"]:  # those are lists that every service has
            there = known[re.sub(r"{\w+}", "{}", path.removeprefix("/complaints/v1"))]
            assert asked - {"limit", "after", "sort", "count"} == set(there), path


async def test_a_figure_looks_at_what_lies_in_its_time_and_not_at_all_there_is(looking: Looking) -> None:
    """Everything that a few days left behind is looked at some times over; of the hundredfold beside it nothing."""
    days = {"from": ago(12), "to": ago(2)}
    inside = await looking.db.fetchval(
        """
        SELECT (SELECT count(*) FROM complaints WHERE received_at > now() - interval '12 days')
            + (SELECT count(*) FROM interactions WHERE started_at > now() - interval '12 days')
        """
    )
    refused = [
        f"{request.name}: {each.rows} rows of {inside}, {sorted(each.scanned)} {each.statement}"
        for request in FIGURES
        for each in await looking.at(Request(request.path, {**request.params, **days}))
        if each.rows > 12 * inside or each.scanned
    ]
    assert not refused, "\n".join(refused)


async def test_it_is_seen_when_a_figure_reads_everything(looking: Looking) -> None:
    request = Request("/stats", {"from": ago(12), "to": ago(2)})
    assert not any(each.scanned for each in await looking.at(request))
    assert any("clocks" in each.scanned for each in await looking.without("clocks_complaint", request))
