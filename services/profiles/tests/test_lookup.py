from __future__ import annotations

import pytest

from .asking import MAIL, PHONE, register, resolve

pytestmark = pytest.mark.usefixtures("clean")


async def test_a_customer_is_found_by_any_spelling_of_an_identifier(http):
    made = await register(http)
    for kind, value in (("phone", "+86 138-0013-8000"), ("email", MAIL.upper())):
        found = await resolve(http, (kind, value))
        assert (found["outcome"], found["customer_id"]) == ("match", made["id"])
    unknown = await resolve(http, ("phone", "13900139000"))
    assert (unknown["outcome"], unknown["candidates"]) == ("none", [])
    blocked = await resolve(http, ("phone", "000000"), ("email", "no mail"))
    assert blocked["outcome"] == "none"
    assert [reason["outcome"] for reason in blocked["reasons"]] == ["blocked", "unusable"]


async def test_identifiers_of_two_customers_are_ambiguous(http):
    first = await register(http)
    second = await register(http, identifiers=[{"kind": "member_number", "value": "M-1"}])
    found = await resolve(http, ("phone", PHONE), ("member_number", "m 1"))
    assert found["outcome"] == "ambiguous" and found["customer_id"] is None
    assert set(found["candidates"]) == {first["id"], second["id"]}
    assert [reason["outcome"] for reason in found["reasons"]] == ["used", "used"]  # whose each is alone, is not told
    rows = (await http.get("/profiles/v1/audit", params={"action": "customer.look-up"})).json()["items"]
    detail = {name: rows[0]["detail"][name] for name in ("outcome", "identifiers", "level", "count")}
    assert detail == {"outcome": "ambiguous", "identifiers": 2, "level": 4, "count": 2}


async def test_a_masked_number_is_not_found_by_trying(http, as_level):
    await register(http)
    tried = [("phone", f"1390013{last:04}") for last in range(140)]
    async with as_level(2, "profiles:look-up") as below, as_level(3, "profiles:read") as without:
        asked = {"identifiers": [{"kind": "phone", "value": PHONE}]}
        for client in (below, without):
            assert (await client.post("/profiles/v1/customers:resolve", json=asked)).status_code == 403
    async with as_level(3, "profiles:look-up", "profiles:read") as clerk:
        found = await resolve(clerk, *tried[:18], ("phone", PHONE), ("email", "no mail"))
        assert found["outcome"] == "match"  # costs 18, although it hit
        for first in range(20, 120, 20):
            assert (await resolve(clerk, *tried[first : first + 20]))["outcome"] == "none"
        refused = await clerk.post("/profiles/v1/customers:resolve", json={"identifiers": asked["identifiers"] * 3})
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-misses")  # known or not, it is the same
        assert 0 < int(refused.headers["Retry-After"]) <= 2 * 3600
        assert (await resolve(clerk, ("phone", PHONE)))["outcome"] == "match"
    rows = (await http.get("/profiles/v1/audit", params={"action": "customer.look-up"})).json()["items"]
    assert [row["detail"]["count"] for row in rows[:7]] == [1, *[0] * 5, 1]  # what found nobody is in the trail, too
