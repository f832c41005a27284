"""Clients that take nothing of what they asked for, or take their time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rapport_chassis.web import Public, Router
from rapport_chassis.web.app import build_app
from rapport_chassis.web.protocol import CarefulProtocol
from starlette.responses import Response, StreamingResponse
from web_sockets import Served

MEGABYTE = 1_048_576


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
