"""What HTTP itself offers: CORS, conditional reading, packing, OPTIONS, limits that are told, ids of requests."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from rapport_chassis.security.origins import LOOPBACK, Origins, read_origins
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.web import Public, Router
from rapport_chassis.web.app import build_app
from rapport_chassis.web.cors import REQUEST_HEADERS
from rapport_chassis.web.pages import problem_answer
from rapport_kernel.errors import NotFound
from starlette.responses import Response

NOTES = "/notes/v1/notes"
DESK = "https://desk.example.com"
VITE = "http://localhost:5173"


def client_with(service: Any, **settings: Any) -> httpx.AsyncClient:
    service.settings = service.settings.model_copy(update=settings)
    transport = httpx.ASGITransport(app=build_app(service), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://rapport.test")


@pytest.fixture
def open_to_pages(service: Any) -> httpx.AsyncClient:
    return client_with(service, allowed_origins=(DESK, *read_origins(LOOPBACK)))


async def _written(client: httpx.AsyncClient, agent: dict[str, str], words: str = "call back") -> str:
    made = await client.post(NOTES, json={"words": words}, headers=agent)
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


def said_to(answer: httpx.Response) -> set[str]:
    return {one.strip() for one in answer.headers.get("vary", "").split(",")}


# -- CORS


@pytest.mark.parametrize("origin", [DESK, VITE, "http://127.0.0.1:3000", "http://localhost"])
async def test_a_page_of_an_allowed_origin_may_ask_and_read(
    open_to_pages: httpx.AsyncClient, agent: dict[str, str], origin: str
) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    for path in (NOTES, "/notes/v1/nowhere"):
        preflight = await open_to_pages.options(path, headers=asked)
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert preflight.headers["access-control-allow-origin"] == origin
        assert "PATCH" in preflight.headers["access-control-allow-methods"].split(", ")
        taken = {one.lower() for one in preflight.headers["access-control-allow-headers"].split(", ")}
        assert taken == {one.lower() for one in REQUEST_HEADERS}
        assert 600 <= int(preflight.headers["access-control-max-age"]) <= 7200
    answer = await open_to_pages.get(NOTES, headers={**agent, "Origin": origin})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Location", "Retry-After", "traceparent", "X-Request-Id", "RateLimit", "RateLimit-Policy"} <= exposed
    assert {"Content-Language", "Idempotency-Replayed", "Deprecation", "Sunset"} <= exposed
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", NOTES, 401),
        ("GET", "/notes/v1/nowhere", 404),
        ("DELETE", NOTES, 405),
        ("GET", "/notes/v1/broken", 500),
        ("GET", "/notes/openapi.json", 200),
        ("GET", "/notes/v1/state-machines", 200),
        ("POST", f"{NOTES}:form", 415),
    ],
)
async def test_errors_and_public_answers_can_be_read_too(
    open_to_pages: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await open_to_pages.request(method, path, headers={"Origin": VITE})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, VITE)
    assert "Origin" in said_to(answer)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "https://desk.example.com.evil.com",
        "http://desk.example.com",
        "https://desk.example.com:8443",
        "http://localhost.evil.com:5173",
        "http://localhost:5173.evil.com",
        "http://localhost:",
        "null",
        "",
    ],
)
async def test_a_page_of_another_origin_may_not(
    open_to_pages: httpx.AsyncClient, agent: dict[str, str], origin: str
) -> None:
    preflight = await open_to_pages.options(NOTES, headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
    answer = await open_to_pages.get(NOTES, headers={**agent, "Origin": origin})
    for one in (preflight, answer):
        assert not [name for name in one.headers if name.startswith("access-control-")]
        assert "Origin" in said_to(one)


async def test_a_cache_is_told_even_when_nobody_names_an_origin(open_to_pages: httpx.AsyncClient) -> None:
    assert "Origin" in said_to(await open_to_pages.get("/notes/v1/state-machines"))


async def test_without_the_setting_no_page_may(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notes/v1/state-machines", headers={"Origin": VITE})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "Origin" not in said_to(answer)


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("*", "every page in the world"),
        ("https://desk.example.com/", "no path, no slash"),
        ("https://desk.example.com/app", "no path, no slash"),
        ("desk.example.com", "an origin is like"),
        ("https://Desk.example.com", "lower case"),
        ("https://*.example.com", "an origin is like"),
        ("https://desk.example.com:*", r"only localhost"),
        ("https://desk.example.com:443", "default port"),
        ("http://desk.example.com:70000", "an origin is like"),
        ("null", "an origin is like"),
        (f"{DESK} {VITE}", "an origin is like"),
    ],
)
def test_a_setting_that_no_browser_would_meet_is_refused(setting: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_ALLOWED_ORIGINS", f"{VITE}, {setting}")
    with pytest.raises(ValidationError, match=word):
        ServiceSettings(database_url="postgresql://nobody@127.0.0.1/none", kafka="unused:9092")


def test_origins_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ServiceSettings(database_url="postgresql://u@127.0.0.1/u", kafka="127.0.0.1:1").allowed_origins == ()
    monkeypatch.setenv("RAPPORT_ALLOWED_ORIGINS", f"{DESK}, http://10.0.0.5:8081,http://[::1]:*,")
    found = ServiceSettings(database_url="postgresql://u@127.0.0.1/u", kafka="127.0.0.1:1").allowed_origins
    assert found == (DESK, "http://10.0.0.5:8081", "http://[::1]:*")
    assert "http://[::1]:4000" in Origins(found) and "http://10.0.0.5" not in Origins(found)


# -- conditional reading


async def test_what_the_caller_has_already_is_not_sent_again(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    path = await _written(client, agent)
    first = await client.get(path, headers=agent)
    tag = first.headers["etag"]
    assert tag.startswith('"1-')
    for given in (tag, f"W/{tag}", f'"other", {tag}', f'W/"x",{tag}', "*"):
        again = await client.get(path, headers={**agent, "If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), given
        assert "content-length" not in again.headers and "content-type" not in again.headers
    for given in ('"1"', '"other"', "nonsense", tag.strip('"')):
        assert (await client.get(path, headers={**agent, "If-None-Match": given})).json() == first.json(), given
    closed = await client.post(f"{path}:close", headers={**agent, "If-Match": tag})
    assert closed.status_code == 200, closed.text
    changed = await client.get(path, headers={**agent, "If-None-Match": tag})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await client.post(f"{path}:close", headers={**agent, "If-Match": tag})).status_code == 412


async def test_the_tag_of_a_change_is_that_of_what_is_read_after_it(
    client: httpx.AsyncClient, agent: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    """So whoever keeps the answer of a change need not read it, and is told of everything else."""
    keyed = {**agent, "Idempotency-Key": "tag-of-a-change"}
    body = {"words": "a", "phone": "13812345678"}
    made, again = [await client.post(NOTES, json=body, headers=keyed) for _ in range(2)]
    path, tag = made.headers["location"], made.headers["etag"]
    assert tag.startswith('"1-') and again.headers["etag"] == tag and again.headers["idempotency-replayed"] == "true"
    read = await client.get(path, headers={**agent, "If-None-Match": tag})
    assert (read.status_code, read.headers["etag"]) == (304, tag)
    masked = await client.get(path, headers={**bearer("notes:read", level=1), "If-None-Match": tag})
    assert masked.status_code == 200
    closed = await client.post(f"{path}:close-exactly", headers={**agent, "If-Match": tag})
    assert closed.status_code == 200 and closed.headers["etag"].startswith('"2-')
    assert (await client.get(path, headers={**agent, "If-None-Match": closed.headers["etag"]})).status_code == 304
    assert (await client.get(path, headers={**agent, "If-None-Match": tag})).json()["version"] == 2
    stale = await client.post(f"{path}:close-exactly", headers={**agent, "If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')


async def test_a_tag_is_of_what_the_caller_sees(
    client: httpx.AsyncClient, agent: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    """The version alone would say to somebody with another level that they have this already."""
    made = await client.post(NOTES, json={"words": "a", "phone": "13812345678"}, headers=agent)
    clear = await client.get(made.headers["location"], headers=agent)
    low = bearer("notes:read", level=1)
    masked = await client.get(made.headers["location"], headers={**low, "If-None-Match": clear.headers["etag"]})
    assert (masked.status_code, masked.json()["phone"]) == (200, "***")


async def test_a_list_can_be_polled_for_nothing(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    await _written(client, agent)
    first = await client.get(NOTES, headers=agent)
    tag = first.headers["etag"]
    assert tag.startswith('W/"') and first.headers["cache-control"] == "no-store"
    assert (await client.get(NOTES, headers={**agent, "If-None-Match": tag})).status_code == 304
    await _written(client, agent)
    assert (await client.get(NOTES, headers={**agent, "If-None-Match": tag})).status_code == 200


async def test_a_304_is_no_way_around_the_gate(
    client: httpx.AsyncClient, agent: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    path = await _written(client, agent)
    assert (await client.get(path, headers={"If-None-Match": "*"})).status_code == 401
    assert (await client.get(path, headers={**bearer("notes:write"), "If-None-Match": "*"})).status_code == 403
    nothing = await client.get(f"{NOTES}/0195f3a0-0000-7000-8000-000000000000", headers={**agent, "If-None-Match": "*"})
    assert nothing.status_code == 404


async def test_only_what_is_of_nobody_may_be_kept(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    """The cache of a browser is on a disk that many people of a call centre share."""
    for path in ("/notes/openapi.json", "/notes/docs", "/notes/events", "/notes/figures.json", "/notes/v1/labels"):
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "no-cache", path
        kept = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (kept.status_code, kept.headers["cache-control"]) == (304, "no-cache"), path
    own = await client.get(await _written(client, agent), headers=agent)
    assert own.headers["cache-control"] == "no-store"
    assert (await client.get("/notes/v1/state-machines/ghost")).headers["cache-control"] == "no-store"


# -- packing


async def _long(client: httpx.AsyncClient, agent: dict[str, str]) -> str:
    return await _written(client, agent, "call back " * 40 + "!" * 60)


async def test_long_text_is_packed_for_whoever_can_unpack_it(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    for _ in range(4):
        await _long(client, agent)
    params = {"limit": "4", "sort": "-id"}
    plain = await client.get(NOTES, params=params, headers={**agent, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and "Accept-Encoding" in said_to(plain)
    for accepted in ("gzip", "br, gzip;q=0.5", "*", "x-gzip", "GZIP ; q=1.0"):
        async with client.stream("GET", NOTES, params=params, headers={**agent, "Accept-Encoding": accepted}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip", accepted
        assert int(answer.headers["content-length"]) == len(raw) < len(plain.content) / 2
        assert gzip.decompress(raw) == plain.content
        assert answer.headers["etag"] == plain.headers["etag"] and "Accept-Encoding" in said_to(answer)
    for refused in ("", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "gzipped"):
        answer = await client.get(NOTES, params=params, headers={**agent, "Accept-Encoding": refused})
        assert "content-encoding" not in answer.headers, refused


async def test_a_packed_answer_has_a_weak_tag_that_holds_for_a_change(service: Any, agent: dict[str, str]) -> None:
    """Other bytes than those of the strong one; what it stands for is the same."""
    async with client_with(service) as client:
        made = await client.post(NOTES, json={"words": "!" * 500, "phone": "1" * 1000}, headers=agent)
        path = made.headers["location"]
        packed = await client.get(path, headers={**agent, "Accept-Encoding": "gzip"})
        plain = await client.get(path, headers={**agent, "Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
        kept = {**agent, "Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
        assert (await client.get(path, headers=kept)).status_code == 304
        exactly = await client.post(f"{path}:close-exactly", headers={**agent, "If-Match": packed.headers["etag"]})
        assert exactly.status_code == 200


async def test_what_is_short_or_no_text_goes_as_it_is(service: Any) -> None:
    router = Router()

    @router.get("/short", allow=Public)
    async def short() -> str:
        return "a" * 500

    @router.get("/printed", allow=Public)
    async def printed() -> Response:
        return Response(b"%PDF-" + b"a" * 9000, media_type="application/pdf")

    @router.get("/events", allow=Public)
    async def events() -> Response:
        return Response(b"data: a\n" * 900, media_type="text/event-stream")

    service.routers = (router,)
    async with client_with(service) as client:
        for path in ("short", "printed", "events"):
            answer = await client.get(f"/notes/v1/{path}", headers={"Accept-Encoding": "gzip"})
            assert answer.status_code == 200 and "content-encoding" not in answer.headers, path
            assert ("etag" in answer.headers) == (path == "short")


async def test_large_answers_are_packed_beside_the_event_loop(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    router, threaded = Router(), []
    beside = asyncio.to_thread

    @router.get("/large", allow=Public)
    async def large() -> list[int]:
        return list(range(60_000))

    async def watched(call: Any, *given: Any) -> Any:
        threaded.append(call)
        return await beside(call, *given)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    service.routers = (router,)
    async with client_with(service) as client:
        answer = await client.get("/notes/v1/large", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip" and answer.json()[-1] == 59_999
    assert len(threaded) == 1


# -- OPTIONS and HEAD


async def test_options_say_what_there_is_to_anybody(client: httpx.AsyncClient) -> None:
    for path, allowed in (
        (NOTES, "GET, HEAD, OPTIONS, POST"),
        (f"{NOTES}/7", "GET, HEAD, OPTIONS"),
        (f"{NOTES}/7:close", "OPTIONS, POST"),
    ):
        answer = await client.options(path)
        assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allowed, b"")
        refused = await client.request("TRACE", path)
        assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert (await client.options("/notes/v1/nowhere")).status_code == 404


# -- limits


async def test_every_limited_answer_says_how_much_is_left(service: Any, agent: dict[str, str]) -> None:
    async with client_with(service, rate_principal="3/minute", rate_public="2/hour", rate_failures="1/minute") as client:
        told = [await client.get(NOTES, headers=agent) for _ in range(4)]
        assert [answer.status_code for answer in told] == [200, 200, 200, 429]
        assert {answer.headers["ratelimit-policy"] for answer in told} == {'"principal";q=3;w=60'}
        assert [answer.headers["ratelimit"].split(";")[1] for answer in told] == ["r=2", "r=1", "r=0", "r=0"]
        last = told[-1].headers
        assert last["ratelimit"] == f'"principal";r=0;t={last["retry-after"]}'
        public = await client.get("/notes/v1/state-machines")
        assert (public.headers["ratelimit-policy"], public.headers["ratelimit"][:12]) == (
            '"public";q=2;w=3600',
            '"public";r=1',
        )
        failed = await client.get(NOTES)
        assert (failed.status_code, failed.headers["ratelimit-policy"]) == (401, '"failures";q=1;w=60')
        assert (await client.get(NOTES)).status_code == 429
        assert "ratelimit" not in (await client.get("/notes/health/live")).headers


# -- whose request


async def test_a_route_that_answers_problems_by_itself_says_the_trace(service: Any) -> None:
    router = Router()

    @router.get("/gone", allow=Public)
    async def gone() -> Response:
        return problem_answer(NotFound())

    service.routers = (router,)
    async with client_with(service) as client:
        answer = await client.get("/notes/v1/gone")
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]


async def test_a_callers_own_id_comes_back_and_stands_in_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "rapport.web"):
        answer = await client.get(NOTES, headers={"X-Request-Id": "desk-4711/a"})
    assert answer.headers["x-request-id"] == "desk-4711/a"
    assert [record.msg["request"] for record in caplog.records if isinstance(record.msg, dict)] == ["desk-4711/a"]


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "<script>", "a" * 129, "中文".encode(), "-", 'a"b', "me@example.org"])
async def test_an_id_that_could_do_harm_is_replaced(client: httpx.AsyncClient, given: str | bytes) -> None:
    answer = await client.get(NOTES, headers=[(b"X-Request-Id", given if isinstance(given, bytes) else given.encode())])
    assert answer.headers["x-request-id"] == answer.headers["traceparent"].split("-")[1] == answer.json()["trace_id"]


async def test_a_head_that_is_too_large_is_counted_like_every_other_refusal(service: Any) -> None:
    async with client_with(service) as client:
        answer = await client.get("/notes/health/live", headers=[(f"X-{number}", "a") for number in range(200)])
    assert (answer.status_code, answer.json()["code"]) == (431, "headers-too-large")
    labels = {"service": "notes", "route": "none", "status": "431"}
    assert service.metrics.registry.get_sample_value("rapport_http_seconds_count", labels) == 1
