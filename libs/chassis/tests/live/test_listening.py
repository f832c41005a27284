"""Listening to what a service publishes: what is told, to whom, and for how long."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from live_lamps import HIRE, PATH, QUICK, LampHired, LampLit, Listen, Publisher, Serve
from rapport_chassis.security.machine_keys import create_machine_key, revoke_machine_key
from rapport_kernel.ids import new_id
from rapport_testing.listening import Listening
from rapport_testing.waiting import eventually
from rapport_testing.web import TokenMaker

BEAT = timedelta(seconds=0.2)


async def test_a_stream_begins_with_a_reset_and_tells_what_is_published_after_it(
    serve: Serve, listen: Listen, publisher: Publisher
) -> None:
    await publisher.light()
    lamp, room, customer = new_id(), new_id(), new_id()
    async with listen(serve()) as heard:
        await heard.begun()
        assert heard.status == 200
        assert heard.headers["content-type"].startswith("text/event-stream")
        assert heard.headers["cache-control"] == "no-store"
        assert heard.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in heard.headers
        assert 1_000 <= (heard.frames[0].retry or 0) <= 5_000
        await publisher.light(lamp, room_id=room, customer_id=customer, words="call me on 13812345678", partition=1)
        reset, told = await heard.until(2)
    assert (reset.event, reset.data) == ("reset", {"reason": "start"})
    assert told.event == "lamp.lighted.v1"
    assert told.data == {
        "type": "lamp.lighted.v1",
        "subject": str(lamp),
        "version": 2,
        "state": "lit",
        "time": "2026-03-02T10:00:00.000000Z",
        "customer_id": str(customer),
        "ids": {"room_id": str(room)},
    }


async def test_what_cannot_be_read_is_left_out_and_the_rest_goes_on(
    serve: Serve, listen: Listen, publisher: Publisher
) -> None:
    async with listen(serve()) as heard:
        await heard.begun()
        await publisher.light(new_id(), words="no time", partition=0)
        await publisher.publish(LampLit(lamp_id=new_id()), more={"ce_time": b"yesterday"})
        await publisher.publish(LampLit(lamp_id=new_id()), more={"ce_type": b"lamp.dimmed.v1"})
        await publisher.publish(LampLit(lamp_id=new_id()), value=b"not JSON")
        await publisher.publish(LampLit(lamp_id=new_id()), value=b'{"lamp_id": "lamp 13812345678"}')
        await publisher.publish(LampLit(lamp_id=new_id()), value=None)
        (last,) = await publisher.light()
        await heard.until(3)
    assert heard.subjects[1:] == [last]


FIRST, SECOND, ROOM, BUYER = (new_id() for _ in range(4))
LIT, ELSEWHERE, HIRED = (
    LampLit(lamp_id=FIRST, room_id=ROOM),
    LampLit(lamp_id=SECOND),
    LampHired(lamp_id=FIRST, customer_id=BUYER),
)
BOTH = ("lamps:read", "lamps:hire")


HEARS = [
    (BOTH, 2, "", [LIT, ELSEWHERE, HIRED]),
    (("lamps:read",), 4, "", [LIT, ELSEWHERE]),
    (BOTH, 1, "", [LIT, ELSEWHERE]),
    (BOTH, 2, "type=lamp.hired.v1", [HIRED]),
    (BOTH, 2, "type=lamp.hired.v1&type=lamp.lighted.v1", [LIT, ELSEWHERE, HIRED]),
    (BOTH, 2, f"subject={FIRST}", [LIT, HIRED]),
    (BOTH, 2, f"subject={ROOM}&subject={SECOND}", [LIT, ELSEWHERE]),
    (BOTH, 2, f"customer={BUYER}", [HIRED]),
    (BOTH, 2, f"customer={BUYER}&type=lamp.lighted.v1", []),
]


async def test_a_caller_hears_what_they_ask_for_and_may_hear(serve: Serve, listen: Listen, publisher: Publisher) -> None:
    service = serve()
    async with AsyncExitStack() as opened:
        callers = []
        for scopes, level, query, hears in HEARS:
            heard = await opened.enter_async_context(listen(service, *scopes, level=level, query=query))
            callers.append((query, await heard.begun(), hears))
        for event in (LIT, ELSEWHERE, HIRED):
            await publisher.publish(event)
        (_, witness, _), *_ = callers
        await witness.until(4)
        for query, heard, hears in callers:
            await heard.until(1 + len(hears))
            told = [(each.event, each.data["subject"]) for each in heard.events[1:]]
            assert told == [(event.event_type, str(event.key)) for event in hears], query
        assert [each.data["state"] for each in witness.events[1:]] == ["lit", "lit", "hired"]


async def test_who_may_not_hear_it_or_asks_for_what_is_not_there_gets_a_problem(serve: Serve, tokens: TokenMaker) -> None:
    service = serve()
    for scopes, level, query, status, code in (
        ((), 4, "", 403, "scope-missing"),
        (("lamps:read",), 4, "type=lamp.hired.v1", 403, "scope-missing"),
        (BOTH, 1, "type=lamp.hired.v1", 403, "level-too-low"),
        (BOTH, 4, "type=lamp.gone.v1", 422, "invalid-parameters"),
        (BOTH, 4, "subject=all", 422, "invalid-parameters"),
        (BOTH, 4, "&".join(f"subject={new_id()}" for _ in range(101)), 400, "invalid-query"),
        (BOTH, 4, "token=secret", 422, "unknown-parameter"),
    ):
        async with Listening(service.app, PATH, tokens.bearer(*scopes, level=level), query) as heard:
            await heard.begun()
            assert (heard.status, heard.problem["code"]) == (status, code), query


async def test_a_stream_ends_when_the_token_expires(serve: Serve, listen: Listen) -> None:
    expires = int(time.time()) + 2
    async with listen(serve(), exp=expires) as heard:
        await heard.begun()
        assert not heard.ended
        await eventually(lambda: heard.ended, within=4)
        assert time.time() >= expires


async def test_a_stream_ends_when_the_key_is_revoked(serve: Serve, database: Any, monkeypatch: Any) -> None:
    from rapport_chassis.actor import Actor
    from rapport_chassis.security import machine_keys

    monkeypatch.setattr(machine_keys, "KNOWN_SECONDS", 0.1)
    monkeypatch.setattr(machine_keys, "MACHINES_MAY", ("read",))  # as keys of an earlier version may
    service = serve(database_url=database.url, heartbeat=BEAT)
    maker = Actor("person", "operator", frozenset({"lamps:read"}), 4)
    async with service.works(maker) as work:
        made, key = await create_machine_key(work, name="Wallboard", source="wall", scopes=["lamps:read"])
    async with Listening(service.app, PATH, {"Authorization": f"Bearer {key}"}) as heard:
        await eventually(lambda: [each for each in heard.frames if each.comment is not None])
        assert not heard.ended
        async with service.works(maker) as work:
            await revoke_machine_key(work, made.id, reason="lost")
        await eventually(lambda: heard.ended, within=4)


async def test_a_quiet_stream_says_that_it_is_there_and_where_it_is(
    serve: Serve, listen: Listen, publisher: Publisher
) -> None:
    """The position moves on with what the filter lets not through, so that it does not grow old."""
    async with listen(serve(heartbeat=BEAT), query=f"subject={new_id()}") as heard:
        await heard.begun()
        before = heard.last
        await publisher.light()
        await eventually(lambda: heard.last != before)
        assert heard.frames[-1].comment is not None
        assert heard.subjects == []


async def test_places_are_counted_and_given_back(serve: Serve, listen: Listen) -> None:
    service = serve(live_listeners=3, live_listeners_each=2)
    async with listen(service, subject="a") as first, listen(service, subject="a") as second:
        await first.begun()
        await second.begun()
        async with listen(service, subject="a") as refused:
            await refused.begun()
            assert (refused.status, refused.problem["code"]) == (429, "too-many-streams")
            assert int(refused.headers["retry-after"]) > 0
        async with listen(service, subject="b") as third, listen(service, subject="c") as refused:
            await third.begun()
            await refused.begun()
            assert (refused.status, refused.problem["code"]) == (503, "too-many-listeners")
            assert service.metric("rapport_live_listeners") == 3
        await second.hang_up()
        async with listen(service, subject="a") as again:
            await again.begun()
            assert again.status == 200
    assert service.metric("rapport_live_listeners") == 0


async def test_those_who_listen_take_no_place_from_requests_and_are_measured_by_their_beginning(
    serve: Serve, listen: Listen, tokens: Any, clients: Any, publisher: Publisher
) -> None:
    service = serve(requests_at_once=1)
    client = await clients(service.app, headers=tokens.bearer("lamps:read"))
    opened_at = time.monotonic()
    async with listen(service) as one:
        await one.begun()
        async with listen(service) as other:
            await other.begun()
            assert (await client.get("/lamps/v1/rooms")).status_code == 200
            await publisher.light()
            await one.until(2)
            await other.until(2)
            assert service.metric("rapport_live_sent_total") == 2
    lasted = time.monotonic() - opened_at
    route = {"route": "GET /lamps/v1/events", "status": "200"}
    assert service.metric("rapport_http_seconds_count", **route) == 2
    assert 0 < (service.metric("rapport_http_seconds_sum", **route) or 0) < lasted / 2
    assert service.metric("rapport_live_resets_total", reason="start") == 2


async def test_a_head_request_ends_at_once(serve: Serve, tokens: Any, clients: Any) -> None:
    client = await clients(serve().app, headers=tokens.bearer("lamps:read"))
    answer = await client.head("/lamps/v1/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_streams_end_at_once_when_the_service_stops(serve: Serve, listen: Listen) -> None:
    service = serve()
    async with listen(service) as heard:
        await heard.begun()
        began = time.monotonic()
        closing = asyncio.create_task(service.feed.close())
        await eventually(lambda: heard.ended)
        assert time.monotonic() - began < 1
        await closing
        async with listen(service) as late:
            await late.begun()
            assert (late.status, late.problem["code"]) == (503, "stopping")


async def test_the_document_says_what_the_stream_carries(serve: Serve) -> None:
    document = serve().app.openapi
    operation = document["paths"]["/lamps/v1/events"]["get"]
    carried = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]["properties"]["data"]["contentSchema"][
        "anyOf"
    ]
    names = [each["$ref"].rsplit("/", 1)[1] for each in carried]
    assert names == ["LiveEvent", "LiveReset"]
    told = document["components"]["schemas"]["LiveEvent"]
    assert set(told["required"]) == {"type", "subject", "version", "state", "time", "customer_id", "ids"}
    (types,) = [each for each in operation["parameters"] if each["name"] == "type"]
    assert types["schema"]["items"]["enum"] == ["lamp.lighted.v1", "lamp.hired.v1"]
    assert f"`lamp` needs `{HIRE.name}`, level 2" in operation["description"]
    assert QUICK.kept == 1_000
