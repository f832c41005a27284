"""Closing the loop, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest_asyncio

from .world import API


@pytest_asyncio.fixture
async def case(world, public) -> dict:
    _, path = await world.sent()
    await public.post(path, json={"answers": {"score": 0}})
    [found] = (await world.http.get(f"{API}/follow-ups")).json()["items"]
    return found


async def step(world, case: dict, verb: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
    answer = await world.http.post(f"{API}/follow-ups/{case['id']}:{verb}", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_case_is_closed_step_by_step_with_events_and_audit(world, case) -> None:
    assert (await step(world, case, "record-attempt", {"reached": True}))[1]["state"] == "contacted"
    assert (await step(world, case, "record-cause", {"cause": "waiting-time"}))[1]["state"] == "cause_recorded"
    assert (await step(world, case, "record-action", {"action": "apology"}))[1]["state"] == "action_taken"
    assert (await step(world, case, "confirm", {"satisfied": True}))[1]["state"] == "customer_confirmed"
    for result in ("done", "refused"):
        many = await world.http.post(f"{API}/follow-ups:batch-close", json={"items": [{"id": case["id"]}]})
        [each] = many.json()["results"]
        assert each["result"] == result, each
    assert (each["problem"]["code"], each["problem"]["state"], each["problem"]["allowed"]) == ("not-allowed", "closed", [])
    closed = (await world.http.get(f"{API}/follow-ups/{case['id']}")).json()
    assert (closed["state"], closed["allowed"]) == ("closed", [])
    [(_, fact)] = await world.published("follow-up.closed")
    assert (fact["cause"], fact["action"], fact["reached"]) == ("waiting-time", "apology", True)
    assert await world.rows("SELECT 1 FROM timers WHERE kind = 'follow-up.overdue'") == []
    audit = await world.rows("SELECT action FROM audit WHERE subject = :s ORDER BY seq", s=f"follow-up:{case['id']}")
    assert [row["action"].removeprefix("follow-up.") for row in audit] == [
        "open", "record-attempt", "record-cause", "record-action", "confirm", "close",
    ]  # fmt: skip


async def test_a_case_is_given_to_somebody_until_it_is_closed(world, case) -> None:
    status, given = await step(world, case, "assign", {"assignee": "agent-7"})
    assert (status, given["assignee"], given["state"]) == (200, "agent-7", "opened")
    listed = (await world.http.get(f"{API}/follow-ups", params={"assignee": "agent-7"})).json()["items"]
    assert [one["id"] for one in listed] == [case["id"]]
    many = {"items": [{"id": case["id"], "version": given["version"]}], "assignee": "agent-9"}
    for result in ("done", "refused"):  # the second time somebody was faster
        answer = await world.http.post(f"{API}/follow-ups:batch-assign", json=many)
        assert (answer.status_code, answer.json()["results"][0]["result"]) == (200, result), answer.text
    one = {"open": "true", "state": ["opened", "closed"], "from": given["opened_at"], "count": "true"}
    assert (await world.http.get(f"{API}/follow-ups", params=one)).json()["count"] == 1
    since = {"changed_since": given["updated_at"], "sort": ["-due_at", "opened_at"]}
    assert [row["version"] for row in (await world.http.get(f"{API}/follow-ups", params=since)).json()["items"]] == [3]
    refused = await world.http.get(f"{API}/follow-ups", params={"state": "open"})
    assert refused.status_code == 422 and "unreachable" in refused.json()["errors"][0]["message"]
    for verb, body in (
        ("record-attempt", {"reached": True}), ("record-cause", {"cause": "waiting-time"}),
        ("record-action", {"action": "apology"}), ("confirm", {"satisfied": True}), ("close", None),
    ):  # fmt: skip
        assert (await step(world, case, verb, body))[0] == 200
    status, problem = await step(world, case, "assign", {"assignee": "agent-8"})
    assert (status, problem["code"], problem["state"]) == (409, "not-allowed", "closed")


async def test_a_step_out_of_order_says_what_is_allowed_to_this_caller(world, case, tokens) -> None:
    status, problem = await step(world, case, "close")
    assert (status, problem["code"], problem["state"]) == (409, "not-allowed", "opened")
    assert problem["allowed"] == ["record-attempt", "assign"]
    reader = tokens.bearer("satisfaction:read", level=4)
    for path in (f"{API}/follow-ups", f"{API}/invitations", f"{API}/surveys"):
        rows = (await world.http.get(path, headers=reader)).json()["items"]
        assert rows and all(row["allowed"] == [] for row in rows), path
    assert case["allowed"] == ["record-attempt", "assign"]


async def test_a_stale_version_is_refused(world, case) -> None:
    status, _ = await step(world, case, "record-attempt", {"reached": False}, **{"If-Match": f'"{case["version"]}"'})
    assert status == 200
    status, problem = await step(world, case, "record-attempt", {"reached": True}, **{"If-Match": f'"{case["version"]}"'})
    assert (status, problem["code"]) == (412, "version-conflict")


async def test_a_late_case_is_escalated_at_its_due_time_however_late_we_check(world, case) -> None:
    await world.rows("UPDATE timers SET next_try = now() WHERE kind = 'follow-up.overdue'")
    await world.fire()
    assert await world.published("follow-up.escalated") == [], "a timer that fires early finds nothing, and is set again"
    [timer] = await world.rows("SELECT due FROM timers WHERE kind = 'follow-up.overdue'")
    [row] = await world.rows("UPDATE follow_ups SET due_at = now() - interval '3 hours' RETURNING due_at, opened_at")
    assert timer["due"] == row["opened_at"] + timedelta(hours=48)
    await world.rows("UPDATE timers SET due = now(), next_try = now() WHERE kind = 'follow-up.overdue'")
    await world.fire()
    [(_, fact)] = await world.published("follow-up.escalated")
    assert datetime.fromisoformat(fact["escalated_at"]) == row["due_at"]
    assert await world.rows("SELECT 1 FROM timers WHERE kind = 'follow-up.overdue'") == []
    overdue = (await world.http.get(f"{API}/follow-ups", params={"overdue": "true"})).json()["items"]
    assert [one["id"] for one in overdue] == [case["id"]]


async def test_the_history_says_who_did_what_and_is_verified(world, case) -> None:
    status, _ = await step(world, case, "record-attempt", {"reached": False, "reason": "busy", "note": "Mr Li is at work"})
    assert status == 200
    history = (await world.http.get(f"{API}/follow-ups/{case['id']}/history")).json()["items"]
    assert [(one["move"], one["from_state"], one["to_state"]) for one in history] == [
        ("open", None, "opened"),
        ("record-attempt", "opened", "opened"),
    ]
    assert (history[1]["reason"], history[1]["note"], history[1]["detail"]) == (
        "busy",
        "Mr Li is at work",
        {"reached": False},
    )
    verdict = (await world.http.get(f"{API}/follow-ups/{case['id']}/history:verify")).json()
    assert (verdict["intact"], verdict["rows"], verdict["words"]) == (True, 2, 1)
    rows = await world.rows("SELECT h::text AS whole FROM history h WHERE subject_id = :id", id=case["id"])
    assert not any("Li" in row["whole"] for row in rows)


async def test_a_step_can_be_entered_later_but_not_before_what_happened(world, case) -> None:
    opened = datetime.fromisoformat(case["opened_at"])
    for at, code in ((opened - timedelta(hours=1), "before-history"), (opened + timedelta(days=9), "in-the-future")):
        status, problem = await step(world, case, "record-attempt", {"reached": True, "at": at.isoformat()})
        assert (status, problem["errors"][0]["code"]) == (422, code)


async def test_the_state_machines_are_published(world) -> None:
    for name in ("invitation", "follow-up"):
        answer = await world.http.get(f"{API}/state-machines/{name}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["initial"] in {"considered", "opened"}
