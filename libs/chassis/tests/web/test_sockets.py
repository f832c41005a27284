"""Over real sockets: bodies too large, too slow or never complete, callers who hang up, more callers than can be served."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from rapport_chassis.web import Call, Public, RawBody, Router, Scope
from rapport_chassis.web import app as app_module
from rapport_chassis.web.app import build_app
from rapport_chassis.web.handler import Caps
from rapport_chassis.web.protocol import CarefulProtocol
from sqlalchemy import text
from starlette.responses import Response, StreamingResponse

MEGABYTE = 1_048_576


class Quiet(uvicorn.Server):
    """A server that leaves the signals of the test process alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Served:
    """An app on a port of its own, for as long as the test."""

    def __init__(self, app: Any, protocol: type[CarefulProtocol]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        config = uvicorn.Config(app, http=protocol, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        self.server = Quiet(config)
        self.task = asyncio.create_task(self.server.serve([self.socket]))

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def close(self) -> None:
        self.server.should_exit = True
        await self.task
        self.socket.close()


@pytest_asyncio.fixture
async def serve(eventually: Any) -> AsyncIterator[Callable[[Any], Any]]:
    """`served = await serve(app)`: the app behind a real server."""
    running: list[Served] = []

    async def start(app: Any, protocol: type[CarefulProtocol] = CarefulProtocol) -> Served:
        running.append(Served(app, protocol))
        await eventually(lambda: running[-1].server.started)
        return running[-1]

    yield start
    for one in running:
        await one.close()


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


class Impatient(CarefulProtocol):
    taken_within = 0.3


ENDLESS, LARGE = "/notes/v1/endless", "/notes/v1/large"


@pytest.fixture
def lavish(service: Any) -> Any:
    """An app with answers that no socket holds."""
    router = Router()

    @router.get("/endless", allow=Public)
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"a" * 65_536
                await asyncio.sleep(0)

        return StreamingResponse(parts(), media_type="text/plain")

    @router.get("/large", allow=Public)
    async def large() -> Response:
        return Response(b"a" * 16 * MEGABYTE, media_type="application/octet-stream")

    service.routers = (router,)
    return build_app(service)


async def _ask(served: Served, path: str) -> socket.socket:
    """A client with little room of its own."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", served.port))
    await loop.sock_sendall(client, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


@pytest.mark.parametrize("path", [ENDLESS, LARGE])
async def test_a_client_that_takes_nothing_of_its_answer_is_left(
    serve: Any, lavish: Any, eventually: Any, path: str
) -> None:
    """Its connection is cut, and what worked for it ends."""
    served = await serve(lavish, Impatient)
    client = await _ask(served, path)
    state = served.server.server_state
    await eventually(lambda: state.connections)
    await eventually(lambda: not state.connections and not state.tasks, within=5)
    client.close()
    assert CarefulProtocol.taken_within == 30


async def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(serve: Any, lavish: Any) -> None:
    """Slower than its time for a part, several times over."""
    served = await serve(lavish, Impatient)
    client = await _ask(served, LARGE)
    loop, taken = asyncio.get_running_loop(), 0
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * MEGABYTE)
    began = loop.time()
    while taken < 16 * MEGABYTE:
        part = await asyncio.wait_for(loop.sock_recv(client, MEGABYTE), 5)
        assert part, f"cut after {taken}"
        taken += len(part)
        if loop.time() - began < 4 * Impatient.taken_within:
            await asyncio.sleep(0.1)
    client.close()


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


async def test_strangers_take_no_place_from_those_we_know_and_nobody_takes_all(
    service: Any, bearer: Callable[..., dict[str, str]]
) -> None:
    """A stranger who sends slowly, and a caller who asks for much, are in nobody's way but their own."""
    router, go, inside = Router(), asyncio.Event(), asyncio.Semaphore(0)

    async def held() -> str:
        inside.release()
        await go.wait()
        return "done"

    router.get("/anybody", allow=Public)(held)
    router.get("/known", allow=Scope("notes:read"))(held)
    service.routers = (router,)
    service.settings = service.settings.model_copy(update={"requests_at_once": 8, "requests_at_once_each": 3})
    transport = httpx.ASGITransport(app=build_app(service))
    one, other, least = (bearer("notes:read", subject=name) for name in ("one", "other", "least"))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes/v1") as client:

        async def enter(path: str, headers: dict[str, str], times: int) -> list[asyncio.Task[httpx.Response]]:
            entered = [asyncio.create_task(client.get(path, headers=headers)) for _ in range(times)]
            for _ in entered:
                await asyncio.wait_for(inside.acquire(), 5)
            return entered

        waiting = await enter("/anybody", {}, 4)
        for headers in ({}, one):  # a token makes nobody less of a stranger where none is asked for
            refused = await client.get("/anybody", headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "too-busy")
        assert (await client.get("/known", headers={"Authorization": "Bearer nobody"})).status_code == 401
        waiting += await enter("/known", one, 3)
        refused = await client.get("/known", headers=one)
        told = refused.json()
        assert (refused.status_code, told["code"], told["params"]) == (429, "too-many-at-once", {"most": 3})
        waiting += await enter("/known", other, 1)
        assert (await client.get("/known", headers=least)).json()["code"] == "too-busy"  # eight are inside
        go.set()
        assert [(await task).json() for task in waiting] == ["done"] * 8
        assert [(await client.get(path, headers=one)).status_code for path in ("/known", "/anybody")] == [200, 200]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "same", "another"),
    [
        ("", "198.51.100.7", "192.0.2.1", None),  # nobody's word is taken: all come from here
        ("10.0.0.0/8", "198.51.100.7", "192.0.2.1", None),
        ("127.0.0.0/8,10.0.0.0/8", "198.51.100.7", "203.0.113.9, 198.51.100.7, 10.0.0.3", "198.51.100.7, 192.0.2.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", "2001:db8:1:3::1"),  # of IPv6 a network is one caller's
    ],
)
async def test_where_a_caller_is_who_is_trusted_says(
    service: Any, trusted: str, forwarded: str, same: str, another: str | None
) -> None:
    router = Router()

    @router.get("/anybody", allow=Public)
    async def anybody() -> str:
        return "done"

    service.routers = (router,)
    service.settings = service.settings.model_copy(update={"trusted_proxies": trusted, "rate_public": "2/minute"})
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes/v1") as client:

        async def ask(says: str) -> int:
            return (await client.get("/anybody", headers={"X-Forwarded-For": says})).status_code

        assert [await ask(says) for says in (forwarded, same, forwarded)] == [200, 200, 429]
        assert another is None or await ask(another) == 200


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
