"""Win-backs (S64): each reason, at most once, what Satisfaction says, the road, erasure, lists, refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_chassis.service import Service
from rapport_chassis.work import Actor, Work
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_complaints.shipped import shipped
from rapport_complaints.win_backs.domain import WIN_BACK_LIFE, AtRisk, WinBack, WinBackPolicy
from rapport_complaints.win_backs.usecases import stop_winning_back
from rapport_contracts.complaints.vocabulary import WinBackOutcome
from rapport_contracts.complaints.win_backs import WinBackClosed, WinBackMissed, WinBackRequested
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_kernel.errors import NotAllowed, Refused
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, unguarded
from .making import MONDAY, act, version
from .test_import import item, send
from .test_recovery_verified import tell

SHIPPED = shipped("win_back_policies", WinBackPolicy)["standard"]
NOBODY = "018f0000-0000-7000-8000-000000000000"
NOW = datetime.now(UTC)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


async def score(
    desk: Desk, customer: UUID | None, band: str = "detractor", days: float = 0, complaint: str | None = None, times: int = 1
) -> None:
    """What Satisfaction says, as the consumer hands it over, `times` times."""
    fact = SatisfactionScored(
        invitation_id=new_id(),
        response_id=new_id(),
        survey="after-closing",
        metric="nps",
        value=2.0,
        band=band,
        customer_id=customer,
        interaction_id=None,
        complaint_id=None if complaint is None else UUID(complaint),
        touchpoint=None,
        agent=None,
        agents=[],
        scored_at=datetime.now(UTC) - timedelta(days=days),
    )
    for _ in range(times):
        await tell(desk, fact)


async def requested(desk: Desk) -> list[WinBackRequested]:
    """What was requested once the timers have fired."""
    await desk.fire()
    return [fact for fact in await desk.facts() if isinstance(fact, WinBackRequested)]


async def refuse(desk: Desk, filed: dict[str, Any]) -> dict[str, Any]:
    """A proposal, and the customer's refusal."""
    if filed["state"] == "investigating":
        filed = await desk.act(filed, "set-root-cause", cause="process", latent_risk=False)
        filed = await desk.act(filed, "propose", remedy="refund", note="The price.")
    return await desk.act(filed, "record-decision", accepted=False)


async def test_a_customer_who_refused_twice_is_at_risk_once(desk: Desk) -> None:
    customer = new_id()
    filed = await refuse(desk, await desk.until("resolution_proposed", customer_id=str(customer)))
    assert await requested(desk) == []
    filed = await refuse(desk, filed)
    (found,) = await requested(desk)
    assert (found.customer_id, found.reason, found.occasions) == (customer, "refused_proposals", 2)
    assert (str(found.complaint_id), found.policy_version) == (filed["id"], 1)
    assert found.due_at == found.requested_at + timedelta(days=3)
    await refuse(desk, await refuse(desk, filed))
    assert await requested(desk) == [], "within the quiet days"
    await desk.db.execute("UPDATE win_backs SET requested_at = now() - interval '91 days'")
    await refuse(desk, await desk.get(f"/complaints/{filed['id']}"))
    (again,) = await requested(desk)
    assert again.occasions == 5, "those of the last 90 days, all after the last request"


async def test_what_a_request_rested_on_never_counts_again(desk: Desk) -> None:
    customer = new_id()
    rules = [{"reason": "refused_proposals", "count": 2, "days": 365, "quiet_days": 1}]
    await desk.put("/win-back-policies/standard", {"name": "x", "rules": rules})
    filed = await desk.until("resolution_proposed", customer_id=str(customer))
    filed = await refuse(desk, await refuse(desk, filed))
    assert len(await requested(desk)) == 1
    await desk.db.execute("UPDATE win_backs SET requested_at = requested_at - interval '25 hours'")
    before = (await desk.db.fetchval("SELECT requested_at FROM win_backs")) - timedelta(minutes=5)
    async with unguarded(desk.db) as owner:
        await owner.execute("UPDATE history SET recorded_at = $1", before)
    await refuse(desk, filed)
    assert await requested(desk) == [], "one refusal since"
    await refuse(desk, await desk.get(f"/complaints/{filed['id']}"))
    assert [found.occasions for found in await requested(desk)] == [2]


async def test_three_complaints_within_the_time_are_a_reason_and_duplicates_and_old_ones_are_none(desk: Desk) -> None:
    customer = str(new_id())
    _, first = [await desk.file(customer_id=customer, received_at=ago(days)) for days in (120, 80)]
    copy = await desk.file(customer_id=customer, received_at=ago(70))
    await desk.act(copy, "acknowledge", method="phone")
    await desk.act(copy, "assess", severity="low")
    await desk.act(copy, "mark-duplicate", duplicate_of=first["id"])
    await desk.file(customer_id=customer, received_at=ago(60))
    await desk.file(received_at=ago(60))
    assert await requested(desk) == []
    last = await desk.file(customer_id=customer, received_at=ago(1))
    (found,) = await requested(desk)
    assert (found.reason, found.occasions, str(found.complaint_id)) == ("repeated_complaints", 3, last["id"])


async def test_a_vulnerable_customer_whose_complaint_is_not_upheld_is_at_risk(desk: Desk) -> None:
    customer = new_id()
    for vulnerability in (None, "access"):
        filed = await desk.until("acknowledged", customer_id=str(customer))
        await desk.act(filed, "assess", severity="low", vulnerability=vulnerability)
        await desk.act(filed, "reject", grounds=["misuse"])
    (found,) = await requested(desk)
    assert (found.reason, found.occasions, str(found.complaint_id)) == ("vulnerable_not_upheld", 1, filed["id"])


async def test_a_low_score_after_closing_is_a_reason_and_one_without_a_complaint_is_none(desk: Desk) -> None:
    customer, other, content = new_id(), new_id(), new_id()
    filed = await desk.until("closed", customer_id=str(customer))
    await desk.until("closed", customer_id=str(content))
    await score(desk, other)
    await score(desk, None)
    await score(desk, customer, "promoter")
    await score(desk, content, "passive")
    await score(desk, customer, days=1)  # before it was closed
    assert await requested(desk) == []
    await score(desk, customer, complaint=filed["id"], times=2)
    (found,) = await requested(desk)
    assert (found.customer_id, found.reason, str(found.complaint_id)) == (customer, "low_score", filed["id"])
    assert await desk.db.fetchval("SELECT count(*) FROM scores") == 6, "each answer once"


async def test_who_files_is_checked_and_whose_complaint_is_imported_is_not(desk: Desk) -> None:
    customer, imported = new_id(), new_id()
    await desk.file(customer_id=str(customer))
    await send(desk, [item(number, customer_id=str(imported)) for number in range(3)])
    checked = await desk.db.fetch("SELECT key FROM timers WHERE kind = 'win-back.look'")
    assert [row["key"] for row in checked] == [str(customer)]


async def test_the_customer_that_a_complaint_gets_later_is_checked(desk: Desk) -> None:
    customer, interaction = new_id(), new_id()
    for _ in range(3):
        await desk.file(interaction_id=str(interaction), received_at=ago(1))
    assert await requested(desk) == []
    ids = [row["id"] for row in await desk.db.fetch("SELECT id FROM complaints")]
    async with desk.served.works(Actor.system("test")) as work:
        for one in ids:
            await link_customer(work, one, customer)
    assert [(found.customer_id, found.occasions) for found in await requested(desk)] == [(customer, 3)]


async def at_risk(desk: Desk) -> tuple[UUID, dict[str, Any]]:
    """A customer with a win-back."""
    customer = new_id()
    for _ in range(3):
        await desk.file(customer_id=str(customer), received_at=ago(1))
    await desk.fire()
    (task,) = (await desk.get("/win-backs", {"customer": str(customer)}))["items"]
    return customer, task


async def test_a_win_back_is_taken_on_and_closed_with_what_became_of_it(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    _, task = await at_risk(desk)
    assert (task["state"], task["allowed"], task["owner"]) == ("requested", ["start", "close"], None)
    path = f"/win-backs/{task['id']}"
    await desk.facts()
    assert (await desk.post(f"{path}:start", {"owner": "staff-7"}, 200))["owner"] == "staff-7"
    assert (await desk.post(f"{path}:start", {"owner": "staff-8"}, 200))["owner"] == "staff-8"
    await desk.post(f"{path}:close", {"outcome": "maybe"}, 422)
    closed = await desk.post(f"{path}:close", {"outcome": "won_back", "note": "She stays."}, 200)
    assert (closed["state"], closed["outcome"], closed["allowed"]) == ("closed", "won_back", [])
    assert (await desk.post(f"{path}:close", {"outcome": "lost"}, 409))["state"] == "closed"
    facts = await desk.facts()
    assert [fact.event_type for fact in facts] == ["win-back.started.v1", "win-back.started.v1", "win-back.closed.v1"]
    assert isinstance(facts[-1], WinBackClosed) and facts[-1].in_time
    items = (await desk.get(f"{path}/history"))["items"]
    assert [(each["move"], each["note"]) for each in items] == [
        ("request", None), ("start", None), ("start", None), ("close", "She stays."),
    ]  # fmt: skip
    assert not any(b"stays" in row["note"] for row in await desk.db.fetch("SELECT note FROM history WHERE note <> ''"))
    verdict = await desk.get(f"{path}/history:verify")
    assert (verdict["intact"], verdict["rows"], verdict["words"]) == (True, 4, 1)
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        answer = await low.get(f"/complaints/v1{path}/history")
    assert [each["note"] for each in answer.json()["items"]] == [None] * 4
    rows = await desk.db.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY action", f"win-back:{task['id']}")
    assert [row["action"] for row in rows] == [
        *("win-back.close", "win-back.history-read", "win-back.history-verify", "win-back.request"),
        *("win-back.start", "win-back.start"),
    ]


async def test_nobody_is_won_back_who_is_forgotten(desk: Desk) -> None:
    (customer, task), (other, kept) = await at_risk(desk), await at_risk(desk)
    async with desk.served.works(Actor.system("test")) as work:
        await stop_winning_back(work, [customer])
    shown = await desk.get(f"/win-backs/{task['id']}")
    assert (shown["state"], shown["outcome"]) == ("closed", "forgotten")
    assert (await desk.get(f"/win-backs/{kept['id']}"))["state"] == "requested"
    await desk.db.execute("UPDATE win_backs SET requested_at = now() - interval '100 days'")
    await desk.facts()
    await desk.db.execute("INSERT INTO customer_erasures (erasure_id, customer_id) VALUES ($1, $2)", new_id(), customer)
    for each in (customer, other):
        await score(desk, each)
    assert [found.customer_id for found in await requested(desk)] == [other]


async def test_the_list_filters_sorts_and_pages_in_one_statement(desk: Desk, served: Service[Work]) -> None:
    customer, first = await at_risk(desk)
    _, second = await at_risk(desk)
    await desk.post(f"/win-backs/{second['id']}:start", {"owner": "unit-b"}, 200)
    await desk.post(f"/win-backs/{second['id']}:close", {"outcome": "lost"}, 200)
    for query, expected in [
        ({}, [second["id"], first["id"]]),
        ({"sort": "due_at"}, [first["id"], second["id"]]),
        ({"state": "requested"}, [first["id"]]),
        ({"reason": "low_score"}, []),
        ({"outcome": "lost"}, [second["id"]]),
        ({"customer": str(customer)}, [first["id"]]),
        ({"complaint": first["complaint_id"]}, [first["id"]]),
        ({"assignee": "unit-b"}, [second["id"]]),
        ({"open": False}, [second["id"]]),
        ({"due_before": ago(-9)}, [first["id"]]),
        ({"to": ago(1)}, []),
        ({"from": ago(1)}, [second["id"], first["id"]]),
    ]:
        with statements(served) as seen:
            items = (await desk.get("/win-backs", query))["items"]
        assert [item["id"] for item in items] == expected, query
        named = any(item["owner"] for item in items)
        assert len(seen) == (3 if named else 2), seen  # the time, the page, the names of the people on it
    page = await desk.get("/win-backs", {"limit": 1})
    rest = await desk.get("/win-backs", {"limit": 1, "after": page["next"]})
    assert [item["id"] for item in page["items"] + rest["items"]] == [second["id"], first["id"]]
    await desk.get("/win-backs", {"sort": "owner"}, status=422)
    await desk.get("/win-backs", {"reason": "weather"}, status=422)


async def test_a_policy_is_versions_of_one_code_and_each_reason_has_one_rule(desk: Desk) -> None:
    (shipped,) = (await desk.get("/win-back-policies"))["items"]
    assert shipped["body"] == SHIPPED.model_dump(mode="json")
    rule = {"reason": "low_score", "count": 1, "days": 30, "quiet_days": 90}
    assert (await desk.put("/win-back-policies/standard", {"name": "x", "rules": [rule]}))["version"] == 2
    assert (await desk.get("/win-back-policies/standard"))["body"]["rules"] == [rule]
    assert (await desk.get("/win-back-policies/standard", {"version": 1}))["version"] == 1
    await desk.put("/win-back-policies/another", {"name": "x", "rules": []}, 404)
    for rules in ([rule, rule], [{**rule, "count": 0}], [{**rule, "reason": "weather"}], [{**rule, "days": 10**9}]):
        await desk.put("/win-back-policies/standard", {"name": "x", "rules": rules}, 422)


async def test_what_does_not_exist_is_not_found_and_stale_versions_and_scopes_are_refused(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    for path in (f"/win-backs/{NOBODY}", f"/win-backs/{NOBODY}/history", "/win-back-policies/nobody"):
        await desk.get(path, status=404)
    _, task = await at_risk(desk)
    path = f"/complaints/v1/win-backs/{task['id']}:close"
    body = {"outcome": "lost"}
    assert (await desk.http.post(path, json=body, headers={"If-Match": '"99"'})).status_code == 412
    others = [scope for scope in SCOPES if scope != "complaints:win-backs"]
    async with client_of(served.asgi, headers=tokens.bearer(*others)) as clerk:
        assert (await clerk.post(path, json=body)).status_code == 403


@pytest.mark.parametrize("many", [1, 20])
async def test_looking_at_customers_costs_the_same_few_statements_whatever_their_number(
    desk: Desk, served: Service[Work], many: int
) -> None:
    for customer in [new_id() for _ in range(many)]:
        for _ in range(3):
            await desk.file(customer_id=str(customer))
    await desk.db.execute("DELETE FROM timers WHERE kind <> 'win-back.look'")
    with statements(served) as seen:
        await desk.fire()
    # policy, lock, who is at risk, win-backs, when they are overdue, history, outbox, audit
    assert len([sql for sql in seen if not sql.startswith(("SELECT now()", "DELETE FROM timers"))]) <= 8, seen
    assert (await desk.names()).count("win-back.requested") == many


MOVES: dict[str, Callable[[WinBack, Act], None]] = {
    "start": lambda t, a: t.start(a, "staff-7"),
    "close": lambda t, a: t.close(a, WinBackOutcome.LOST),
}


def task_in(state: str) -> WinBack:
    task = WinBack.request(AtRisk(new_id(), "low_score", 1, None), version(SHIPPED, "standard"), act())
    if state != "requested":
        MOVES[{"in_progress": "start", "closed": "close"}[state]](task, act())
    task.recorded.clear()
    task.unsaved_history.clear()
    return task


@pytest.mark.parametrize("state", WIN_BACK_LIFE.states)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(state: str, move: str) -> None:
    task = task_in(state)
    if move in WIN_BACK_LIFE.allowed(state):
        MOVES[move](task, act())
        assert (task.state, len(task.recorded)) == (WIN_BACK_LIFE.target(state, move), 1)
    else:
        with pytest.raises(NotAllowed):
            MOVES[move](task, act())
        assert (task.state, task.recorded, task.unsaved_history) == (state, [], [])


def test_the_table_has_the_moves() -> None:
    assert {move.name for move in WIN_BACK_LIFE.moves} == set(MOVES)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 9000)), max_size=20))
def test_no_walk_breaks_the_table(steps: list[tuple[str, int]]) -> None:
    now, task = MONDAY, task_in("requested")
    for name, minutes in steps:
        now += timedelta(minutes=minutes)
        before = task.state
        try:
            MOVES[name](task, act(now))
        except Refused:
            assert task.state == before
        else:
            assert task.state == WIN_BACK_LIFE.target(before, name)
        assert (task.closed_at is None) == (task.outcome is None) == (task.state != "closed")
    closed = [fact for fact in task.recorded if isinstance(fact, WinBackClosed)]
    assert all(fact.in_time == (fact.closed_at <= task.due_at) for fact in closed)


def test_a_win_back_is_overdue_once_and_not_when_it_was_done_in_time() -> None:
    found = AtRisk(new_id(), "low_score", 1, None)
    tasks = [WinBack.request(found, version(SHIPPED), act()) for _ in range(2)]
    for task in tasks:
        task.recorded.clear()
        task.settle(task.due_at)
        task.settle(task.due_at + timedelta(hours=1))
        task.settle(task.due_at + timedelta(hours=2))
        assert [(type(fact), fact.missed_at) for fact in task.recorded] == [(WinBackMissed, task.due_at)]  # type: ignore[attr-defined]
        assert task.next_check_at is None
    late, entered_late = tasks
    late.close(act(late.due_at + timedelta(hours=3)), WinBackOutcome.LOST)
    entered_late.close(act(entered_late.due_at), WinBackOutcome.LOST)
    assert (late.missed_at, entered_late.missed_at) == (late.due_at, None)


async def test_a_win_back_that_nobody_closed_is_said_by_a_timer_at_its_due_time(desk: Desk) -> None:
    customer = new_id()
    filed = await desk.until("closed", customer_id=str(customer))
    await score(desk, customer, complaint=filed["id"])
    await desk.fire()
    [task] = (await desk.get("/win-backs"))["items"]
    assert task["missed_at"] is None and "win-back.missed" not in await desk.names()
    due = await desk.db.fetchval(
        "UPDATE win_backs SET due_at = due_at - interval '90 days' WHERE id = $1 RETURNING due_at", UUID(task["id"])
    )
    await desk.db.execute("UPDATE timers SET due = $1, next_try = $1 WHERE kind = 'win-back.due'", due)
    await desk.fire()
    [missed] = [fact for fact in await desk.facts() if isinstance(fact, WinBackMissed)]
    assert (missed.missed_at, str(missed.win_back_id), missed.owner) == (due, task["id"], None)
    assert await desk.fire() == 0
    shown = await desk.get(f"/win-backs/{task['id']}")
    assert datetime.fromisoformat(shown["missed_at"]) == due
