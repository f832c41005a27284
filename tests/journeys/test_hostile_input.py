"""Ten thousand requests of random bytes and malformed JSON, at every operation of the running product: refused in our own
words, nothing of them comes back, nothing of them is kept."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest
from rapport_cli.local.process import free_port
from rapport_cli.services import SERVICES
from rapport_testing.product import Product

from .files import bank_file
from .hostile import CANARY, Findings, Operation, fingerprint, operations, requests, traces

AT_LEAST = 10_000
AT_ONCE = 6
READ = Operation("GET", "/complaints/v1/complaints", body=False, query=())
WRITE = Operation("POST", "/complaints/v1/complaints", body=True, query=())


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A product of its own with something in it that could be spoilt."""
    folder = tmp_path_factory.mktemp("hostile")
    product = Product(folder / "home", free_port())
    product.start()
    file = bank_file(200, date(1999, 3, 1)).write(folder / "calls.tsv")
    product.run("import", "calls", file, "--mapping", "bank-calls", "--json")
    yield product
    product.stop()


@pytest.mark.timeout(600)
async def test_no_request_spoils_anything(own: Product, eventually: Any) -> None:
    databases = list(own.running["databases"].values())
    await at_rest(databases, eventually)
    log = own.home / "rapport.log"
    read, before = log.stat().st_size, await fingerprint(databases)
    assert len(before) > 50

    findings = Findings()
    async with httpx.AsyncClient(base_url=own.url, headers=dict(own.client().headers), timeout=60) as client:
        found = [each for name in SERVICES for each in operations((await client.get(f"/{name}/openapi.json")).json())]
        each = AT_LEAST // len(found) + 1
        dice = random.Random(20261126)
        waiting = iter([(operation, request) for operation in found for request in requests(operation, each, dice)])

        async def caller() -> None:
            for operation, request in waiting:
                request.url = request.url.copy_with(host="127.0.0.1", port=own.port)
                request.headers["Host"] = f"127.0.0.1:{own.port}"
                request.headers["Authorization"] = client.headers["Authorization"]
                findings.look(operation, await answered(client, request))

        async with asyncio.TaskGroup() as calling:
            for _ in range(AT_ONCE):
                calling.create_task(caller())
        for name in SERVICES:
            assert (await client.get(f"{own.management}/{name}/health/ready")).json()["ready"] is True

    assert findings.wrong == []
    assert findings.total >= AT_LEAST
    assert {400, 404, 415, 422} <= set(findings.answers)
    await at_rest(databases, eventually)
    after = await fingerprint(databases)
    assert {name: (before.get(name), said) for name, said in after.items() if before.get(name) != said} == {}
    assert await traces(databases) == []
    with log.open("rb") as written:
        written.seek(read)
        lines = written.read()
    assert CANARY.encode() not in lines
    levels = {json.loads(line)["level"] for line in lines.splitlines()}
    assert levels <= {"info", "warning"}


async def answered(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer; a product that says that it is busy (503) is asked again, as every caller should."""
    for _ in range(20):
        answer = await client.send(request)
        if answer.status_code != 503:
            break
        await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
    return answer


async def at_rest(databases: list[str], eventually: Any) -> None:
    """Wait until nothing is on its way any more."""
    seen: list[dict[str, str]] = [{}]

    async def moving() -> list[str]:
        seen.append(await fingerprint(databases))
        return [name for name, content in seen[-1].items() if seen[-2].get(name) != content]

    async def resting() -> bool:
        return not await moving()

    await eventually(resting, within=60, every=1.0)


@pytest.mark.parametrize(
    ("operation", "status", "headers", "content"),
    [
        (READ, 500, {}, b""),
        (WRITE, 201, {}, b""),
        (READ, 200, {}, f'{{"detail": "{CANARY}"}}'.encode()),
        (READ, 404, {"Location": f"/{CANARY}"}, b""),
    ],
)
def test_what_must_not_be_is_seen(operation: Operation, status: int, headers: dict[str, str], content: bytes) -> None:
    findings = Findings()
    findings.look(operation, httpx.Response(status, headers=headers, content=content))
    assert len(findings.wrong) == 1


def test_what_may_be_is_not_complained_of() -> None:
    findings = Findings()
    findings.look(READ, httpx.Response(200, content=b"{}"))
    findings.look(WRITE, httpx.Response(422, content=b'{"code": "invalid-body"}'))
    assert (findings.wrong, findings.total) == ([], 2)


async def test_a_row_more_and_a_row_changed_are_seen(own: Product) -> None:
    databases = list(own.running["databases"].values())
    connection = await asyncpg.connect(own.running["databases"]["interactions"])
    try:
        before = await fingerprint(databases)
        await connection.execute(
            "UPDATE interactions SET queue = 'other' WHERE id = (SELECT min(id::text)::uuid FROM interactions)"
        )
        changed = await fingerprint(databases)
    finally:
        await connection.close()
    assert [name for name in before if before[name] != changed[name]] == ["rapport_interactions.interactions"]


@pytest.mark.parametrize(
    ("table", "insert"),
    [
        ("timers", "INSERT INTO timers (kind, key, due, next_try) VALUES ('nothing', $1::text, '2999-01-01', '2999-01-01')"),
        (
            "parked",
            """INSERT INTO parked (consumer, topic, partition, "offset", value, reason, state)
               VALUES ('nobody', 'nothing', 0, 0, convert_to($1::text, 'UTF8'), 'unknown', 'dropped')""",
        ),
    ],
)
async def test_what_was_kept_is_found(own: Product, table: str, insert: str) -> None:
    databases = list(own.running["databases"].values())
    connection = await asyncpg.connect(own.running["databases"]["interactions"])
    try:
        assert await traces(databases) == []
        await connection.execute(insert, f"before {CANARY} after")
        found = await traces(databases)
        await connection.execute("DELETE FROM timers WHERE kind = 'nothing'")
        await connection.execute("DELETE FROM parked WHERE consumer = 'nobody'")
    finally:
        await connection.close()
    assert found == [f"rapport_interactions.{table}"]
