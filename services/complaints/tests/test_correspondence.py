"""What is said to and by the customer: recorded, sealed, shown by level, listed with one statement."""

from __future__ import annotations

from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Actor, Work
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_contracts.complaints.cases import ComplaintAcknowledged
from rapport_contracts.complaints.correspondence import CommunicationRecorded
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

WORDS = "Told Li Lei that the depot is still searching."


def said(**changes: Any) -> dict[str, Any]:
    return {"direction": "outbound", "channel": "phone", "kind": "update", "words": WORDS, **changes}


async def test_what_was_said_is_recorded_and_published_without_its_words(desk: Desk, served: Service[Work]) -> None:
    customer = str(new_id())
    filed = await desk.file(customer_id=customer)
    await desk.facts()
    with statements(served) as seen:
        made = await desk.post(f"/complaints/{filed['id']}/communications", said(at="2026-11-23T01:00:00Z"))
    assert len(seen) <= 8, seen  # now, complaint, clocks, key; communication, outbox, audit with its head
    assert (made["kind"], made["by"], made["at"]) == ("update", "person:clerk-1", "2026-11-23T01:00:00.000000Z")
    [fact] = await desk.facts()
    assert isinstance(fact, CommunicationRecorded)
    assert (str(fact.communication_id), str(fact.complaint_id)) == (made["id"], filed["id"])
    assert str(fact.customer_id) == customer
    assert "depot" not in fact.write().decode()
    stored = await desk.db.fetchval("SELECT words FROM communications")
    assert b"depot" not in stored
    [item] = (await desk.get(f"/complaints/{filed['id']}/communications"))["items"]
    assert item == {**made, "words": WORDS, "masked": []}


async def test_acknowledgement_promise_and_feedback_are_communications(desk: Desk) -> None:
    filed = await desk.until("acknowledged")
    await desk.act(filed, "promise", due_at="2099-01-01T00:00:00Z", method="email")
    items = (await desk.get(f"/complaints/{filed['id']}/communications", {"sort": "at"}))["items"]
    assert [(item["kind"], item["channel"], item["direction"]) for item in items] == [
        ("acknowledgement", "phone", "outbound"),
        ("promise", "email", "outbound"),
    ]
    facts = await desk.facts()
    [told] = [fact for fact in facts if isinstance(fact, CommunicationRecorded) and fact.kind == "acknowledgement"]
    [acknowledged] = [fact for fact in facts if isinstance(fact, ComplaintAcknowledged)]
    assert told.communicated_at == acknowledged.acknowledged_at
    closed = await desk.until("closed")
    kinds = [item["kind"] for item in (await desk.get(f"/complaints/{closed['id']}/communications"))["items"]]
    assert kinds == ["decision", "acknowledgement"]


async def test_words_are_hidden_below_level_two_and_every_look_is_audited(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await desk.file()
    await desk.post(f"/complaints/{filed['id']}/communications", said())
    for level, words in ((1, None), (2, WORDS)):
        async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=level)) as client:
            answer = await client.get(f"/complaints/v1/complaints/{filed['id']}/communications")
            assert [item["words"] for item in answer.json()["items"]] == [words]
    looks = await desk.db.fetchval(
        "SELECT count(*) FROM audit WHERE action = 'communication.read' AND subject = $1", f"complaint:{filed['id']}"
    )
    assert looks == 1


async def test_words_follow_the_complaint_to_the_customer_and_go_with_him(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.file()
    await desk.post(f"/complaints/{filed['id']}/communications", said())
    letter = await desk.post(
        f"/complaints/{filed['id']}/letters", {"template": "update", "language": "en", "channel": "letter"}
    )
    customer = new_id()
    async with served.works(Actor.system("test")) as work:
        await link_customer(work, (await _id(desk, filed)), customer)
    [_, item] = (await desk.get(f"/complaints/{filed['id']}/communications"))["items"]
    assert item["words"] == WORDS
    read = await desk.get(f"/complaints/{filed['id']}/letters/{letter['id']}")
    assert "张小明" in read["body"]
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    [_, item] = (await desk.get(f"/complaints/{filed['id']}/communications"))["items"]
    assert item["words"] is None
    read = await desk.get(f"/complaints/{filed['id']}/letters/{letter['id']}")
    assert (read["subject"], read["body"]) == (None, None)
    gone = await desk.get(f"/complaints/{filed['id']}/letters/{letter['id']}/text", status=404)
    assert gone["code"] == "letter-erased"
    refused = await desk.post(f"/complaints/{filed['id']}/communications", said(), 409)
    assert refused["code"] == "erased"


async def _id(desk: Desk, filed: dict[str, Any]) -> Any:
    return await desk.db.fetchval("SELECT id FROM complaints WHERE number = $1", filed["number"])


async def test_the_list_is_paged_filtered_and_one_statement(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.file()
    path = f"/complaints/{filed['id']}/communications"
    for minute in range(5):
        kind = "update" if minute % 2 else "information_request"
        await desk.post(path, said(kind=kind, at=f"2026-11-23T01:0{minute}:00Z"))
    first = await desk.get(path, {"limit": 2})
    second = await desk.get(path, {"limit": 2, "after": first["next"]})
    third = await desk.get(path, {"limit": 2, "after": second["next"]})
    times = [item["at"] for page in (first, second, third) for item in page["items"]]
    assert times == sorted(times, reverse=True)
    assert (len(times), third["next"]) == (5, None)
    assert len((await desk.get(path, {"kind": "update"}))["items"]) == 2
    assert (await desk.get(path, {"kind": "update", "after": first["next"]}, status=422))["code"] == "bad-cursor"
    with statements(served) as seen:
        await desk.get(path)
    assert sum("FROM communications" in statement for statement in seen) == 1
    await desk.db.execute("SET enable_seqscan = off")
    plan = await desk.db.fetch(
        "EXPLAIN SELECT * FROM communications WHERE complaint_id = $1 ORDER BY at DESC, id DESC LIMIT 51",
        await _id(desk, filed),
    )
    assert "communications_complaint" in " ".join(row[0] for row in plan)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"at": "2099-01-01T00:00:00Z"}, "in-the-future"),
        ({"at": "2026-11-19T00:00:00Z"}, "before-history"),
        ({"direction": "sideways"}, "invalid-body"),
        ({"words": ""}, "invalid-body"),
        ({"words": "x" * 20_001}, "invalid-body"),
        ({"surprise": 1}, "invalid-body"),
    ],
)
async def test_what_is_no_communication_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    filed = await desk.file()
    assert (await desk.post(f"/complaints/{filed['id']}/communications", said(**change), 422))["code"] == code
    assert (await desk.post(f"/complaints/{new_id()}/communications", said(), 404))["code"] == "not-found"
    assert await desk.db.fetchval("SELECT count(*) FROM communications") == 0


async def test_a_communication_is_recorded_once_for_each_key_and_honours_the_version(desk: Desk) -> None:
    filed = await desk.file()
    path = f"/complaints/{filed['id']}/communications"
    key = {"Idempotency-Key": "a-key-of-this-test"}
    first = await desk.post(path, said(), **key)
    assert await desk.post(path, said(), **key) == first
    await desk.post(path, said(), 412, **{"If-Match": '"999"'})
    assert len((await desk.get(path))["items"]) == 1
