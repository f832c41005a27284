"""What a person does with items that could not be used."""

from __future__ import annotations

from uuid import UUID

import httpx
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_testing.web import TokenMaker, client_of

from .calls import QUARANTINE, push
from .conftest import Road


async def test_a_quarantined_event_is_read_mended_and_replayed(
    person: httpx.AsyncClient, served: Service[Work], tokens: TokenMaker, road: Road
) -> None:
    bad = {"event_id": "e9", "call_id": "c-9", "type": "Ended", "occurred_at": "2026-03-02T12:00:00Z",
           "identifiers": [{"kind": "phone", "value": "13912345678"}]}  # fmt: skip
    item_id = (await push(person, [bad], source="pbx"))["results"][0]["quarantine_id"]
    assert (await person.get(QUARANTINE, params={"state": "waiting"})).json()["items"][0]["id"] == item_id
    assert "13912345678" in (await person.get(f"{QUARANTINE}/{item_id}")).json()["content"]
    async with client_of(served.asgi, headers=tokens.bearer("interactions:quarantine", level=3)) as other:
        assert (await other.get(f"{QUARANTINE}/{item_id}")).json()["content"] == "***"
    audited = await road.db.fetchval("SELECT count(*) FROM audit WHERE subject = $1", f"quarantine:{item_id}")
    assert audited == 1
    stored = await road.db.fetchval("SELECT content FROM quarantine WHERE id = $1", UUID(item_id))
    assert b"13912345678" not in stored

    untouched = await person.post(f"{QUARANTINE}/{item_id}:replay", json={})
    assert (untouched.status_code, untouched.json()["code"]) == (422, "still-unusable")
    mended = await person.post(f"{QUARANTINE}/{item_id}:replay", json={"event": {**bad, "type": "ended"}})
    assert (mended.status_code, mended.json()["state"], mended.json()["result"]) == (200, "replayed", "accepted")
    again = await person.post(f"{QUARANTINE}/{item_id}:replay")
    assert again.json() == mended.json()
    dropped = await person.post(f"{QUARANTINE}/{item_id}:drop", json={"reason": "too-late"})
    assert (dropped.status_code, dropped.json()["code"]) == (409, "not-allowed")
    await road.fold()
    assert (await road.row("c-9"))["state"] == "abandoned"
    names = await road.names()
    assert names[:2] == ["inbound-event.quarantined", "inbound-event.replayed"]
    assert (await person.get(f"{QUARANTINE}/{item_id}")).json()["content"] is None


async def test_dropping_says_why_and_destroys_the_content(person: httpx.AsyncClient, road: Road) -> None:
    item_id = (await push(person, ["no event"], source="pbx"))["results"][0]["quarantine_id"]
    for _ in range(2):
        dropped = await person.post(f"{QUARANTINE}/{item_id}:drop", json={"reason": "test-traffic"})
        assert (dropped.status_code, dropped.json()["state"], dropped.json()["result"]) == (200, "dropped", "test-traffic")
    assert (await person.post(f"{QUARANTINE}/{item_id}:replay")).status_code == 409
    assert await road.db.fetchval("SELECT content FROM quarantine") is None
    assert await road.names() == ["inbound-event.quarantined", "inbound-event.dropped"]


async def test_what_people_do_with_an_item_is_a_history_that_can_be_verified(
    person: httpx.AsyncClient, road: Road, tokens: TokenMaker
) -> None:
    bad = {"event_id": "e9", "call_id": "c-9", "type": "Ended", "occurred_at": "2026-03-02T12:00:00Z"}
    item_id = (await push(person, [bad], source="pbx"))["results"][0]["quarantine_id"]
    url = f"{QUARANTINE}/{item_id}"
    shown = await person.get(url)
    assert (shown.headers["etag"][:3], shown.json()["version"], shown.json()["allowed"]) == ('"1-', 1, ["replay", "drop"])
    low = tokens.bearer("interactions:quarantine", level=1)
    assert (await person.get(url, headers=low)).json()["allowed"] == []
    assert (await person.get(QUARANTINE, headers=low)).json()["items"][0]["allowed"] == []
    assert (await person.get(f"{url}/history")).json()["items"] == [], "receiving writes no history"
    many = {"items": [{"id": item_id, "version": 2}], "reason": "test-traffic"}
    (refused,) = (await person.post(f"{QUARANTINE}:batch-drop", json=many)).json()["results"]
    assert (refused["status"], refused["problem"]["code"]) == (412, "version-conflict")
    assert refused["problem"]["allowed"] == ["replay", "drop"]
    again = await person.post(f"{QUARANTINE}:batch-replay", json={"items": [{"id": item_id}]})
    (unmended,) = again.json()["results"]
    assert (unmended["status"], unmended["problem"]["code"]) == (422, "still-unusable")
    event = await person.post(f"{QUARANTINE}:batch-replay", json={"items": [{"id": item_id}], "event": bad})
    assert event.status_code == 422, "one event is not what many should have been"
    stale = await person.post(f"{url}:drop", json={"reason": "test-traffic"}, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    mended = await person.post(f"{url}:replay", json={"event": {**bad, "type": "ended"}}, headers={"If-Match": '"1"'})
    assert (mended.json()["version"], mended.json()["allowed"], mended.headers["etag"][:3]) == (2, [], '"2-')
    (move,) = (await person.get(f"{url}/history")).json()["items"]
    assert (move["move"], move["from_state"], move["to_state"]) == ("replay", "waiting", "replayed")
    assert move["detail"] == {"result": "accepted", "mended": True}
    verdict = (await person.get(f"{url}/history:verify")).json()
    assert (verdict["intact"], verdict["rows"], verdict["audited"]) == (True, 1, 1)
    assert [sequence for sequence, fact in await road.facts() if fact.event_type.startswith("inbound-event")] == [1, 2]
