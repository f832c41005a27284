"""A POST sent again: one effect, the stored answer (drills 38 and 39)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rapport_chassis.keys import KeyRing, Keys
from rapport_chassis.tables import idempotency_keys
from rapport_chassis.web.app import build_app
from rapport_chassis.web.idempotency import forget
from sqlalchemy import select, text

NOTES = "/notes/v1/notes"
BODY = {"words": "call back", "phone": "13812345678"}


def _bytes(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def _with(headers: dict[str, str], key: str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


async def test_the_same_key_gives_the_stored_answer(client: httpx.AsyncClient, agent: dict[str, str], count: Any) -> None:
    before = await count()
    first = await client.post(NOTES, json=BODY, headers=_with(agent, "again"))
    again = await client.post(NOTES, json=BODY, headers=_with(agent, "again"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], first.headers["etag"])
    assert again.headers["content-type"] == "application/json"
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count() == before + 1


async def test_another_body_or_target_under_the_same_key_is_refused(
    client: httpx.AsyncClient, agent: dict[str, str], count: Any
) -> None:
    await client.post(NOTES, json=BODY, headers=_with(agent, "other-body"))
    before = await count()
    other = await client.post(NOTES, json={**BODY, "rank": 1}, headers=_with(agent, "other-body"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    ids = [(await client.post(NOTES, json=BODY, headers=agent)).json()["id"] for _ in range(2)]
    assert (await client.post(f"{NOTES}/{ids[0]}:close", headers=_with(agent, "close"))).status_code == 200
    assert (await client.post(f"{NOTES}/{ids[1]}:close", headers=_with(agent, "close"))).status_code == 422
    assert await count() == before + 2


async def test_a_key_belongs_to_its_principal(
    client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], count: Any
) -> None:
    before = await count()
    one = await client.post(NOTES, json=BODY, headers=_with(bearer("notes:write", subject="one"), "shared"))
    two = await client.post(NOTES, json={"words": "mine"}, headers=_with(bearer("notes:write", subject="two"), "shared"))
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["id"] != two.json()["id"]
    assert await count() == before + 2


async def test_strangers_with_one_key_do_not_meet(client: httpx.AsyncClient, count: Any) -> None:
    """What they have in common is that nobody knows them; each holds a link of his own."""
    before = await count()
    mine, his = [f"{NOTES}:form?link={name}" for name in ("mine", "his")]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "1"}
    first = await client.post(mine, content="words=one", headers=form)
    other = await client.post(his, content="words=two", headers=form)
    assert (first.status_code, other.status_code) == (200, 200), other.text
    assert "idempotency-replayed" not in other.headers and await count() == before + 2
    again = await client.post(mine, content="words=one", headers=form)
    assert again.headers["idempotency-replayed"] == "true" and await count() == before + 2
    else_ = await client.post(mine, content="words=two", headers=form)
    assert (else_.status_code, else_.json()["code"]) == (422, "idempotency-key-reused")


async def test_fifty_at_once_have_one_effect(client: httpx.AsyncClient, agent: dict[str, str], count: Any) -> None:
    before = await count()
    answers = await asyncio.gather(*[client.post(NOTES, json=BODY, headers=_with(agent, "fifty")) for _ in range(50)])
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}, statuses
    assert statuses[201] >= 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"request-in-progress"}
    assert await count() == before + 1


async def test_a_key_in_use_is_answered_at_once(
    client: httpx.AsyncClient, agent: dict[str, str], service: Any, eventually: Any
) -> None:
    """The second does not wait for the first: it would hold a connection while it waits."""
    held, go = asyncio.Event(), asyncio.Event()
    usual = service.works.kind.flush

    async def slow(self: Any) -> None:
        held.set()
        await go.wait()
        await usual(self)

    service.works.kind = type("SlowWork", (service.works.kind,), {"flush": slow})
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as slow_client:
        first = asyncio.create_task(slow_client.post(NOTES, json=BODY, headers=_with(agent, "busy")))
        await held.wait()
        second = await asyncio.wait_for(client.post(NOTES, json=BODY, headers=_with(agent, "busy")), 2)
        assert (second.status_code, second.json()["code"]) == (409, "request-in-progress")
        assert second.headers["retry-after"] == "1"
        go.set()
        assert (await first).status_code == 201
    assert (await client.post(NOTES, json=BODY, headers=_with(agent, "busy"))).content == first.result().content


async def test_a_refused_command_frees_its_key(client: httpx.AsyncClient, agent: dict[str, str], count: Any) -> None:
    before = await count()
    wrong = await client.post(NOTES, json={"words": ""}, headers=_with(agent, "mended"))
    assert wrong.status_code == 422
    right = await client.post(NOTES, json=BODY, headers=_with(agent, "mended"))
    assert right.status_code == 201
    assert await count() == before + 1


async def test_an_answer_lost_after_the_commit_is_given_again(
    app: Any, client: httpx.AsyncClient, agent: dict[str, str], count: Any
) -> None:
    """Drill 38: the process dies between commit and answer; here the connection does, at the same place."""
    before = await count()
    request = client.build_request("POST", NOTES, json=BODY, headers=_with(agent, "lost"))
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])
        raise ConnectionResetError

    scope = {
        "type": "http", "method": "POST", "path": NOTES, "query_string": b"", "scheme": "http", "http_version": "1.1",
        "headers": [(name.lower(), value) for name, value in request.headers.raw], "client": ("127.0.0.1", 1),
    }  # fmt: skip
    with pytest.raises(ConnectionResetError):
        await app(scope, receive, send)
    assert sent == ["http.response.start"]
    assert await count() == before + 1
    again = await client.post(NOTES, json=BODY, headers=_with(agent, "lost"))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert await count() == before + 1


async def test_stored_answers_cannot_be_read_without_the_key(
    client: httpx.AsyncClient, agent: dict[str, str], db: Any
) -> None:
    key = "a-key-that-only-the-caller-has"
    answer = await client.post(NOTES, json=BODY, headers=_with(agent, key))
    assert b"13812345678" in answer.content
    async with db.engine.connect() as connection:
        rows = (await connection.execute(select(idempotency_keys))).all()
    stored = repr([tuple(row) for row in rows])
    assert "13812345678" not in stored
    assert "call back" not in stored
    assert key not in stored


async def test_an_answer_is_for_the_rights_that_it_was_given_to(
    client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], count: Any
) -> None:
    """Otherwise what level 4 saw in clear would be read again at level 2."""
    before = await count()
    first = await client.post(NOTES, json=BODY, headers=_with(bearer("notes:write", level=4), "rights"))
    assert first.status_code == 201, first.text
    for other in (bearer("notes:write", level=2), bearer("notes:write", "notes:read", level=4)):
        answer = await client.post(NOTES, json=BODY, headers=_with(other, "rights"))
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    again = await client.post(NOTES, json=BODY, headers=_with(bearer("notes:write", level=4), "rights"))
    assert again.content == first.content and await count() == before + 1


async def test_who_guesses_a_key_still_needs_that_of_the_installation(
    client: httpx.AsyncClient, agent: dict[str, str], db: Any, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post(NOTES, json=BODY, headers=_with(agent, "20261130"))
    async with db.engine.connect() as connection:
        kept = (
            await connection.execute(select(idempotency_keys.c.body).order_by(idempotency_keys.c.created_at.desc()))
        ).scalar()
    assert kept[0] == service.works.keys.master.newest > 0
    monkeypatch.setattr(service.works, "keys", Keys(KeyRing("master", {kept[0]: bytes(32)}), service.works.keys.index))
    other = await client.post(NOTES, json=BODY, headers=_with(agent, "20261130"))
    assert (other.status_code, other.json()["code"]) == (409, "answer-not-kept")


async def test_a_secret_is_answered_once(client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], db: Any) -> None:
    maker = _with(bearer("notes:manage-keys", "notes:push", level=4), "a-secret")
    asked = {"name": "PBX", "source": "pbx", "scopes": ["notes:push"]}
    made = await client.post("/notes/v1/machine-keys", json=asked, headers=maker)
    assert made.status_code == 201, made.text
    again = await client.post("/notes/v1/machine-keys", json=asked, headers=maker)
    assert (again.status_code, again.json()["code"]) == (409, "answer-not-kept")
    async with db.engine.connect() as connection:
        rows = (
            await connection.execute(select(idempotency_keys).where(idempotency_keys.c.route.contains("machine-keys")))
        ).all()
    assert [(row.status, row.headers, row.body) for row in rows] == [(201, {}, None)]


async def test_a_key_is_good_again_after_a_day(
    client: httpx.AsyncClient, agent: dict[str, str], db: Any, count: Any
) -> None:
    before = await count()
    await client.post(NOTES, json=BODY, headers=_with(agent, "yesterday"))
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"))
    fresh = await client.post(NOTES, json={**BODY, "rank": 5}, headers=_with(agent, "yesterday"))
    assert fresh.status_code == 201
    assert await count() == before + 2
    async with db.engine.begin() as connection:
        forgotten = await forget(connection)
        kept = (await connection.execute(select(idempotency_keys.c.key))).all()
    assert (forgotten > 0, len(kept)) == (True, 1)


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a" * 256, "a\tb"])
async def test_an_odd_key_is_refused(client: httpx.AsyncClient, agent: dict[str, str], count: Any, key: str) -> None:
    before = await count()
    answer = await client.post(NOTES, json=BODY, headers=_bytes(_with(agent, key)))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-idempotency-key")
    assert await count() == before


async def test_a_command_with_a_key_takes_two_statements_more(
    client: httpx.AsyncClient, agent: dict[str, str], statements: Callable[[], Any]
) -> None:
    with statements() as sent:
        await client.post(NOTES, json=BODY, headers=agent)
    plain = len(sent)
    with statements() as sent:
        await client.post(NOTES, json=BODY, headers=_with(agent, "counted"))
    assert (plain, len(sent)) == (4, 6), sent
    with statements() as sent:
        await client.post(NOTES, json=BODY, headers=_with(agent, "counted"))
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT", "WITH", "SELECT", "COMMIT"], sent


async def test_a_get_ignores_the_key(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    assert (await client.get(NOTES, headers=_with(agent, "get"))).status_code == 200
