"""Over real sockets: bodies too large, too slow or never complete, callers who hang up, more callers than can be served."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from rapport_chassis.web import Call, Public, RawBody, Router
from rapport_chassis.web import app as app_module
from rapport_chassis.web.app import build_app
from rapport_chassis.web.handler import Caps
from rapport_chassis.web.protocol import CarefulProtocol
from sqlalchemy import text
from starlette.responses import StreamingResponse

MEGABYTE = 1_048_576


def _head(agent: dict[str, str], path: str = "/notes/v1/notes", *more: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: {agent['Authorization']}",
        "Content-Type: application/json",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _answer(reader: asyncio.StreamReader, within: float = 10) -> tuple[int, dict[str, Any], bool]:
    """Status, problem, and whether the server closed the connection behind it."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), within)).decode()
    length = next(int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length"))
    body = await asyncio.wait_for(reader.readexactly(length), within)
    try:
        closed = await asyncio.wait_for(reader.read(1), 1) == b""
    except TimeoutError:
        closed = False
    except ConnectionError:
        closed = True
    return int(head.split()[1]), json.loads(body), closed


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_a_hundred_megabytes_are_refused_before_they_come(
    serve: Any, app: Any, agent: dict[str, str], count: Any
) -> None:
    served, before = await serve(app), await count()
    reader, writer = await served.open()
    writer.write(_head(agent, "/notes/v1/notes", f"Content-Length: {100 * MEGABYTE}"))
    await writer.drain()
    status, said, closed = await _answer(reader)
    assert (status, said["code"], closed) == (413, "body-too-large", True)
    writer.close()
    assert await count() == before


CHUNK = b"%x\r\n" % 65_536 + b"a" * 65_536 + b"\r\n"


async def test_chunks_without_a_length_are_counted(serve: Any, app: Any, agent: dict[str, str], count: Any) -> None:
    served, before = await serve(app), await count()
    reader, writer = await served.open()
    writer.write(_head(agent, "/notes/v1/notes", "Transfer-Encoding: chunked") + CHUNK * 64 + b"0\r\n\r\n")
    status, said, closed = await _answer(reader)
    assert (status, said["code"], closed) == (413, "body-too-large", True)
    writer.close()
    assert await count() == before


async def test_a_body_without_end_is_cut_off(serve: Any, app: Any, agent: dict[str, str], count: Any) -> None:
    """What the caller then reads depends on his own sending; what counts is that it ends, and costs no memory."""
    served, before, resident = await serve(app), await count(), _resident()
    _, writer = await served.open()
    writer.write(_head(agent, "/notes/v1/notes", "Transfer-Encoding: chunked"))
    sent = 0

    async def send_without_end() -> None:
        nonlocal sent
        while sent < 100 * MEGABYTE:
            writer.write(CHUNK)
            await asyncio.wait_for(writer.drain(), 10)
            sent += 65_536

    with pytest.raises(ConnectionError):
        await send_without_end()
    assert sent < 30 * MEGABYTE
    assert _resident() - resident < 20 * MEGABYTE
    assert await count() == before


async def test_a_small_gzip_bomb_is_not_opened(serve: Any, app: Any, agent: dict[str, str]) -> None:
    served = await serve(app)
    reader, writer = await served.open()
    writer.write(_head(agent, "/notes/v1/notes", "Content-Encoding: gzip", "Content-Length: 4") + b"\x1f\x8b\x08\x00")
    status, said, _ = await _answer(reader)
    assert (status, said["code"]) == (415, "content-encoding")
    writer.close()


async def test_a_route_may_take_larger_bodies(serve: Any, app: Any, agent: dict[str, str]) -> None:
    served = await serve(app)
    batch = json.dumps([{"words": "a" * 500}] * 4000).encode()
    assert MEGABYTE < len(batch) < 5_000_000
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        headers = {**agent, "content-type": "application/json"}
        assert (await client.post("/notes/v1/notes:push", content=batch, headers=headers)).json()["taken"] == 4000
        assert (await client.post("/notes/v1/notes", content=batch, headers=headers)).status_code == 413


async def test_a_body_that_never_ends_is_given_up(
    serve: Any, service: Any, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "Caps", lambda: Caps(body_seconds=0.3))
    served = await serve(build_app(service))
    reader, writer = await served.open()
    writer.write(_head(agent, "/notes/v1/notes", "Content-Length: 1000") + b'{"words":')
    status, said, closed = await _answer(reader)
    assert (status, said["code"], closed) == (408, "body-too-slow", True)
    writer.close()
    assert Caps().body_seconds == 30


class Hasty(CarefulProtocol):
    head_seconds = 0.4
    rest_seconds = 0.4


SLOW = {
    "says nothing": [b""],
    "part of a head": [b"GET /notes/health/live HTTP/1.1\r\nHost:"],
    "a trickled head": [b"GET /notes/health/live HTTP/1.1\r\n", *[b"X-%d: a\r\n" % number for number in range(60)]],
    "a second head": [b"GET /notes/health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /notes"],
    "a body that nobody reads": [
        b"GET /notes/health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
        *[b"a"] * 60,
    ],
}


@pytest.mark.parametrize("name", SLOW)
async def test_a_slow_caller_is_cut_off(serve: Any, app: Any, name: str) -> None:
    """Drill 43: whatever is slow about him; a caller who is not slow is served meanwhile."""
    served = await serve(app, Hasty)
    reader, writer = await served.open()
    began = asyncio.get_running_loop().time()

    async def trickle() -> None:
        for part in SLOW[name]:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        assert (await client.get("/notes/health/live")).status_code == 200
    with suppress(ConnectionError):
        while await asyncio.wait_for(reader.read(4096), 3):
            pass
    assert asyncio.get_running_loop().time() - began < 2.5
    trickling.cancel()
    with suppress(ConnectionError, asyncio.CancelledError):
        await trickling
    writer.close()


async def test_a_connection_is_used_again(serve: Any, app: Any, agent: dict[str, str]) -> None:
    """Deadlines are of one request, not of the connection."""
    served = await serve(app, Hasty)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        for _ in range(4):
            answer = await client.post("/notes/v1/notes", json={"words": "a"}, headers=agent)
            assert answer.status_code == 201
            await asyncio.sleep(0.2)
        assert len(served.server.server_state.connections) == 1


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"X-%d: a\r\n" % number for number in range(200)),
        b"X-Big: " + b"a" * 65_536 + b"\r\n",
        b"X-Big: " + b"a" * 40_000 + b"\r\n",
        b"X-Endless: " + b"a" * 3_000_000,
    ],
)
async def test_a_head_that_is_too_large_is_refused(serve: Any, app: Any, headers: bytes) -> None:
    served = await serve(app)
    reader, writer = await served.open()
    with suppress(ConnectionError):
        writer.write(b"GET /notes/health/live HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n")
        await writer.drain()
        status, said, _ = await _answer(reader, 5)
        assert (status, said["code"]) == (431, "headers-too-large")
    with suppress(ConnectionError):
        while await asyncio.wait_for(reader.read(4096), 3):
            pass
    writer.close()


@pytest.mark.parametrize("line", [b"X: a\rb", b"X: a\x00b", b"X : a", b" folded", b"Content-Length: 1\r\nContent-Length: 2"])
async def test_a_malformed_head_is_refused(serve: Any, app: Any, line: bytes) -> None:
    served = await serve(app)
    reader, writer = await served.open()
    writer.write(b"GET /notes/health/live HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
    status, said, closed = await _answer(reader, 5)
    assert (status, said["code"], closed) == (400, "no-http", True)
    writer.close()


async def test_websockets_are_not_spoken(serve: Any, app: Any) -> None:
    served = await serve(app)
    reader, writer = await served.open()
    writer.write(
        b"GET /notes/v1/notes HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert (await asyncio.wait_for(reader.read(100), 5)).startswith(b"HTTP/1.1 403 ")
    writer.close()


async def _open_transactions(db: Any) -> int:
    async with db.engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND (state LIKE 'idle in transaction%' OR state = 'active')"
            )
        )
        return int(found.scalar_one())


async def _backends(db: Any) -> int:
    async with db.engine.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return int((await connection.execute(text(query))).scalar_one())


async def test_five_hundred_callers_who_hang_up_leave_nothing_open(
    serve: Any, app: Any, agent: dict[str, str], db: Any, count: Any, eventually: Any
) -> None:
    """Drill 36: some hang up within the body, some before the answer; rows are whole and no transaction stays open."""
    served, before = await serve(app), await count()
    body = b'{"words": "hang up"}'

    async def hang_up(number: int) -> None:
        _, writer = await served.open()
        kind = number % 4
        head = _head(agent, "/notes/v1/notes", f"Content-Length: {len(body)}")
        if kind == 0:
            writer.write(head + body[:5])
        elif kind == 1:
            writer.write(head + body)
        elif kind == 2:
            writer.write(head + body)
            await writer.drain()
            await asyncio.sleep(0)
        else:
            writer.write(head[:40])
        await writer.drain()
        writer.transport.abort()

    for start in range(0, 500, 50):
        await asyncio.gather(*[hang_up(number) for number in range(start, start + 50)])

    async def quiet() -> bool:
        return not served.server.server_state.tasks and await _open_transactions(db) == 0

    await eventually(quiet, within=20)
    assert await _backends(db) <= db.limits.pool_size
    assert before <= await count() <= before + 250
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        assert (await client.post("/notes/v1/notes", json={"words": "after"}, headers=agent)).status_code == 201


async def test_more_than_can_be_served_are_told_to_come_back(service: Any) -> None:
    router, go, inside = Router(), asyncio.Event(), asyncio.Barrier(4)

    @router.get("/wait", allow=Public)
    async def wait() -> str:
        await inside.wait()
        await go.wait()
        return "done"

    service.routers = (router,)
    service.settings = service.settings.model_copy(update={"requests_at_once": 6})  # half of them for strangers
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes") as client:
        waiting = [asyncio.create_task(client.get("/v1/wait")) for _ in range(3)]
        await inside.wait()
        refused = await client.get("/v1/wait")
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "too-busy", "1")
        assert (await client.get("/health/live")).status_code == 200
        go.set()
        assert [(await task).json() for task in waiting] == ["done"] * 3


async def test_a_database_that_is_gone_is_a_503(service: Any, db: Any, agent: dict[str, str]) -> None:
    """Every connection is taken: the caller is told when to come back, after the pool's own patience."""
    transport = httpx.ASGITransport(app=build_app(service))
    taken = [await db.connection() for _ in range(db.limits.pool_size)]
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
            answer = await client.get("/notes/v1/notes", headers=agent)
    finally:
        for connection in taken:
            await connection.close()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_stream_is_sent_after_the_commit(service: Any, agent: dict[str, str], count: Any) -> None:
    router, before = Router(), await count()

    @router.post("/stream", allow=Public)
    async def stream(body: RawBody, call: Call[Any]) -> StreamingResponse:
        await call.run(_insert)

        async def parts() -> AsyncIterator[bytes]:
            yield str(await count()).encode()

        return StreamingResponse(parts(), media_type="text/plain")

    service.routers = (router,)
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
        answer = await client.post("/notes/v1/stream", content=b"{}", headers={"content-type": "application/json"})
        assert int(answer.text) == before + 1
        keyed = {"content-type": "application/json", "Idempotency-Key": "k"}
        refused = await client.post("/notes/v1/stream", content=b"{}", headers=keyed)
        assert (refused.status_code, refused.json()["code"]) == (400, "no-idempotency")
    assert await count() == before + 1


async def _insert(work: Any) -> None:
    await work.connection.execute(
        text("INSERT INTO notes VALUES (gen_random_uuid(), 1, 'open', 'streamed', 0, 0, '{}', '')")
    )
