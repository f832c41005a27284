"""What an emergency does to the clocks of its complaints (S110): nothing by the shipped policy; where the policy says so,
those for the answer stand still."""

from __future__ import annotations

import json
from typing import Any

from .desk import Desk
from .test_incidents import ago, declared, moment, move


async def hold_by_policy(desk: Desk, *levels: int) -> None:
    """From now on emergencies of these levels hold clocks."""
    policy = (await desk.get("/emergency-policies/standard"))["body"]
    policy["levels"] = [{**rule, "hold_clocks": rule["level"] in levels} for rule in policy["levels"]]
    await desk.put("/emergency-policies/standard", policy)


async def clock(desk: Desk, filed: dict[str, Any], kind: str = "resolution") -> dict[str, Any]:
    clocks = (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]
    return next(dict(each) for each in clocks if each["kind"] == kind)


async def holders(desk: Desk, filed: dict[str, Any]) -> list[str]:
    return list((await desk.get(f"/complaints/{filed['id']}"))["held_by"])


async def test_under_the_shipped_policy_clocks_run_on(desk: Desk) -> None:
    filed = await desk.file(touchpoint="hotline", received_at=ago(30))
    await declared(desk, began_at=ago(60))
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "running"


async def test_clocks_stand_still_from_the_declaration_to_the_restoration(desk: Desk) -> None:
    await hold_by_policy(desk, 2)
    before = await desk.file(touchpoint="hotline", received_at=ago(50))
    elsewhere = await desk.file(touchpoint="shop", received_at=ago(50))
    incident = await declared(desk, at=ago(40), began_at=ago(60))
    await desk.fire()
    during = await desk.file(touchpoint="hotline", received_at=ago(20))
    for filed in (before, during):
        assert await holders(desk, filed) == [incident["id"]]
        standing = await clock(desk, filed)
        assert (standing["state"], standing["due_at"]) == ("paused", None)
        assert (await clock(desk, filed, "acknowledgement"))["state"] == "running"
    assert (await clock(desk, elsewhere))["state"] == "running"
    await move(desk, incident, "activate-plan", plan="general", at=ago(15))
    await move(desk, incident, "contain", at=ago(12))
    await move(desk, incident, "restore", at=ago(10))
    await desk.fire()
    assert await holders(desk, before) == []
    running = await clock(desk, before)
    assert running["state"] == "running"
    restored_at = (await desk.get(f"/incidents/{incident['id']}"))["restored_at"]
    pauses = json.loads(await desk.db.fetchval("SELECT pauses FROM clocks WHERE id = $1", running["id"]))
    assert [(each["reason"], *map(moment, (each["start"], each["end"]))) for each in pauses] == [
        ("emergency", moment(incident["declared_at"]), moment(restored_at))
    ]
    moves = [item["move"] for item in (await desk.get(f"/complaints/{before['id']}/history"))["items"]]
    assert (moves.count("hold"), moves.count("let-go")) == (1, 1)
    names = await desk.names()
    assert (names.count("clock.paused"), names.count("clock.resumed")) == (2, 2)


async def test_what_came_before_the_declaration_and_is_filed_after_it_stands_still_from_the_declaration(desk: Desk) -> None:
    await hold_by_policy(desk, 2)
    incident = await declared(desk, at=ago(40), began_at=ago(60))
    filed = await desk.file(touchpoint="hotline", received_at=ago(50))
    pauses = json.loads(await desk.db.fetchval("SELECT pauses FROM clocks WHERE kind = 'resolution'"))
    assert await holders(desk, filed) == [incident["id"]]
    assert [moment(each["start"]) for each in pauses] == [moment(incident["declared_at"])]


async def test_a_lighter_level_lets_go_and_a_graver_one_holds_again(desk: Desk) -> None:
    await hold_by_policy(desk, 1)
    filed = await desk.file(touchpoint="hotline", received_at=ago(30))
    incident = await declared(desk, level=1, began_at=ago(60))
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "paused"
    await move(desk, incident, "change-level", level=2, reason="half-of-the-lines-work")
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "running"
    await move(desk, incident, "change-level", level=1, reason="down-again")
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "paused"
    await move(desk, incident, "unlink-complaint", complaint_id=filed["id"], reason="another-matter")
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "running"


async def test_two_emergencies_hold_until_the_last_is_over_and_a_wait_outlasts_both(desk: Desk) -> None:
    await hold_by_policy(desk, 2)
    filed = await desk.file(touchpoint="hotline", received_at=ago(30))
    first, second = await declared(desk, began_at=ago(60)), await declared(desk, began_at=ago(60))
    await desk.fire()
    assert sorted(await holders(desk, filed)) == sorted([first["id"], second["id"]])
    await desk.act(filed, "acknowledge", method="phone")
    await desk.act(filed, "assess", severity="medium")
    await desk.act(filed, "assign", assignee="clerk-7")
    await desk.act(filed, "start-investigation")
    await desk.act(filed, "pause", reason="awaiting_customer")
    for incident in (first, second):
        await move(desk, incident, "activate-plan", plan="general")
        await move(desk, incident, "contain")
        await move(desk, incident, "restore")
        await desk.fire()
        assert (await clock(desk, filed))["state"] == "paused"
    await desk.act(filed, "resume")
    assert (await clock(desk, filed))["state"] == "running"
    refused = await desk.http.post(f"/complaints/v1/complaints/{filed['id']}:pause", json={"reason": "emergency"})
    assert refused.status_code == 422


async def test_a_complaint_that_goes_on_during_an_emergency_stays_held(desk: Desk) -> None:
    await hold_by_policy(desk, 2)
    filed = await desk.file(touchpoint="hotline", received_at=ago(30))
    await desk.act(filed, "acknowledge", method="phone", at=ago(29))
    await desk.act(filed, "assess", severity="medium", at=ago(28))
    await desk.act(filed, "assign", assignee="clerk-7", at=ago(27))
    await desk.act(filed, "start-investigation", at=ago(26))
    await desk.act(filed, "pause", reason="awaiting_customer", at=ago(25))
    incident = await declared(desk, began_at=ago(60))
    await desk.fire()
    await desk.act(filed, "resume")
    assert (await clock(desk, filed))["state"] == "paused"
    for action, body in (("activate-plan", {"plan": "general"}), ("contain", {}), ("restore", {})):
        await move(desk, incident, action, **body)
    await desk.fire()
    assert (await clock(desk, filed))["state"] == "running"


async def test_many_are_held_in_portions(desk: Desk) -> None:
    await hold_by_policy(desk, 2)
    filed = [await desk.file(touchpoint="hotline", received_at=ago(30)) for _ in range(3)]
    await desk.db.execute(
        "INSERT INTO complaints SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'number',"
        " 'X' || n))).* FROM complaints c, generate_series(1, 450) n WHERE c.id = $1",
        filed[0]["id"],
    )
    incident = await declared(desk, began_at=ago(60))
    await desk.fire()
    held = "SELECT count(*) FROM complaints WHERE $1 = ANY (held_by)"
    assert await desk.db.fetchval(held, incident["id"]) == 453
    for action, body in (("activate-plan", {"plan": "general"}), ("contain", {}), ("restore", {})):
        await move(desk, incident, action, **body)
    await desk.fire()
    assert await desk.db.fetchval(held, incident["id"]) == 0
