"""Escalation over HTTP, with the ladder that is shipped and others: who has what before him, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_testing.databases import statements

from .desk import Desk
from .test_escalations import BOSS, LEAD, step

YOUNG = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
"""No clock has run out by then."""


async def listed(desk: Desk, **asked: Any) -> list[str]:
    return [item["step"] for item in (await desk.get("/escalations", {"sort": "escalated", **asked}))["items"]]


async def test_clocks_that_run_out_bring_a_complaint_up_the_ladder(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-08-03T02:00:00Z")
    await desk.fire()
    taken = ["resolution-warned", "acknowledgement-breached", "resolution-breached", "sixty-days-old"]
    assert await listed(desk) == taken
    assert (await desk.get(f"/complaints/{filed['id']}"))["escalation_level"] == 3
    facts = [fact for fact in await desk.facts() if fact.event_type == "complaint.escalated.v1"]
    told = facts[2].model_dump(mode="json")
    assert (told["level"], told["trigger"], told["to_kind"], told["to"]) == (
        2,
        "clock_breached",
        "role",
        "complaints-manager",
    )
    clock = (await desk.clocks(filed))["resolution"]
    assert told["triggered_at"] == clock["breached_at"]
    await desk.fire()
    assert await listed(desk) == taken and await desk.names() == []
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [row["move"] for row in history] == ["receive", *["escalate"] * 4]
    await desk.act(filed, "acknowledge", method="phone", at="2026-08-03T03:00:00Z")


async def test_a_complaint_that_is_over_has_nothing_before_anybody(desk: Desk) -> None:
    for ending, body in {
        "withdraw": {"reason": "settled"},
        "transfer": {"to": "legal", "reason": "not-ours"},
        "mark-duplicate": {"duplicate_of": (await desk.file(received_at=YOUNG))["id"]},
    }.items():
        filed = await desk.until("assessed", received_at=YOUNG)
        await desk.act(filed, "escalate", to=LEAD, reason="angry", note="He shouts.")
        await desk.facts()
        ended = await desk.act(filed, ending, **body)
        assert ended["escalation_level"] == 0 and "escalation.ended" in await desk.names()
        assert (await desk.act(filed, "escalate", status=409, to=LEAD, reason="angry"))["code"] == "not-allowed"
        assert await listed(desk, complaint=filed["id"], open=True) == []
    assert len(await listed(desk, open=False, trigger="by_hand")) == 3
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'escalation.look'") == 1  # of the original


async def test_a_timer_that_fires_after_the_end_finds_nothing_to_do(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-08-03T02:00:00Z")
    await desk.act(filed, "withdraw", reason="settled")
    await desk.db.execute(
        "INSERT INTO timers (kind, key, due, payload, next_try) VALUES ('escalation.look', $1, now(), '{}', now())",
        filed["id"],
    )
    await desk.fire()
    assert await listed(desk) == []


async def test_by_hand_before_whom_is_said_and_a_subject_is_refused(desk: Desk) -> None:
    filed = await desk.file(received_at=YOUNG, subject_staff=["boss-1"])
    refused = await desk.act(filed, "escalate", status=409, to={"kind": "staff", "code": "boss-1"}, reason="angry")
    assert refused["code"] == "conflict-of-interest"
    await desk.facts()
    assert (await desk.act(filed, "escalate", to=LEAD, reason="angry"))["escalation_level"] == 1
    assert await desk.names() == ["complaint.escalated"]
    await desk.act(filed, "escalate", status=422, to=LEAD)
    await desk.act(filed, "escalate", status=422, to=LEAD, reason="x", level=10)
    await desk.act(filed, "escalate", status=422, to={"kind": "role", "code": "a", "name": "Li"}, reason="x")
    [item] = (await desk.get("/escalations"))["items"]
    assert (item["number"], item["actor"], item["reason"], item["to_code"]) == (
        filed["number"],
        "person:clerk-1",
        "angry",
        "team-lead",
    )


async def test_the_list_is_filtered_and_paged_in_one_statement(desk: Desk) -> None:
    for _ in range(3):
        filed = await desk.file(received_at=YOUNG)
        await desk.act(filed, "escalate", to=LEAD, reason="angry")
    await desk.act(filed, "escalate", to={"kind": "staff", "code": "boss-1"}, reason="angry", level=5)
    for asked, count in (
        ({"to_kind": "role", "target": "team-lead"}, 3),
        ({"level": 5}, 1),
        ({"complaint": filed["id"]}, 2),
        ({"step": "critical"}, 0),
        ({"trigger": "age"}, 0),
        ({"from": "2099-01-01T00:00:00Z"}, 0),
        ({"to": "2099-01-01T00:00:00Z", "open": True}, 4),
    ):
        assert len((await desk.get("/escalations", asked))["items"]) == count, asked
    first = await desk.get("/escalations", {"limit": 3})
    with statements(desk.served) as seen:
        second = await desk.get("/escalations", {"limit": 3, "after": first["next"]})
    assert len(seen) == 3, seen  # the time, the page, the names of the people on it
    assert len({item["id"] for item in first["items"] + second["items"]}) == 4
    for bad in ({"level": 0}, {"trigger": "anger"}, {"complaint": "x"}, {"after": "x"}, {"sort": "level"}, {"who": "me"}):
        await desk.get("/escalations", bad, status=422)
    escalated = await desk.get("/complaints", {"escalated": True})
    assert len(escalated["items"]) == 3
    assert (await desk.get("/complaints", {"escalated": False}))["items"] == []


async def test_an_edited_ladder_counts_for_what_is_open_and_a_step_taken_stays_taken(desk: Desk) -> None:
    filed = await desk.until("assessed", received_at=YOUNG)
    await desk.until("closed", received_at=YOUNG)
    await desk.fire()
    assert await listed(desk) == []
    severe = step(code="severe", trigger="severity", severities=["medium"], to={"kind": "queue", "code": "second-line"})
    new = {"name": "Ours", "instead": BOSS, "steps": [severe]}
    assert (await desk.put("/escalation-policies/standard", new))["version"] == 2
    await desk.fire()
    [item] = (await desk.get("/escalations"))["items"]
    assert (item["complaint_id"], item["step"], item["policy_version"]) == (filed["id"], "severe", 2)
    await desk.put("/escalation-policies/standard", {**new, "steps": [{**severe, "level": 4}]})
    await desk.fire()
    assert await listed(desk) == ["severe"]
    assert [item["version"] for item in (await desk.get("/escalation-policies"))["items"]] == [1, 2, 3]
    assert (await desk.get("/escalation-policies/standard"))["version"] == 3
    assert (await desk.get("/escalation-policies/standard", {"version": 2}))["body"]["steps"][0]["level"] == 1
    await desk.get("/escalation-policies/standard", {"version": 9}, status=404)
    await desk.put("/escalation-policies/other", new, status=404)
    await desk.put("/escalation-policies/standard", {**new, "steps": [step(), step()]}, status=422)
    await desk.put("/escalation-policies/standard", {**new, "instead": {"kind": "staff", "code": "x"}}, status=422)


async def test_a_ladder_of_the_future_counts_from_then_on(desk: Desk) -> None:
    await desk.until("assessed", received_at=YOUNG)
    severe = step(code="severe", trigger="severity", severities=["medium"])
    new = {"name": "Ours", "instead": BOSS, "steps": [severe], "effective_from": "2099-01-01T00:00:00Z"}
    await desk.put("/escalation-policies/standard", new)
    await desk.fire()
    assert await listed(desk) == []
    assert await desk.db.fetchval("SELECT due FROM timers WHERE kind = 'escalation.follow'")
