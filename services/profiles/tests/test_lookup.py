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
    assert [reason["customer_id"] for reason in found["reasons"]] == [first["id"], second["id"]]
