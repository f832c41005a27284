"""Contacts over HTTP: lists, one contact, entering by hand."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from .calls import INTERACTIONS, answered_call, step
from .conftest import Road


async def test_lists_filter_and_page(person: httpx.AsyncClient, road: Road) -> None:
    for number in range(5):
        await road.push(answered_call(f"c-{number}", agent=f"agent-{number % 2}"))
    await road.push([step("started", 900, call_id="open")])
    first = (await person.get(INTERACTIONS, params={"limit": 4})).json()
    rest = (await person.get(INTERACTIONS, params={"limit": 4, "after": first["next"]})).json()
    assert first["items"][0]["call_id"] == "open"
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 6
    assert rest["next"] is None

    async def found(**filters: str | list[str]) -> int:
        answer = await person.get(INTERACTIONS, params=filters)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await found(agent="agent-0") == 3
    assert await found(state="initiated") == await found(open="true") == 1
    assert await found(state=["initiated", "completed"]) == 6
    assert await found(open="false", channel=["phone", "chat"]) == 5
    assert await found(changed_since=first["items"][0]["updated_at"]) >= 1
    assert await found(queue="sales", channel="phone") == 5
    assert await found(flag="missing-start") == 0
    assert await found(customer=str(uuid4())) == 0
    assert await found(**{"from": "2026-03-02T12:10:00Z"}) == 1
    assert await found(**{"from": "2026-03-02", "to": "2026-03-02", "tz": "Asia/Shanghai"}) == 6
    assert (await person.get(INTERACTIONS, params={"count": "true", "limit": 1})).json()["count"] == 6
    refused = await person.get(INTERACTIONS, params={"flag": "missing-start,stale"})
    assert refused.status_code == 422 and "negative-ivr" in refused.json()["errors"][0]["message"]
    assert (await person.get(INTERACTIONS, params={"tz": "Mars/Base"})).status_code == 422
    for bound in ("0.5", "1772409600", "2026-03-02T12:10:00", "2026-3-2", "02.03.2026", "2026-02-30", "today", ""):
        assert (await person.get(INTERACTIONS, params={"to": bound})).status_code == 422, bound


async def test_one_interaction_shows_its_segments(person: httpx.AsyncClient, road: Road) -> None:
    await road.push(answered_call())
    shown = (await person.get(f"{INTERACTIONS}/{(await road.row('c-1'))['id']}")).json()
    assert [part["kind"] for part in shown["segments"]] == ["ivr", "queue", "agent", "after_contact_work"]
    assert (shown["agents"], shown["durations"]["service"]) == (["ana"], 120)
    assert (await person.get(f"{INTERACTIONS}/{uuid4()}")).status_code == 404


async def test_a_note_about_a_customer_who_was_erased_is_refused(person: httpx.AsyncClient, road: Road) -> None:
    customer = uuid4()
    await road.db.execute("INSERT INTO data_keys (subject, version, destroyed_at) VALUES ($1, 1, now())", customer)
    entry = {
        "channel": "store",
        "direction": "inbound",
        "started_at": "2026-03-02T10:00:00+08:00",
        "ended_at": "2026-03-02T10:20:00+08:00",
        "agent": "ana",
        "customer_id": str(customer),
    }
    refused = await person.post(INTERACTIONS, json={**entry, "note": "Prefers the evening."})
    assert (refused.status_code, refused.json()["code"]) == (409, "erased")
    assert (await person.post(INTERACTIONS, json=entry)).status_code == 201


async def test_a_contact_entered_by_hand_is_one_like_any_other(person: httpx.AsyncClient, road: Road) -> None:
    customer = str(uuid4())
    entry = {
        "channel": "store",
        "direction": "inbound",
        "started_at": "2026-03-02T10:00:00+08:00",
        "ended_at": "2026-03-02T10:20:00+08:00",
        "agent": "ana",
        "customer_id": customer,
        "note": "Prefers to be called in the evening.",
    }
    made = await person.post(INTERACTIONS, json=entry)
    assert made.status_code == 201, made.text
    shown = (await person.get(made.headers["location"])).json()
    assert (shown["mode"], shown["outcome"], shown["customer_id"]) == ("face_to_face", "answered", customer)
    assert shown["note"] == entry["note"]
    assert await road.names() == [f"interaction.{what}" for what in ("started", "connected", "completed", "linked")]
    note = await road.db.fetchrow("SELECT subject, content FROM notes")
    assert note is not None
    assert str(note["subject"]) == customer
    assert b"evening" not in note["content"]


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"ended_at": "2026-03-02T09:00:00+08:00"}, "end-before-start"),
        ({"started_at": "0349-03-02T10:00:00Z"}, "too-long-ago"),
        ({"ended_at": "2349-03-02T10:20:00Z"}, "in-the-future"),
    ],
)
async def test_a_contact_with_times_that_cannot_be_is_refused(
    person: httpx.AsyncClient, road: Road, times: dict[str, str], code: str
) -> None:
    entry = {"channel": "store", "direction": "inbound", "agent": "ana", "started_at": "2026-03-02T10:00:00+08:00"}
    refused = await person.post(INTERACTIONS, json={**entry, "ended_at": "2026-03-02T10:20:00+08:00", **times})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert not await road.db.fetchval("SELECT count(*) FROM interactions")
