"""What people are called, what a level hides, who somebody is here, and many complaints at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

API = "/complaints/v1"
NAME = "王芳"


async def hire(desk: Desk, staff: str, **changes: Any) -> dict[str, Any]:
    return await desk.put(f"/staff/{staff}", {"team": "parcels", "capacity": 9, "calendar": "cn", **changes})


async def test_a_name_is_beside_every_id_in_lists_details_histories_and_versions(desk: Desk) -> None:
    await hire(desk, "agent-7", name=NAME)
    await hire(desk, "clerk-1", name="Li Lei")
    filed = await desk.until("assigned", subject_staff=["agent-9"])
    assert filed["names"] == {"agent-7": NAME}
    (row,) = (await desk.get("/complaints"))["items"]
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert row["names"] == shown["names"] == {"agent-7": NAME}, "agent-9 has none"
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [each["names"] for each in history][-1] == {"person:clerk-1": "Li Lei", "agent-7": NAME}, "who, and to whom"
    versions = (await desk.get("/staff"))["items"]
    assert [each["names"] for each in versions] == [{"person:clerk-1": "Li Lei"}] * 2
    said = await desk.post(f"/complaints/{filed['id']}/communications", SAID)
    assert said["names"] == {"person:clerk-1": "Li Lei"}


SAID = {"direction": "outbound", "channel": "phone", "kind": "other", "words": "We look into it."}


async def test_a_name_is_kept_apart_from_versions_and_can_be_removed(desk: Desk) -> None:
    assert (await hire(desk, "agent-7"))["name"] is None
    assert (await hire(desk, "agent-7", name=f" {NAME} "))["name"] == NAME
    assert (await hire(desk, "agent-7", team="letters"))["name"] == NAME, "what is not sent stays"
    assert (await desk.get("/staff/agent-7", {"version": 1}))["name"] == NAME, "it is in no version"
    assert [each["name"] for each in (await desk.get("/staff"))["items"]] == [NAME]
    assert "name" not in (await desk.get("/staff/agent-7"))["body"]
    assert (await hire(desk, "agent-7", name=None))["name"] is None
    assert (await desk.until("assigned"))["names"] == {}


async def test_a_name_is_in_no_fact_log_or_row_of_the_audit_trail(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    await hire(desk, "agent-7", name=NAME)
    await desk.until("assigned")
    rows = await desk.db.fetch("SELECT payload FROM outbox")
    audit = await desk.db.fetch("SELECT subject, detail FROM audit UNION ALL SELECT actor, detail FROM history")
    texts = [*(bytes(row["payload"]).decode() for row in rows), *(f"{row}" for row in audit), "".join(capfd.readouterr())]
    assert len(rows) > 3 and not any(NAME in text or json.dumps(NAME)[1:-1] in text for text in texts)


async def test_names_of_a_page_are_one_statement_and_none_where_nobody_is(desk: Desk, served: Service[Work]) -> None:
    counts = {}
    for number, new in ((0, 0), (1, 1), (4, 3)):
        await desk.file()
        for each in range(new):
            await hire(desk, f"agent-{number}-{each}", name=NAME)
            await desk.act(await desk.until("assessed"), "assign", assignee=f"agent-{number}-{each}")
        with statements(served) as seen:
            named = [each["names"] for each in (await desk.get("/complaints"))["items"] if each["names"]]
        counts[len(named)] = sum("FROM staff_names" in each for each in seen)
    assert counts == {0: 0, 1: 1, 4: 1}


async def test_what_a_level_hides_is_said_and_differs_from_what_is_not_there(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    full = await desk.file()
    await desk.post(f"/complaints/{full['id']}/communications", SAID)
    bare = await desk.file(remedy_sought=None)
    hidden = {}
    for level in (1, 2, 3, 4):
        async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=level)) as client:
            path = f"{API}/complaints/{full['id']}"
            shown, other = (await client.get(path)).json(), (await client.get(f"{API}/complaints/{bare['id']}")).json()
            (said,) = (await client.get(f"{path}/communications")).json()["items"]
            (move,) = (await client.get(f"{path}/history", params={"limit": 1})).json()["items"]
            dossier = (await client.get(f"{path}/dossier")).json()
        assert shown["masked"] == other["masked"] == dossier["complaint"]["masked"], "it tells nothing of what there is"
        assert [said["masked"], move["masked"]] == ([["words"], ["note"]] if level < 4 else [[], []])
        hidden[level] = shown["masked"]
    words = ["problem", "remedy_sought", "contact"]
    assert hidden == {
        1: [*words, "vulnerability", "handling"],
        2: [*words, "handling"],
        3: [*words, "handling"],
        4: ["handling"],
    }, "advice is for those who handle complaints, whatever their level"
    assert (await desk.get(f"/complaints/{full['id']}"))["masked"] == []


async def test_me_knows_the_entry_of_the_staff(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=2, subject="agent-7")) as client:
        assert (await client.get(f"{API}/me")).json()["staff"] is None
        await hire(desk, "agent-7", name=NAME, skills=["en"])
        me = (await client.get(f"{API}/me")).json()
    assert me["staff"] == {"name": NAME, "team": "parcels", "skills": ["en"], "active": True}
    assert (me["subject"], me["kind"], me["level"], me["scopes"]) == ("agent-7", "person", 2, ["complaints:read"])


@pytest.fixture
def chosen() -> Callable[..., dict[str, Any]]:
    return lambda *filed, **more: {"items": [{"id": each["id"], "version": each["version"]} for each in filed], **more}


async def test_many_are_assigned_at_once_each_by_its_own_rules(desk: Desk, chosen: Callable[..., dict[str, Any]]) -> None:
    free, closed = await desk.until("assessed"), await desk.until("closed")
    about = await desk.until("assessed", subject_staff=["agent-3"])
    await desk.facts()
    nobody = {"id": str(new_id()), "version": 1}
    told = await desk.post("/complaints:batch-assign", chosen(about, closed, free, nobody, assignee="agent-3"), 200)
    codes = [each["problem"] and each["problem"]["code"] for each in told["results"]]
    assert codes == ["conflict-of-interest", "not-allowed", None, "not-found"] and told["done"] == 1
    assert (await desk.get(f"/complaints/{free['id']}"))["assignee"] == "agent-3"
    history = (await desk.get(f"/complaints/{about['id']}/history"))["items"]
    assert history[-1]["move"] == "conflict-of-interest", "the attempt is recorded, as of the action alone"
    assert sorted(await desk.names()) == ["complaint.assigned", "conflict-of-interest.blocked"]
    again = await desk.post("/complaints:batch-claim", chosen(free, assignee="x"), 422)
    assert again["code"] == "invalid-body"


async def test_many_are_acknowledged_claimed_and_released_at_once(desk: Desk) -> None:
    filed = [await desk.file() for _ in range(2)]
    chosen = {"items": [{"id": each["id"]} for each in filed]}
    assert (await desk.post("/complaints:batch-acknowledge", {**chosen, "method": "phone"}, 200))["done"] == 2
    for each in filed:
        await desk.act(each, "assess", severity="medium")
    assert (await desk.post("/complaints:batch-claim", chosen, 200))["done"] == 2
    assert {(await desk.get(f"/complaints/{each['id']}"))["assignee"] for each in filed} == {"clerk-1"}
    told = await desk.post("/complaints:batch-release", {**chosen, "reason": "end-of-shift"}, 200)
    assert told["done"] == 2
    assert {(await desk.get(f"/complaints/{each['id']}"))["assignee"] for each in filed} == {None}


async def test_many_are_closed_at_once(desk: Desk, chosen: Callable[..., dict[str, Any]]) -> None:
    filed = [await desk.until("feedback_given") for _ in range(2)]
    early = await desk.until("assessed")
    key = {"Idempotency-Key": "close-1"}
    told = await desk.post("/complaints:batch-close", chosen(*filed, early), 200, **key)
    assert [each["result"] for each in told["results"]] == ["done", "done", "refused"]
    assert await desk.post("/complaints:batch-close", chosen(*filed, early), 200, **key) == told
    assert [(await desk.get(f"/complaints/{each['id']}"))["state"] for each in filed] == ["closed", "closed"]


async def test_a_batch_asks_for_what_its_action_asks_for(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    filed = await desk.until("assessed")
    body = {"items": [{"id": filed["id"]}], "assignee": "agent-3"}
    for scopes, level in (("complaints:read",), 4), (("complaints:assign",), 1):
        async with client_of(served.asgi, headers=tokens.bearer(*scopes, level=level)) as client:
            answer = await client.post(f"{API}/complaints:batch-assign", json=body)
        assert answer.status_code == 403 and filed["id"] not in answer.text
    assert set(SCOPES) >= {"complaints:assign", "complaints:close"}
