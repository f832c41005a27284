"""Recovery cases and compensation over HTTP: the road, authority, lapsing, lists, random roads."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.recovery.domain.case import RECOVERY_LIFE
from rapport_kernel.ids import new_id
from rapport_testing.guards_service import actions_of
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, unguarded

CUSTOMER = str(new_id())
ALONE = {"customer_id": CUSTOMER, "failure": "late", "category": "delivery", "unit": "north"}


def refund(amount: str = "120.00", **more: Any) -> dict[str, Any]:
    remedies = [{"kind": "apology"}, {"kind": "refund", "amount": amount, "currency": "CNY"}]
    return {"remedies": remedies, "reason": "late", **more}


@pytest_asyncio.fixture
async def judge(served: Service[Work], tokens: TokenMaker) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody else, of level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="judge-1")) as client:
        yield client


@pytest_asyncio.fixture
async def front(served: Service[Work], tokens: TokenMaker) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the front line, of level 2: 500 CNY."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="front-1", level=2)) as client:
        yield client


async def act(
    client: httpx.AsyncClient, case: dict[str, Any], action: str, status: int = 200, **body: Any
) -> dict[str, Any]:
    answer = await client.post(f"/complaints/v1/recovery-cases/{case['id']}:{action}", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def opened(desk: Desk, **changes: Any) -> dict[str, Any]:
    return dict(await desk.post("/recovery-cases", {**ALONE, **changes}))


async def executed(desk: Desk, amount: str = "120.00") -> dict[str, Any]:
    case = await opened(desk)
    await act(desk.http, case, "propose", **refund(amount))
    await act(desk.http, case, "offer", method="phone")
    await act(desk.http, case, "record-choice", accepted=True)
    return await act(desk.http, case, "execute")


async def money_of(desk: Desk, case: dict[str, Any]) -> dict[str, Any]:
    (one,) = (await desk.get(f"/recovery-cases/{case['id']}/compensations"))["items"]
    return dict(one)


async def test_a_complaint_is_put_right_and_the_ledger_says_what_became_of_the_money(
    desk: Desk, judge: httpx.AsyncClient
) -> None:
    complaint = await desk.file(customer_id=CUSTOMER, subject_staff=["agent-9"], subject_unit="north")
    await desk.facts()
    case = await desk.post("/recovery-cases", {"complaint_id": complaint["id"], "failure": "late", "note": "Four days."})
    assert (case["state"], case["number"][:5], case["customer_id"]) == ("identified", "S2026", CUSTOMER)
    assert (case["category"], case["unit"], case["subject_staff"]) == ("delivery", "north", ["agent-9"])
    planned = await act(desk.http, case, "propose", **refund())
    assert (planned["state"], planned["remedies"], planned["approved_by"]) == ("approved", ["apology", "refund"], "clerk-1")
    assert planned["expires_at"] is not None
    await act(desk.http, case, "execute", 409)
    await act(desk.http, case, "offer", method="phone", note="She was told.")
    await act(desk.http, case, "record-choice", accepted=True)
    done = await act(desk.http, case, "execute")
    assert (done["state"], done["expires_at"]) == ("executed", None)
    assert (await act(desk.http, case, "record-verdict", 409, content=True))["code"] == "approver-involved"
    await act(judge, case, "record-verdict", content=True)
    closed = await act(desk.http, case, "close")
    assert (closed["state"], closed["allowed"]) == ("closed", [])
    money = await money_of(desk, case)
    assert {name: money[name] for name in ("kind", "state", "amount", "paid", "came_back", "standing")} == {
        "kind": "refund", "state": "paid", "amount": "120.00", "paid": "120.00", "came_back": "0.00", "standing": "120.00",
    }  # fmt: skip
    entries = (await desk.get("/compensation-ledger", {"recovery": case["id"]}))["items"]
    assert [(entry["kind"], entry["amount"], entry["actor"]) for entry in entries] == [
        ("award", "120.00", "person:clerk-1"),
        ("payment", "120.00", "person:clerk-1"),
    ]
    assert await desk.names() == [
        *("recovery.identified", "recovery.proposed", "recovery.approved", "compensation.awarded", "recovery.offered"),
        *("recovery.accepted", "compensation.paid", "recovery.executed", "recovery.verified", "recovery.closed"),
    ]
    past = (await desk.get(f"/recovery-cases/{case['id']}/history"))["items"]
    assert [each["move"] for each in past] == [
        *("identify", "propose", "approve", "offer", "accept", "execute", "verify", "close")
    ]
    assert past[0]["note"] == "Four days."
    audited = await desk.db.fetchval("SELECT count(*) FROM audit WHERE subject = $1", f"recovery:{case['id']}")
    assert audited == len(past) + 1  # and who read the history
    verdict = await desk.get(f"/recovery-cases/{case['id']}/history:verify")
    assert (verdict["intact"], verdict["rows"], verdict["audited"]) == (True, len(past), len(past))
    async with unguarded(desk.db) as owner:
        await owner.execute("UPDATE history SET actor = 'person:boss-1' WHERE move = 'approve'")
    broken = (await desk.get(f"/recovery-cases/{case['id']}/history:verify"))["broken"]
    assert broken == {"seq": 3, "reason": "row-changed"}


async def test_above_his_limit_a_plan_waits_for_somebody_with_authority_who_had_no_part_in_it(
    desk: Desk, front: httpx.AsyncClient, judge: httpx.AsyncClient, served: Service[Work], tokens: TokenMaker
) -> None:
    complaint = await desk.until("assigned", customer_id=CUSTOMER, subject_staff=["boss-1"])
    case = await desk.post("/recovery-cases", {"complaint_id": complaint["id"], "failure": "late"})
    waits = await act(front, case, "propose", **refund("500.01"))
    assert (waits["state"], waits["approved_by"]) == ("proposed", None)
    assert (await money_of(desk, case))["state"] == "reserved"
    assert (await act(front, case, "approve", 409))["code"] == "approver-involved"  # he proposed it
    assert (await act(desk.http, case, "approve", 409))["code"] == "approver-involved"  # he opened it
    for subject, level, code in (
        ("agent-7", 4, "approver-involved"),  # handles the complaint
        ("boss-1", 4, "approver-involved"),  # is whom it is about
        ("other-2", 2, "authority-exceeded"),
    ):
        async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject=subject, level=level)) as client:
            assert (await act(client, case, "approve", 409))["code"] == code, subject
    approved = await act(judge, case, "approve")
    assert (approved["state"], approved["approved_by"]) == ("approved", "judge-1")
    other = await opened(desk)
    assert (await act(front, other, "propose", 409, **refund("50000.01")))["code"] == "authority-exceeded"
    assert (await desk.get(f"/recovery-cases/{other['id']}"))["plan"] == 0


async def test_an_offer_that_nobody_took_lapses_at_its_exact_time_by_a_timer(desk: Desk) -> None:
    await desk.put("/recovery-policies/standard", {"name": "short", "claim_days": 1})
    case = await opened(desk)
    planned = await act(desk.http, case, "propose", **refund())
    assert await desk.fire() == 0
    await desk.db.execute(
        "UPDATE recovery_cases SET expires_at = expires_at - interval '2 days', last_at = last_at - interval '3 days'"
    )
    await desk.db.execute("UPDATE timers SET due = due - interval '2 days', next_try = next_try - interval '2 days'")
    assert (await act(desk.http, case, "offer", 409, method="phone"))["code"] == "offer-lapsed"
    await desk.facts()
    assert await desk.fire() == 1
    lapsed = await desk.get(f"/recovery-cases/{case['id']}")
    assert (lapsed["state"], lapsed["expires_at"]) == ("expired", None)
    expired, released = await desk.facts()
    assert (expired.event_type, released.event_type) == ("recovery.expired.v1", "compensation.released.v1")
    assert expired.expired_at < released.released_at or expired.expired_at == released.released_at  # type: ignore[attr-defined]
    assert str(expired.expired_at)[:10] < planned["expires_at"][:10]  # type: ignore[attr-defined]
    assert (await money_of(desk, case))["standing"] == "0.00"
    assert await desk.fire() == 0


async def test_lists_are_filtered_paged_and_checked(desk: Desk) -> None:
    first, second = await executed(desk), await opened(desk, unit="south", category="billing")
    await act(desk.http, second, "propose", remedies=[{"kind": "information"}], reason="asked")

    async def found(path: str, **params: Any) -> list[str]:
        return [item["id"] for item in (await desk.get(path, params))["items"]]

    assert await found("/recovery-cases") == [second["id"], first["id"]]
    for params, expected in (
        ({"state": "executed"}, [first["id"]]),
        ({"unit": "south"}, [second["id"]]),
        ({"category": "delivery"}, [first["id"]]),
        ({"customer": CUSTOMER, "remedy": "information"}, [second["id"]]),
        ({"complaint": str(new_id())}, []),
        ({"expires_before": "2200-01-01T00:00:00Z"}, [second["id"]]),
        ({"to": "2020-01-01T00:00:00Z"}, []),
        ({"from": "2020-01-01T00:00:00Z", "sort": "number"}, [first["id"], second["id"]]),
    ):
        assert await found("/recovery-cases", **params) == expected, params
    page = await desk.get("/recovery-cases", {"limit": 1})
    assert await found("/recovery-cases", limit=1, after=page["next"]) == [first["id"]]
    (money,) = (await desk.get("/compensations", {"state": "paid", "kind": "refund", "unit": "north"}))["items"]
    assert (money["number"], money["customer_id"]) == (first["number"], CUSTOMER)
    assert await found("/compensations", currency="EUR") == []
    assert await found("/compensations", category="billing") == []
    for path in ("/recovery-cases", "/compensations", "/compensation-ledger"):
        await desk.get(path, {"sort": "nothing"}, status=422)
        await desk.get(path, {"surprise": "1"}, status=422)
    await desk.get(f"/compensations/{new_id()}", status=404)
    await desk.get(f"/recovery-cases/{new_id()}", status=404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"complaint_id": str(new_id())}, "unknown-complaint"),
        ({"customer_id": None}, "nobody-concerned"),
        ({"category": None}, "category-missing"),
        ({"failure": ""}, "invalid-body"),
        ({"at": "2200-01-01T00:00:00Z"}, "in-the-future"),
        ({"at": "1999-01-01T00:00:00Z"}, "too-long-ago"),
        ({"amount": "1"}, "invalid-body"),
    ],
)
async def test_what_is_no_case_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    assert (await desk.post("/recovery-cases", {**ALONE, **change}, 422))["code"] == code


@pytest.mark.parametrize(
    ("remedy", "code"),
    [
        ({"kind": "refund"}, "amount-missing"),
        ({"kind": "refund", "amount": "1"}, "amount-and-currency"),
        ({"kind": "apology", "amount": "1", "currency": "CNY"}, "remedy-without-money"),
        ({"kind": "refund", "amount": 1.5, "currency": "CNY"}, "invalid-body"),
        ({"kind": "refund", "amount": "1.555", "currency": "CNY"}, "invalid-body"),
        ({"kind": "refund", "amount": "-5", "currency": "CNY"}, "invalid-body"),
        ({"kind": "bribe", "amount": "5", "currency": "CNY"}, "invalid-body"),
    ],
)
async def test_what_is_no_plan_is_refused(desk: Desk, remedy: dict[str, Any], code: str) -> None:
    case = await opened(desk)
    assert (await act(desk.http, case, "propose", 422, remedies=[remedy], reason="x"))["code"] == code


async def test_a_stale_version_is_refused_and_a_scope_is_needed(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    case = await opened(desk)
    await act(desk.http, case, "propose", **refund())
    path = f"/complaints/v1/recovery-cases/{case['id']}:offer"
    stale = await desk.http.post(path, json={"method": "phone"}, headers={"If-Match": f'"{case["version"]}"'})
    assert stale.status_code == 412
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", subject="x")) as client:
        assert (await client.post(path, json={"method": "phone"})).status_code == 403
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="x", level=1)) as client:
        assert (await client.post(path.replace("offer", "approve"), json={})).status_code == 403


ACTIONS: dict[str, list[dict[str, Any]]] = {
    "propose": [refund(), refund("600.00"), {"remedies": [{"kind": "apology"}], "reason": "late"}],
    "approve": [{}],
    "reject": [{"reason": "too-much"}],
    "offer": [{"method": "phone"}],
    "record-choice": [{"accepted": True}, {"accepted": False}],
    "execute": [{}],
    "record-verdict": [{"content": True}, {"content": False}],
    "withdraw": [{"reason": "wrong"}],
    "close": [{}],
}


def test_no_action_is_left_out(served: Service[Work]) -> None:
    assert set(ACTIONS) == actions_of(served, "/recovery-cases/{recovery_id}")


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_road_is_walked_or_refused_and_the_sums_of_the_ledger_agree(
    desk: Desk, front: httpx.AsyncClient, judge: httpx.AsyncClient, seed: int
) -> None:
    chance = random.Random(seed)
    case = await opened(desk)
    for _ in range(120):
        action = chance.choice(list(ACTIONS) if chance.random() < 0.97 else ["close"])
        if action in {"close", "withdraw"} and chance.random() < 0.8:
            continue
        client = chance.choice([desk.http, front, judge])
        before = case
        if (
            chance.random() < 0.1
            and (paid := await desk.get("/compensations", {"state": "paid", "recovery": case["id"]}))["items"]
        ):
            body = {"amount": chance.choice(["1.00", "120.00"]), "reason": "back"}
            answer = await client.post(f"/complaints/v1/compensations/{paid['items'][0]['id']}:reverse", json=body)
        else:
            path = f"/complaints/v1/recovery-cases/{case['id']}:{action}"
            answer = await client.post(path, json=chance.choice(ACTIONS[action]))
            if client is desk.http and answer.status_code == 200:
                assert action in before["allowed"], answer.text
            elif client is desk.http and action in before["allowed"]:  # what only a statement tells is left to the refusal
                assert answer.json()["code"] not in {"not-allowed", "offer-lapsed", "conflict-of-interest"}, answer.text
        assert answer.status_code in {200, 409}, answer.text
        case = await desk.get(f"/recovery-cases/{case['id']}")
        if answer.status_code == 409:
            assert case == before
        for money in (await desk.get(f"/recovery-cases/{case['id']}/compensations"))["items"]:
            standing, paid_out = Decimal(money["standing"]), Decimal(money["paid"])
            assert (standing > 0) == (money["state"] in {"reserved", "approved", "paid"})
            assert (paid_out > 0) == (money["state"] in {"paid", "reversed"})
    past = (await desk.get(f"/recovery-cases/{case['id']}/history", {"limit": 200}))["items"]
    for each in past[1:]:
        assert RECOVERY_LIFE.target(each["from_state"], each["move"]) == each["to_state"]
