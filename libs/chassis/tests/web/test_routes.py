"""What a route does for its use case: the transaction, versions, errors, documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from rapport_chassis.bodies import Body
from rapport_chassis.web import Call, Public, Router, Scope
from rapport_chassis.web.app import WebApp, build_app, who_may_call
from rapport_chassis.web.codes import codes_of
from sqlalchemy import text

NOTES = "/notes/v1/notes"


async def _write(client: httpx.AsyncClient, headers: dict[str, str], **fields: Any) -> httpx.Response:
    return await client.post(NOTES, json={"words": "call back", **fields}, headers=headers)


async def test_a_note_is_written_and_read(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    made = await _write(client, agent, rank=3)
    assert made.status_code == 201, made.text
    assert made.headers["etag"].startswith(f'"{made.json()["version"]}-')
    read = await client.get(made.headers["location"], headers=agent)
    assert read.json() == made.json()
    assert read.json()["version"] == 1


async def test_a_plain_command_takes_five_statements(
    client: httpx.AsyncClient, agent: dict[str, str], statements: Callable[[], Any]
) -> None:
    note = (await _write(client, agent)).json()["id"]
    with statements() as sent:
        answer = await client.post(f"{NOTES}/{note}:close", headers=agent)
    assert answer.status_code == 200
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT", "SELECT", "UPDATE", "COMMIT"], sent


async def test_what_fails_leaves_nothing(client: httpx.AsyncClient, agent: dict[str, str], statements: Any) -> None:
    note = (await _write(client, agent)).json()["id"]
    assert (await client.post(f"{NOTES}/{note}:close", headers=agent)).status_code == 200
    with statements() as sent:
        again = await client.post(f"{NOTES}/{note}:close", headers=agent)
    assert again.status_code == 409
    assert again.json()["code"] == "not-allowed"
    assert (again.json()["state"], again.json()["allowed"]) == ("closed", ["reopen"])
    assert "COMMIT" not in sent


async def test_a_stale_version_is_refused(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    made = await _write(client, agent)
    url = f"{NOTES}/{made.json()['id']}:close"
    stale = await client.post(url, headers={**agent, "If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version-conflict")
    fresh = await client.post(url, headers={**agent, "If-Match": made.headers["etag"]})
    assert fresh.status_code == 200
    assert fresh.headers["etag"].startswith('"2-')


async def test_a_route_may_demand_the_version(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    made = await _write(client, agent)
    url = f"{NOTES}/{made.json()['id']}:close-exactly"
    without = await client.post(url, headers=agent)
    assert (without.status_code, without.json()["code"]) == (428, "precondition-required")
    for broken in ("7", '"x"', 'W/7"', '"1", "2"', '"' + "9" * 40 + '"'):
        assert (await client.post(url, headers={**agent, "If-Match": broken})).status_code == 400, broken
    assert (await client.post(url, headers={**agent, "If-Match": f"W/{made.headers['etag']}"})).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/notes/v1/nowhere", 404, "no-such-route"),
        ("GET", "/notes/v1/notes/", 404, "no-such-route"),
        ("DELETE", "/notes/v1/notes", 405, "method-not-allowed"),
        ("GET", "/notes/v1/notes/0195f3a0-0000-7000-8000-000000000000", 404, "not-found"),
        ("GET", "/notes/v1/notes/not-a-uuid", 422, "invalid-parameters"),
        ("GET", "/notes/v1/notes?limit=0", 422, "invalid-parameters"),
        ("GET", "/notes/v1/notes?limit=1&limit=2", 422, "invalid-parameters"),
        ("GET", "/notes/v1/notes?state=%00", 422, "invalid-parameters"),
        ("GET", "/notes/v1/notes?colour=red", 422, "unknown-parameter"),
        ("GET", "/notes/v1/notes?state=%ff", 400, "invalid-query"),
        ("GET", "/notes/v1/notes?" + "tag=a&" * 200, 400, "invalid-query"),
        ("GET", "/notes/v1/notes?sort=colour", 422, "bad-sort"),
        ("GET", "/notes/v1/state-machines/ghost", 404, "not-found"),
        ("GET", "/notes/v1/broken", 500, "internal"),
    ],
)
async def test_every_error_is_a_problem(
    client: httpx.AsyncClient, agent: dict[str, str], method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path, headers=agent)
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status), said
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["type"] == f"/problems/{code}"
    assert said["trace_id"] in answer.headers["traceparent"]
    assert "13812345678" not in answer.text
    assert "colour" not in answer.text
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_parameters_reach_the_route_under_their_own_names(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    query = {"from": "5", "tag": ["a", "b"], "state": "open", "limit": "2"}
    assert (await client.get(NOTES, params=query, headers=agent)).status_code == 200


async def test_the_trace_goes_in_and_out(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    given = f"00-{trace}-00f067aa0ba902b7-01"
    answer = await client.get(NOTES, headers={**agent, "traceparent": given})
    assert answer.headers["traceparent"].split("-")[1] == trace
    assert answer.headers["traceparent"] != given
    other = await client.get(NOTES, headers={**agent, "traceparent": "00-nonsense"})
    assert "nonsense" not in other.headers["traceparent"]


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/notes/health/live", "/notes/v1/nowhere", "/notes/v1/broken", "/notes/docs"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == ("no-cache" if path == "/notes/docs" else "no-store")
        assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_state_machines_are_published(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/notes/v1/state-machines")).json()["note"]
    assert shown["initial"] == "open"
    assert {"name": "close", "from": "open", "to": "closed", "by": "people"} in shown["moves"]
    assert shown["mermaid"].startswith("stateDiagram-v2")
    assert (shown["state_vocabulary"], shown["move_vocabulary"]) == ("note-state", "note-action")
    assert (await client.get("/notes/v1/state-machines/note")).json() == shown


async def test_labels_are_published_in_all_languages_at_once(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/notes/v1/labels")).json()["vocabularies"]
    assert shown["channel"]["phone"] == {"en": "Phone", "zh": "电话"}
    assert shown["complaint-state"]["investigating"] == {"en": "Under investigation", "zh": "调查中"}


async def test_scope_and_level_are_needed(client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]]) -> None:
    nobody = await client.get(NOTES)
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    other = await client.get(NOTES, headers=bearer("notes:write"))
    assert (other.status_code, other.json()["code"]) == (403, "scope-missing")
    low = await client.post(f"{NOTES}/{uuid4()}:close", headers=bearer("notes:write", level=1))
    assert (low.status_code, low.json()["code"]) == (403, "level-too-low")


@pytest.mark.parametrize(("level", "seen"), [(1, "***"), (2, "*******5678"), (3, "138****5678"), (4, "13812345678")])
async def test_personal_data_is_masked_by_level(
    client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], agent: dict[str, str], level: int, seen: str
) -> None:
    made = await _write(client, agent, phone="13812345678")
    read = await client.get(made.headers["location"], headers=bearer("notes:read", level=level))
    assert read.json()["phone"] == seen


def test_a_route_must_say_who_may_call_it() -> None:
    router = Router()
    with pytest.raises(TypeError, match="allow"):

        @router.get("/open")  # type: ignore[call-arg]
        async def route() -> None: ...

    with pytest.raises(TypeError, match="who may call it"):

        @router.get("/open", allow=None)  # type: ignore[arg-type]
        async def another() -> None: ...

    assert not router.routes


def test_a_document_names_no_refusal_that_nobody_can_meet() -> None:
    """A person at a door for programs is told that, before anybody asks what they are called; and programs have any name."""
    router = Router()

    @router.post("/links", allow=Scope("notes:send", machines=True))
    async def hand_over() -> None: ...

    @router.post("/notes", allow=Scope("notes:write"))
    async def write() -> None: ...

    programs, people = [set(codes_of(route)) & {"only-machines", "staff-id-not-opaque"} for route in router.routes]
    assert (programs, people) == ({"only-machines"}, {"staff-id-not-opaque"})


def test_a_route_that_could_not_be_served_is_refused_at_import() -> None:
    router = Router()

    def sync() -> None: ...

    async def silent():  # type: ignore[no-untyped-def]
        ...

    async def untyped(body) -> None:  # type: ignore[no-untyped-def]
        ...

    async def plain() -> None: ...

    for handler, path in ((sync, "/a"), (silent, "/b"), (untyped, "/c"), (plain, "/d/{missing}")):
        with pytest.raises(TypeError):
            router.add("GET", path, handler, allow=Public)


def test_two_routes_of_one_shape_are_refused(service: Any) -> None:
    router = Router()

    @router.get("/things/{thing}", allow=Public)
    async def one(thing: str) -> None: ...

    @router.get("/things/{other}", allow=Public)
    async def two(other: str) -> None: ...

    service.routers = (router,)
    with pytest.raises(ValueError, match="two routes"):
        build_app(service)


async def test_a_literal_wins_over_a_parameter_in_any_order(service: Any) -> None:
    router = Router()

    @router.get("/things/{thing}", allow=Public)
    async def one(thing: str) -> str:
        return f"thing {thing}"

    @router.get("/things/{thing}:explain", allow=Public)
    async def explain(thing: str) -> str:
        return f"explained {thing}"

    @router.get("/things/stats", allow=Public)
    async def stats() -> str:
        return "stats"

    service.routers = (router,)
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes/v1") as client:
        assert (await client.get("/things/7")).json() == "thing 7"
        assert (await client.get("/things/7:explain")).json() == "explained 7"
        assert (await client.get("/things/stats")).json() == "stats"


def test_who_may_call_what_can_be_listed(app: WebApp) -> None:
    listed = {f"{one.method} {one.path}": (one.scope, one.level) for one in who_may_call(app)}
    assert listed["POST /notes/v1/notes/{note_id}:close"] == ("notes:write", 2)
    assert (listed["GET /notes/v1/audit"], listed["GET /notes/v1/me"]) == (("notes:read-audit", 4), (None, 1))
    anybody = {name for name, (_, level) in listed.items() if level == 0}
    assert anybody == {
        "GET /notes/health/live",
        "GET /notes/docs",
        "GET /notes/openapi.json",
        *("GET /notes/asyncapi.json", "GET /notes/events", "GET /notes/events/{kind}"),
        *("GET /notes/figures", "GET /notes/figures.json"),
        "GET /notes/v1/labels",
        "GET /notes/v1/state-machines",
        "GET /notes/v1/state-machines/{name}",
        *("GET /problems", "GET /problems/{code}"),
        "GET /notes/v1/broken",
        "POST /notes/v1/notes:form",
    }


async def test_the_document_says_everything(client: httpx.AsyncClient) -> None:
    document = (await client.get("/notes/openapi.json")).json()
    close = document["paths"]["/notes/v1/notes/{note_id}:close"]["post"]
    assert close["security"] == [{"bearer": ["notes:write"]}]
    assert (close["x-scope"], close["x-level"]) == ("notes:write", 2)
    conflict = close["responses"]["409"]["content"]["application/problem+json"]
    assert conflict["examples"]["not-allowed"] == {"$ref": "#/components/examples/not-allowed"}
    assert document["components"]["examples"]["not-allowed"]["value"]["allowed"] == ["reopen"]
    assert {"401", "403", "404", "409", "412", "422", "429", "503"} <= set(close["responses"])
    assert {one["name"] for one in close["parameters"]} == {"note_id", "Idempotency-Key", "If-Match"}
    listed = document["paths"]["/notes/v1/notes"]["get"]
    shown = {one["name"]: one for one in listed["parameters"] if one["in"] == "query"}
    assert set(shown) == {"limit", "after", "sort", "count", "state", "from", "tag"}
    assert shown["limit"]["schema"]["maximum"] == 200
    assert shown["sort"]["schema"]["items"]["enum"] == ["id", "-id", "rank", "-rank"]
    assert shown["state"]["description"] == "open or closed"
    pushed = document["paths"]["/notes/v1/notes:push"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert pushed["type"] == "array"
    assert "application/x-www-form-urlencoded" in document["paths"]["/notes/v1/notes:form"]["post"]["requestBody"]["content"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert set(document["paths"]["/notes/v1/notes:form"]["post"]["responses"]["200"]["content"]) == {"text/html"}
    operations = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(operations) == len(set(operations))


async def test_the_docs_page_needs_no_foreign_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/notes/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "://" not in page.text
    assert 'lang="en"' in page.text
    assert "notes:write" in page.text


async def test_a_plain_form_is_read(client: httpx.AsyncClient, count: Any) -> None:
    before = await count()
    answer = await client.post("/notes/v1/notes:form", data={"words": "你好", "rank": "4"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert await count() == before + 1
    for broken in ("words=", "words=a&rank=x", "words=a&other=b", "words=%00", "words=%ff", "words=a&words=b"):
        refused = await client.post(
            "/notes/v1/notes:form", content=broken, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert refused.status_code in {400, 422}, (broken, refused.text)
    assert await count() == before + 1


async def test_a_raw_batch_is_judged_item_by_item(client: httpx.AsyncClient, agent: dict[str, str], count: Any) -> None:
    before = await count()
    batch = [{"words": "a"}, {"words": "b", "rank": "x"}, {"words": "c\x00"}, 7, {"words": "d"}]
    answer = await client.post("/notes/v1/notes:push", json=batch, headers=agent)
    assert answer.json() == {"taken": 2, "refused": 3}
    assert await count() == before + 2


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\x00b", "é", ""])
async def test_a_header_cannot_be_broken_out_of(service: Any, value: str) -> None:
    router = Router()

    @router.get("/echo", allow=Public)
    async def echo(call: Call[Any]) -> None:
        call.headers["X-Value"] = value

    service.routers = (router,)
    transport = httpx.ASGITransport(app=build_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
        answer = await client.get("/notes/v1/echo")
    assert answer.status_code == 500
    assert "x-injected" not in answer.headers
    assert "x-value" not in answer.headers


def test_a_body_is_strict() -> None:
    class Thing(Body):
        number: int

    for wrong in ('{"number": "1"}', '{"number": 1, "other": 2}', '{"number": true}', '{"number": 1.5}'):
        with pytest.raises(ValueError, match="validation error"):
            Thing.model_validate_json(wrong)
    assert Scope("a:b").level == 1
    for name, level in (("a", 1), ("a:b", 0), ("a:b", 5), ("A:b", 1)):
        with pytest.raises(ValueError, match=r"a scope is|a level is"):
            Scope(name, level)


async def test_a_head_is_answered_like_a_get(client: httpx.AsyncClient) -> None:
    assert (await client.head("/notes/health/live")).status_code == 200
    assert (await client.head("/notes/v1/notes")).status_code == 401


async def test_a_verb_of_a_thing_is_not_its_name(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    answer = await client.get(f"{NOTES}/{uuid4()}:close", headers=agent)
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize(("method", "attempts", "status"), [("GET", 2, 200), ("POST", 1, 503)])
async def test_a_read_on_a_lost_connection_is_tried_once_more(service: Any, method: Any, attempts: int, status: int) -> None:
    router = Router()
    tried: list[int] = []

    async def cut_at_first(work: Any) -> int:
        tried.append(1)
        if len(tried) == 1:
            await work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return int((await work.connection.execute(text("SELECT 7"))).scalar_one())

    async def ask(call: Call[Any]) -> int:
        return await call.run(cut_at_first)

    router.add(method, "/cut", ask, allow=Public)
    service.routers = (router,)
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
        answer = await client.request(method, "/notes/v1/cut")
    assert (answer.status_code, len(tried)) == (status, attempts), answer.text
    if status == 503:
        assert answer.headers["retry-after"]


async def test_without_docs_there_are_none(service: Any) -> None:
    service.settings = service.settings.model_copy(update={"docs": False})
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes") as client:
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/openapi.json")).status_code == 404
