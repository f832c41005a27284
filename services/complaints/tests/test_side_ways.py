"""The side ways of a complaint over HTTP: refused, recorded, published, and never a surprise afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, at, unguarded
from .test_edge_cases import policy

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest_asyncio.fixture
async def judge(served: Service[Work], tokens: TokenMaker, db: asyncpg.Connection) -> AsyncIterator[Desk]:
    """Somebody else, who decides appeals."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="judge-1")) as client:
        yield Desk(client, served, db)


async def told_no(desk: Desk, **changes: Any) -> dict[str, Any]:
    """A complaint that is not upheld; the customer knows."""
    filed = await desk.until("assessed", **changes)
    await desk.act(filed, "reject", grounds=["no_failure_found"])
    return await desk.act(filed, "give-feedback", method="letter")


@pytest.mark.parametrize("action", ["mark-duplicate", "transfer", "withdraw"])
async def test_a_complaint_that_left_on_the_side_never_escalates(desk: Desk, action: str) -> None:
    await desk.put("/sla-policies/fast", policy())
    original = await desk.until("closed")
    filed = await desk.file(received_at=at("2026-11-20T10:00"))
    for step, more in (("acknowledge", {"method": "phone"}), ("assess", {"severity": "low"})):
        await desk.act(filed, step, at=at("2026-11-20T10:10"), **more)
    body = {"mark-duplicate": {"duplicate_of": original["id"]}, "transfer": {"to": "legal"}, "withdraw": {}}[action]
    ended = await desk.act(filed, action, reason="seen-twice", at=at("2026-11-20T10:30"), **body)
    assert (ended["allowed"], ended["due_at"]) == ([], None)
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'clock.look'") == 0
    await desk.facts()
    await desk.fire()
    assert await desk.names() == []
    clocks = (await desk.clocks(filed))["resolution"]
    assert (clocks["state"], clocks["breached_at"]) == ("stopped", None)
    assert (await desk.get("/stats"))["open"]["value"] == 0


async def test_a_duplicate_names_another_complaint_that_is_known_and_none_itself(desk: Desk) -> None:
    original, filed, third = await desk.file(), await desk.until("assessed"), await desk.until("assessed")
    for other, status, code in (
        (NOBODY, 422, "unknown-complaint"),
        (filed["id"], 422, "duplicate-of-itself"),
    ):
        refused = await desk.act(filed, "mark-duplicate", status=status, duplicate_of=other)
        assert refused["code"] == code
    marked = await desk.act(filed, "mark-duplicate", duplicate_of=original["id"])
    assert (marked["state"], marked["duplicate_of"], marked["outcome"]) == ("duplicate", original["id"], "duplicate")
    chained = await desk.act(third, "mark-duplicate", status=409, duplicate_of=filed["id"])
    assert chained["code"] == "duplicate-of-a-duplicate"
    await desk.act(third, "mark-duplicate", duplicate_of=original["id"])


async def test_the_original_of_others_is_not_made_a_duplicate_itself(desk: Desk) -> None:
    original, filed = await desk.until("assessed"), await desk.until("assessed")
    other = await desk.file()
    await desk.act(filed, "mark-duplicate", duplicate_of=original["id"])
    refused = await desk.act(original, "mark-duplicate", status=409, duplicate_of=other["id"])
    assert refused["code"] == "has-duplicates"


async def test_two_complaints_never_become_duplicates_of_one_another(desk: Desk) -> None:
    for _ in range(5):
        one, other = await desk.until("assessed"), await desk.until("assessed")
        answers = await asyncio.gather(
            *(
                desk.http.post(f"/complaints/v1/complaints/{a['id']}:mark-duplicate", json={"duplicate_of": b["id"]})
                for a, b in ((one, other), (other, one))
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await desk.db.fetchval("SELECT count(*) FROM complaints WHERE state = 'duplicate'") == 1
        async with unguarded(desk.db) as owner:
            await owner.execute("TRUNCATE complaints CASCADE")


async def test_the_duplicates_and_recurrences_of_a_complaint_can_be_listed(desk: Desk) -> None:
    original, filed = await desk.file(), await desk.until("assessed")
    again = await desk.file(recurrence_of=original["id"])
    await desk.act(filed, "mark-duplicate", duplicate_of=original["id"])
    for name, expected in (("duplicate_of", filed), ("recurrence_of", again)):
        found = (await desk.get("/complaints", {name: original["id"]}))["items"]
        assert [item["id"] for item in found] == [expected["id"]]


async def test_a_transfer_says_to_whom_and_why(desk: Desk) -> None:
    filed = await desk.until("assessed")
    await desk.act(filed, "transfer", status=422, to="partner-bank")
    await desk.facts()
    moved = await desk.act(filed, "transfer", to="partner-bank", reason="their-product")
    assert (moved["state"], moved["transferred_to"], moved["outcome"]) == ("transferred", "partner-bank", "transferred")
    assert await desk.names() == ["complaint.transferred"]


async def test_a_complaint_that_is_not_upheld_is_told_heard_and_closed(desk: Desk) -> None:
    filed = await told_no(desk)
    early = await desk.act(filed, "close", status=409)
    assert (early["code"], "customer-decision-or-attempts" in early["detail"]) == ("close-guard", True)
    await desk.act(filed, "record-decision", accepted=True)
    ended = await desk.act(filed, "close")
    assert (ended["outcome"], ended["grounds"]) == ("not_upheld", ["no_failure_found"])
    assert (await desk.clocks(filed))["resolution"]["state"] == "met"
    assert [name for name in await desk.names() if name.endswith((".rejected", ".given", "n.accepted", ".closed"))] == [
        "complaint.rejected",
        "feedback.given",
        "decision.accepted",
        "complaint.closed",
    ]


@pytest.mark.parametrize("grounds", [[], None, ["nonsense"], ["misuse"] * 9])
async def test_grounds_are_those_of_the_list_and_at_least_one(desk: Desk, grounds: Any) -> None:
    filed = await desk.until("assessed")
    assert (await desk.act(filed, "reject", status=422, grounds=grounds))["code"]
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == "assessed"


async def test_the_subject_of_a_complaint_does_not_reject_it_and_the_attempt_is_published(desk: Desk) -> None:
    filed = await desk.until("assessed", subject_staff=["clerk-1"])
    await desk.facts()
    refused = await desk.act(filed, "reject", status=409, grounds=["misuse"])
    assert refused["code"] == "conflict-of-interest"
    assert await desk.names() == ["conflict-of-interest.blocked"]


async def test_whoever_decided_does_not_decide_the_appeal_and_the_attempt_is_recorded(desk: Desk, judge: Desk) -> None:
    filed = await told_no(desk)
    await desk.act(filed, "appeal", reason="wrong-facts", appellant="representative", note="The signature is not hers.")
    await desk.facts()
    refused = await desk.act(filed, "decide-appeal", status=409, upheld=False, reason="as-before")
    assert refused["code"] == "conflict-of-interest"
    assert await desk.names() == ["conflict-of-interest.blocked"]
    past = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert (past[-1]["move"], past[-1]["detail"]) == ("conflict-of-interest", {"staff": "clerk-1"})
    dismissed = await judge.act(filed, "decide-appeal", upheld=False, reason="evidence-holds")
    assert dismissed["state"] == "appeal_dismissed"
    await desk.act(filed, "give-feedback", method="letter")
    second = await desk.act(filed, "appeal", status=409, reason="still-wrong")
    assert second["code"] == "already-appealed"
    assert (await desk.act(filed, "close"))["outcome"] == "not_upheld"


async def test_an_upheld_appeal_goes_to_another_handler(desk: Desk, judge: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    await desk.act(filed, "appeal", reason="offer-too-low")
    await desk.facts()
    for body in ({"upheld": True}, {"upheld": False, "assignee": "agent-8"}):
        assert (await judge.act(filed, "decide-appeal", status=422, reason="r", **body))["code"] == "assignee-of-appeal"
    same = await judge.act(filed, "decide-appeal", status=409, upheld=True, assignee="agent-7", reason="r")
    assert same["code"] == "conflict-of-interest"
    again = await judge.act(filed, "decide-appeal", upheld=True, assignee="agent-8", reason="offer-was-too-low")
    assert (again["state"], again["assignee"], again["barred"]) == ("investigating", "agent-8", ["agent-7", "clerk-1"])
    assert await desk.names() == ["conflict-of-interest.blocked", "appeal.upheld", "complaint.assigned"]
    back = await desk.act(filed, "assign", status=409, assignee="agent-7")
    assert back["code"] == "conflict-of-interest"
    await desk.act(filed, "set-root-cause", cause="process", latent_risk=False)
    assert (await desk.act(filed, "propose", status=409, remedy="refund", note="n"))["code"] == "conflict-of-interest"
    assert (await judge.act(filed, "propose", remedy="refund", note="n"))["proposals"] == 2


async def test_an_appeal_needs_level_three_to_be_decided(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    filed = await told_no(desk)
    await desk.act(filed, "appeal", reason="wrong-facts")
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=2, subject="judge-1")) as client:
        path = f"/complaints/v1/complaints/{filed['id']}:decide-appeal"
        assert (await client.post(path, json={"upheld": False, "reason": "r"})).status_code == 403


async def test_a_refused_proposal_still_goes_straight_back_to_the_investigation(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    assert (await desk.act(filed, "record-decision", accepted=False))["state"] == "investigating"


async def test_after_the_grace_a_new_complaint_recurs_and_says_so(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(reopen_grace_days=0))
    filed = await desk.until("closed")
    assert (await desk.act(filed, "reopen", status=409, reason="again"))["code"] == "reopen-too-late"
    await desk.facts()
    again = await desk.file(recurrence_of=filed["id"])
    facts = {fact.event_type: fact.model_dump(mode="json") for fact in await desk.facts()}
    said = facts["complaint.recurred.v1"]
    assert (said["complaint_id"], said["recurrence_of"]) == (again["id"], filed["id"])
    assert said["previous_closed_at"] == filed["closed_at"]
    assert {clock["state"] for clock in (await desk.clocks(again)).values()} == {"running"}


async def test_reopening_after_an_appeal_begins_with_a_clean_decision(desk: Desk, judge: Desk) -> None:
    filed = await told_no(desk)
    await desk.act(filed, "appeal", reason="wrong-facts")
    await judge.act(filed, "decide-appeal", upheld=False, reason="evidence-holds")
    await desk.act(filed, "give-feedback", method="letter")
    await desk.act(filed, "close")
    again = await desk.act(filed, "reopen", reason="new-evidence")
    assert (again["grounds"], again["not_upheld_at"], again["appealed_at"], again["appeals"]) == ([], None, None, 1)
    assert [clock["state"] for clock in (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]] == [
        "met",
        "met",
        "met",
        "running",
        "running",
    ]


async def test_a_follow_up_becomes_due_by_its_timer_and_is_done_before_the_complaint_closes(desk: Desk) -> None:
    filed = await desk.until("resolved", received_at=at("2026-11-09T10:00"))
    due = "2099-01-01T02:00:00.000000Z"
    told = await desk.act(filed, "give-feedback", method="phone", follow_up_at=due)
    assert told["follow_up_at"] == due
    assert await desk.db.fetchval("SELECT due FROM timers WHERE kind = 'follow-up.due'") is not None
    assert "follow-up-completed" in (await desk.act(filed, "close", status=409))["detail"]
    await desk.facts()
    await desk.db.execute("UPDATE complaints SET follow_up_at = now()")
    await desk.db.execute("UPDATE timers SET next_try = now(), due = now() WHERE kind = 'follow-up.due'")
    await desk.fire()
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == "follow_up_due"
    assert await desk.names() == ["complaint-follow-up.reached"]
    await desk.act(filed, "close", status=409)
    done = await desk.act(filed, "complete-follow-up", result="content", note="It works.")
    assert done["followed_up_at"] is not None
    assert (await desk.act(filed, "close"))["state"] == "closed"


async def test_a_follow_up_by_policy_that_was_done_early_leaves_the_timer_nothing_to_do(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(follow_up_days=3))
    filed = await desk.until("resolved")
    told = await desk.act(filed, "give-feedback", method="phone")
    assert told["follow_up_at"] > told["feedback_at"]
    await desk.act(filed, "complete-follow-up", result="not_reached")
    await desk.act(filed, "close")
    await desk.facts()
    await desk.db.execute("UPDATE complaints SET follow_up_at = now()")
    await desk.db.execute("UPDATE timers SET next_try = now(), due = now() WHERE kind = 'follow-up.due'")
    await desk.fire()
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'follow-up.due'") == 0
    assert await desk.names() == []
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == "closed"
