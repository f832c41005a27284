"""Who may award how much: the pure rule, and the limits as versions over HTTP (S59)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rapport_complaints.cases.domain.data import (
    AuthorityExceeded,
    AuthorityLimit,
    AuthorityPolicy,
    demand_authority,
    level_needed,
    limit_of,
    may_award,
)
from rapport_complaints.shipped import shipped
from rapport_kernel.money import Money

from .desk import Desk

SHIPPED_AUTHORITY = shipped("authority_policies", AuthorityPolicy)["standard"]


def yuan(amount: str) -> Money:
    return Money("CNY", Decimal(amount))


GAPS = AuthorityPolicy(
    name="gaps",
    limits=[
        AuthorityLimit(level=2, currency="CNY", amount=Decimal("100.00")),
        AuthorityLimit(level=3, currency="CNY", amount=Decimal("80.00")),
        AuthorityLimit(level=4, currency="EUR", amount=Decimal("10.00")),
    ],
)


@pytest.mark.parametrize(
    ("level", "amount", "may"),
    [
        (2, "500.00", True),
        (2, "500.01", False),
        (3, "500.01", True),
        (4, "50000.00", True),
        (4, "50000.01", False),
        (1, "50", True),
    ],
)
def test_a_level_may_award_up_to_its_limit_exactly(level: int, amount: str, may: bool) -> None:
    assert may_award(SHIPPED_AUTHORITY, level, yuan(amount)) is may


def test_who_has_more_say_may_do_what_those_below_may_and_what_no_limit_names_is_nothing() -> None:
    assert [limit_of(GAPS, level, "CNY").amount for level in (1, 2, 3, 4)] == [0, 100, 100, 100]
    assert not may_award(GAPS, 3, Money("EUR", Decimal(1)))
    assert not may_award(GAPS, 4, Money("USD", Decimal("0.01")))


def test_the_lowest_level_that_suffices_is_named_or_none() -> None:
    assert [level_needed(SHIPPED_AUTHORITY, yuan(amount)) for amount in ("50", "50.01", "5000", "5000.01", "50000.01")] == [
        *(1, 2, 3, 4),
        None,
    ]
    demand_authority(SHIPPED_AUTHORITY, 2, yuan("500"))
    with pytest.raises(AuthorityExceeded, match="level=3"):
        demand_authority(SHIPPED_AUTHORITY, 2, yuan("500.01"))
    with pytest.raises(AuthorityExceeded, match="level=None"):
        demand_authority(SHIPPED_AUTHORITY, 4, yuan("50000.01"))


BODY: dict[str, Any] = {"name": "Ours", "limits": [{"level": 2, "currency": "CNY", "amount": "300.5"}]}


async def test_limits_are_versions_that_hold_from_their_date_on(desk: Desk) -> None:
    shipped = await desk.get("/authority-policies/standard")
    assert (shipped["version"], shipped["recorded_by"]) == (1, "system:shipped")
    assert shipped["body"]["limits"][0] == {"level": 1, "currency": "CNY", "amount": "50.00"}
    made = await desk.put("/authority-policies/standard", {**BODY, "effective_from": "2027-01-01T00:00:00Z"})
    assert (made["version"], made["effective_from"]) == (2, "2027-01-01T00:00:00.000000Z")
    assert made["body"]["limits"] == [{"level": 2, "currency": "CNY", "amount": "300.50"}]
    assert (await desk.get("/authority-policies/standard", {"version": 1}))["body"] == shipped["body"]
    assert [item["version"] for item in (await desk.get("/authority-policies"))["items"]] == [1, 2]
    stale = await desk.http.put("/complaints/v1/authority-policies/standard", json=BODY, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    audited = await desk.db.fetchval(
        "SELECT subject FROM audit WHERE action = 'authority-policy.put' ORDER BY seq DESC LIMIT 1"
    )
    assert audited == "authority-policy:standard"


@pytest.mark.parametrize(
    "limit",
    [
        {"amount": 300.5},
        {"amount": 300},
        {"amount": "-1"},
        {"amount": "1.005"},
        {"amount": "1e3"},
        {"amount": "NaN"},
        {"amount": "１２"},
        {"amount": "9" * 13},
        {"amount": ""},
        {"currency": "cny"},
        {"currency": "RMB¥"},
        {"level": 0},
        {"level": 5},
        {"surprise": 1},
    ],
)
async def test_what_is_no_limit_is_refused(desk: Desk, limit: dict[str, Any]) -> None:
    body = {**BODY, "limits": [{**BODY["limits"][0], **limit}]}
    assert (await desk.put("/authority-policies/standard", body, status=422))["code"] == "invalid-body"


async def test_two_limits_for_the_same_and_policies_that_do_not_count_are_refused(desk: Desk) -> None:
    await desk.put("/authority-policies/standard", {**BODY, "limits": BODY["limits"] * 2}, status=422)
    await desk.put("/authority-policies/another", BODY, status=404)
    await desk.get("/authority-policies/another", status=404)
    await desk.get("/authority-policies/standard", {"version": 9}, status=404)
