"""Changes over HTTP (S68, S69): the road, late steps by timer, the effect recounted from the rows, lists, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.complaints.changes import ChangeEffectMeasured, ChangeStepMissed
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, moment

NOBODY = "018f0000-0000-7000-8000-000000000000"
NOW = datetime.now(UTC).replace(microsecond=0)
DAYS = 14


def ago(days: float) -> str:
    """A time that many days ago, as the API takes it."""
    return (NOW - timedelta(days=days)).isoformat()


async def propose(desk: Desk, **changes: Any) -> dict[str, Any]:
    body = {"dimension": "category", "group": "delivery", "owner": "unit-a", "note": "Never scanned.", **changes}
    return dict(await desk.post("/changes", body, 201))


async def move(desk: Desk, change: dict[str, Any], action: str, status: int = 200, **body: Any) -> dict[str, Any]:
    return dict(await desk.post(f"/changes/{change['id']}:{action}", body, status))


def step(code: str, due_at: str) -> dict[str, str]:
    return {"code": code, "owner": "unit-a", "due_at": due_at}


async def refrozen(desk: Desk, before: float = 30, after: float = 20, **changes: Any) -> dict[str, Any]:
    """Unfrozen and refrozen that many days ago."""
    change = await propose(desk, at=ago(before + 1), **changes)
    await move(desk, change, "plan-steps", steps=[step("scan", ago(after))], at=ago(before + 1))
    await move(desk, change, "unfreeze", at=ago(before), reason="cause-known")
    await move(desk, change, "start", at=ago(before))
    await move(desk, change, "complete-step", step="scan", at=ago(after))
    return await move(desk, change, "refreeze", standard="sop-17", at=ago(after))


async def fill(desk: Desk, at: float, count: int, **changes: Any) -> list[dict[str, Any]]:
    """Complaints received that many days ago and in the hours after."""
    received = [(NOW - timedelta(days=at) + timedelta(hours=n)).isoformat() for n in range(count)]
    return [await desk.file(received_at=each, **changes) for each in received]


async def test_a_change_from_the_proposal_to_the_closing(desk: Desk) -> None:
    one, two = await desk.file(), await desk.file()
    change = await propose(desk, complaints=[one["id"], one["id"]], at=ago(31))
    assert (change["state"], change["complaints"], change["number"][:2]) == ("proposed", [one["id"]], "CH")
    await move(desk, change, "unfreeze", at=ago(30), reason="cause-known")
    assert (await move(desk, change, "start", 409, at=ago(30)))["code"] == "steps-missing"
    await move(desk, change, "plan-steps", steps=[step("scan", ago(21)), step("train", ago(1))], at=ago(30))
    await move(desk, change, "start", at=ago(30))
    await move(desk, change, "complete-step", step="scan", at=ago(20), note="Scanners hang.")
    assert (await move(desk, change, "refreeze", 409, standard="sop-17", at=ago(20)))["code"] == "steps-open"
    await move(desk, change, "complete-step", step="train", at=ago(20))
    change = await move(desk, change, "refreeze", standard="sop-17", at=ago(20))
    assert [each["missed_at"] is not None for each in change["steps"]] == [True, False]
    assert (await move(desk, change, "close", 409))["code"] == "effect-missing"
    assert (await move(desk, change, "record-effect", 409, days=21))["code"] == "too-early"
    change = await move(desk, change, "record-effect", days=DAYS)
    assert change["effects"][0]["verdict"] == "no-history"
    assert (await move(desk, change, "link-complaint", complaint_id=two["id"]))["complaints"] == [one["id"], two["id"]]
    assert (await move(desk, change, "link-complaint", 409, complaint_id=two["id"]))["code"] == "complaint-linked"
    change = await move(desk, change, "close")
    assert (change["state"], change["due_at"], change["allowed"]) == ("closed", None, [])
    names = [name for name in await desk.names() if name.startswith("change")]
    assert names == [
        *("change.proposed", "change.unfrozen", "change-step.planned", "change-step.planned", "change.started"),
        *("change-step.missed", "change-step.completed", "change-step.completed", "change.refrozen"),
        *("change-effect.measured", "change-complaint.linked", "change.closed"),
    ]
    refused = await move(desk, change, "abandon", 409, reason="no-budget")
    assert (refused["state"], refused["allowed"]) == ("closed", [])
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'change.look'") == 0


async def test_words_stand_sealed_in_the_history_and_looks_and_moves_are_audited(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    change = await propose(desk)
    await move(desk, change, "abandon", reason="no-budget", note="Next year.")
    path = f"/changes/{change['id']}/history"
    items = (await desk.get(path))["items"]
    assert [(item["move"], item["note"]) for item in items] == [("propose", "Never scanned."), ("abandon", "Next year.")]
    kept = await desk.db.fetch("SELECT note FROM history")
    assert not any(b"scanned" in row["note"] or b"year" in row["note"] for row in kept)
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        answer = await low.get(f"/complaints/v1{path}")
    assert [item["note"] for item in answer.json()["items"]] == [None, None]
    verdict = await desk.get(f"{path}:verify")
    assert (verdict["intact"], verdict["rows"], verdict["words"], verdict["audited"]) == (True, 2, 2, 2)
    rows = await desk.db.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY action", f"change:{change['id']}")
    assert [row["action"] for row in rows] == [
        "change.abandon",
        "change.history-read",
        "change.history-verify",
        "change.propose",
    ]


async def test_late_steps_are_said_by_timer_at_their_exact_time(desk: Desk) -> None:
    late, later = await propose(desk, at=ago(9)), await propose(desk)
    await move(desk, late, "plan-steps", steps=[step("b", ago(2)), step("a", ago(3)), step("c", ago(-1))], at=ago(9))
    await move(desk, later, "plan-steps", steps=[step("a", ago(-2))])
    await desk.facts()
    await desk.fire()
    said = [fact for fact in await desk.facts() if isinstance(fact, ChangeStepMissed)]
    assert sorted((fact.step, fact.missed_at) for fact in said) == [("a", moment(ago(3))), ("b", moment(ago(2)))]
    assert await desk.fire() == 0
    rows = await desk.db.fetch("SELECT key FROM timers WHERE kind = 'change.look'")
    assert sorted(row["key"] for row in rows) == sorted([late["id"], later["id"]])
    assert [each["id"] for each in (await desk.get("/changes", {"late": True}))["items"]] == [late["id"]]


async def test_an_effect_is_what_a_recount_of_the_rows_gives(desk: Desk) -> None:
    change = await refrozen(desk)
    await fill(desk, 60, 1, category="billing")
    await fill(desk, 43, 12)
    await fill(desk, 29, 5)  # while it was changed: in neither
    (original,) = await fill(desk, 19, 1)
    (copy,) = await fill(desk, 18, 1)
    await desk.act(copy, "acknowledge", method="phone")
    await desk.act(copy, "assess", severity="low")
    await desk.act(copy, "mark-duplicate", duplicate_of=original["id"])
    await fill(desk, 19, 9, category="billing")
    shown = await desk.get(f"/changes/{change['id']}/effect", {"days": DAYS})
    rows = await desk.db.fetch("SELECT received_at, state FROM complaints WHERE category = 'delivery'")
    inside = {
        name: [
            row["state"]
            for row in rows
            if moment(shown[f"{name}_start"]) <= row["received_at"] < moment(shown[f"{name}_end"])
        ]
        for name in ("before", "after")
    }
    assert [shown[name] for name in ("before", "after")] == [
        len([state for state in inside[name] if state != "duplicate"]) for name in ("before", "after")
    ]
    assert (shown["before"], shown["after"], shown["verdict"]) == (12, 1, "fallen")
    assert shown["p"] == pytest.approx(2 * (13 + 1) / 2**13)
    figure = shown["change"]
    assert figure["value"] == pytest.approx(100 * (1 - 12) / 12, abs=0.005)
    assert figure["interval"]["low"] < figure["value"] < figure["interval"]["high"] < 0
    assert (figure["n"], figure["excluded"], figure["definition"]["version"]) == (13, {"duplicates": 1}, 1)
    assert (await desk.get(f"/changes/{change['id']}"))["effects"] == []  # a look keeps nothing
    await desk.facts()
    kept = await move(desk, change, "record-effect", days=DAYS)
    assert kept["effects"][0]["before"] == 12
    (said,) = await desk.facts()
    assert isinstance(said, ChangeEffectMeasured)
    assert (said.verdict, said.before, said.after, said.excluded) == ("fallen", 12, 1, 1)
    assert [each["id"] for each in (await desk.get("/changes", {"verdict": "fallen"}))["items"]] == [change["id"]]


async def test_too_few_complaints_tell_nothing_and_an_unfrozen_change_has_no_effect(desk: Desk) -> None:
    change = await refrozen(desk)
    await fill(desk, 44, 2)
    shown = await desk.get(f"/changes/{change['id']}/effect", {"days": DAYS})
    assert (shown["verdict"], shown["p"], shown["change"]["value"]) == ("too-few", None, None)
    assert shown["change"]["verdict"] == "too_few"
    assert (await desk.get(f"/changes/{change['id']}/effect", status=409))["code"] == "too-early"
    await desk.get(f"/changes/{change['id']}/effect", {"days": 0}, status=422)
    await move(desk, change, "unfreeze", reason="no-effect")
    refused = await desk.get(f"/changes/{change['id']}/effect", {"days": DAYS}, status=409)
    assert sorted(refused["allowed"]) == ["abandon", "link-complaint", "plan-steps"]  # to start it, a step has to be planned


async def test_causes_count_when_they_were_found(desk: Desk) -> None:
    change = await refrozen(desk, dimension="cause", group="process")
    for _ in range(5):
        await desk.until("root_cause_identified")
    await desk.db.execute("UPDATE complaints SET cause_at = $1", moment(ago(19)))
    shown = await desk.get(f"/changes/{change['id']}/effect", {"days": DAYS})
    assert (shown["before"], shown["after"], shown["verdict"]) == (0, 5, "no-history")


async def test_a_change_for_a_trend_has_its_group(desk: Desk) -> None:
    trend = new_id()
    await desk.db.execute(
        "INSERT INTO trends (id, version, dimension, name, verdict, observed, reference, excluded, tested, alpha, minimum,"
        " reference_start, window_start, window_end, policy, policy_version, definition_version, found_at)"
        " VALUES ($1, 1, 'product', 'p-1', 'rising', 9, 1, 0, 1, 0.01, 5, $2, $2, $2, 'standard', 1, 1, $2)",
        trend,
        NOW,
    )
    body = {"trend_id": str(trend), "owner": "unit-a", "note": "x"}
    change = await desk.post("/changes", body, 201)
    assert (change["dimension"], change["group"], change["trend_id"]) == ("product", "p-1", str(trend))
    assert (await desk.post("/changes", {**body, "trend_id": NOBODY}, 422))["code"] == "unknown-trend"


async def test_the_list_filters_sorts_and_pages_in_one_statement(desk: Desk, served: Service[Work]) -> None:
    complaint = await desk.file()
    old = await propose(desk, at=ago(9), complaints=[complaint["id"]])
    await move(desk, old, "plan-steps", steps=[step("a", ago(2))], at=ago(9))
    new = await move(desk, await propose(desk, dimension="cause", group="process", owner="unit-b"), "abandon", reason="x")
    for query, expected in [
        ({}, [new["id"], old["id"]]),
        ({"sort": "number"}, [old["id"], new["id"]]),
        ({"state": "abandoned"}, [new["id"]]),
        ({"assignee": "unit-b"}, [new["id"]]),
        ({"dimension": "category"}, [old["id"]]),
        ({"group": "process"}, [new["id"]]),
        ({"complaint": complaint["id"]}, [old["id"]]),
        ({"open": True}, [old["id"]]),
        ({"due_before": ago(0)}, [old["id"]]),
        ({"to": ago(5)}, [old["id"]]),
        ({"from": ago(5)}, [new["id"]]),
        ({"trend": NOBODY}, []),
        ({"late": False, "open": True, "verdict": "risen"}, []),
    ]:
        with statements(served) as seen:
            items = (await desk.get("/changes", query))["items"]
        assert [item["id"] for item in items] == expected, query
        assert len(seen) == (3 if items else 2), seen  # the time, the page, the names of the people on it
    first = await desk.get("/changes", {"limit": 1, "dimension": "cause"})
    assert first["next"] is None
    first = await desk.get("/changes", {"limit": 1})
    rest = await desk.get("/changes", {"limit": 1, "after": first["next"]})
    assert [item["id"] for item in first["items"] + rest["items"]] == [new["id"], old["id"]]
    await desk.get("/changes", {"sort": "owner"}, status=422)


@pytest.mark.parametrize(
    "body",
    [
        {"owner": "a", "note": "x"},
        {"dimension": "cause", "owner": "a", "note": "x"},
        {"dimension": "weather", "group": "x", "owner": "a", "note": "x"},
        {"dimension": "cause", "group": "x", "trend_id": NOBODY, "owner": "a", "note": "x"},
        {"dimension": "cause", "group": "x", "owner": "a"},
        {"dimension": "cause", "group": "x", "owner": "a", "note": "x", "complaints": [NOBODY]},
        {"dimension": "cause", "group": "x", "owner": "a", "note": "x", "at": "2099-01-01T00:00:00Z"},
        {"dimension": "cause", "group": "x", "owner": "a", "note": "x", "at": "1999-01-01T00:00:00Z"},
    ],
)
async def test_a_proposal_that_cannot_be_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    await desk.post("/changes", body, 422)
    assert (await desk.get("/changes"))["items"] == []


async def test_what_does_not_exist_is_not_found_and_stale_versions_and_scopes_are_refused(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    for path in (f"/changes/{NOBODY}", f"/changes/{NOBODY}/history", f"/changes/{NOBODY}/effect"):
        await desk.get(path, status=404)
    change = await propose(desk)
    assert (await move(desk, change, "link-complaint", 422, complaint_id=NOBODY))["code"] == "unknown-complaint"
    path = f"/complaints/v1/changes/{change['id']}:unfreeze"
    assert (await desk.http.post(path, json={}, headers={"If-Match": '"99"'})).status_code == 412
    others = [scope for scope in SCOPES if scope != "complaints:changes"]
    async with client_of(served.asgi, headers=tokens.bearer(*others)) as clerk:
        assert (await clerk.post(path, json={})).status_code == 403


@pytest.mark.parametrize("many", [1, 20])
async def test_late_steps_cost_the_same_few_statements_whatever_their_number(
    desk: Desk, served: Service[Work], many: int
) -> None:
    for _ in range(many):
        change = await propose(desk, at=ago(9))
        await move(desk, change, "plan-steps", steps=[step("a", ago(2))], at=ago(9))
    with statements(served) as seen:
        await desk.fire()
    assert len([sql for sql in seen if not sql.startswith(("SELECT now()", "DELETE FROM timers"))]) <= 4, seen
    assert (await desk.names()).count("change-step.missed") == many
