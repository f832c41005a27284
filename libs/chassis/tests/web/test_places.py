"""How many requests at once: of strangers, of one caller; and whose word is taken on where a caller is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rapport_chassis.bodies import Body
from rapport_chassis.web import Public, Router, Scope
from rapport_chassis.web.app import build_app
from starlette.responses import Response


class Said(Body):
    said: str


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


async def test_what_is_asked_first_is_answered_before_a_body_has_come(service: Any) -> None:
    """A link that opens nothing holds no place while somebody sends slowly what nobody will read."""
    router = Router()

    async def opens(token: str) -> Response | None:
        return None if token == "good" else Response("no such link", 404)

    @router.post("/anybody/{token}", allow=Public, first=opens)
    async def anybody(token: str, body: Said) -> str:
        return f"{token}: {body.said}"

    service.routers = (router,)
    app = build_app(service)

    async def asked(token: str) -> tuple[int, bytes]:
        """The answer to a body that begins and does not go on, within a moment."""
        came: list[Any] = []

        async def send(message: Any) -> None:
            came.append(message)

        pieces = iter([{"type": "http.request", "body": b"{", "more_body": True}])

        async def receive() -> Any:
            return next(pieces, None) or await asyncio.Event().wait()

        scope = {
            "type": "http",
            "method": "POST",
            "path": f"/notes/v1/anybody/{token}",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"99")],
            "client": ("192.0.2.1", 1),
        }
        await asyncio.wait_for(app(scope, receive, send), 1)
        return came[0]["status"], came[1]["body"]

    assert await asked("bad") == (404, b"no such link")
    with pytest.raises(TimeoutError):  # this one would be read
        await asked("good")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes/v1") as client:
        assert (await client.post("/anybody/good", json={"said": "hello"})).json() == "good: hello"
