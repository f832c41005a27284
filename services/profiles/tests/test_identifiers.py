from __future__ import annotations

import pytest
from rapport_kernel.errors import Conflict
from rapport_profiles.customers.usecases import add_identifier
from rapport_profiles.identifiers.domain import Identifier, Normaliser, Problem

from .acting import given, registered
from .asking import CANARIES, PHONE, body, register, resolve
from .conftest import CLERK, published

NORMALISER = Normaliser.of("CN", ["hotel guest"])


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("phone", "138 0013 8000", "+8613800138000"),
        ("phone", "+86-138-0013-8000", "+8613800138000"),
        ("phone", "１３８００１３８０００", "+8613800138000"),
        ("phone", "0571-88990011", "+8657188990011"),
        ("phone", "+1 415 555 2671 ext 5", "+14155552671;ext=5"),
        ("phone", "tel:+86-13800138000", "+8613800138000"),
        ("phone", "0571-88990011转802", "+8657188990011;ext=802"),
        ("phone", "10086", "10086"),
        ("phone", "12345", "12345"),
        ("email", " Zhang.San@Example.COM ", "zhang.san@example.com"),
        ("email", "用户@例子.中国", "用户@例子.中国"),
        ("member_number", " vip-00 12 ", "VIP0012"),
        ("external_id", "20022497", "20022497"),
        ("external_id", "7", "7"),
    ],
)
def test_equal_identifiers_get_one_form(kind, raw, value):
    found = NORMALISER.normalise(kind, raw, "crm")
    assert isinstance(found, Identifier)
    assert found.value == value


@pytest.mark.parametrize("kind", ["phone", "email", "member_number", "external_id"])
@pytest.mark.parametrize(
    "raw",
    ["0", "000000", "00-00-00", "anonymous", "Anonymous ", "ANONYMOUS", "unknown", "void", "", "   ", "-", "1111",
     "9999999999", "匿名", "Hotel Guest", "０００", "null", "n/a"],
)  # fmt: skip
def test_blocked_values_identify_nobody(kind, raw):
    assert NORMALISER.normalise(kind, raw, "crm") is Problem.BLOCKED


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("phone", "call me"),
        ("phone", "please call 13800138000"),
        ("phone", "1-800-FLOWERS"),
        ("phone", "12"), ("phone", "1" * 3 + "2" * 20), ("email", "nobody"), ("email", "a@@b.com"),
        ("phone", "138\x0000138000"), ("email", "a" * 400 + "@x.com"), ("passport", "X123"),
    ],
)  # fmt: skip
def test_what_is_no_identifier_is_unusable(kind, raw):
    assert NORMALISER.normalise(kind, raw, "crm") is Problem.UNUSABLE


def test_an_external_id_belongs_to_its_source():
    crm, billing = (NORMALISER.normalise("external_id", "4711", source) for source in ("crm", "billing"))
    assert isinstance(crm, Identifier)
    assert isinstance(billing, Identifier)
    assert crm.family != billing.family
    assert NORMALISER.normalise("external_id", "4711", "") is Problem.UNUSABLE


def test_the_region_decides_about_numbers_without_a_country():
    found = Normaliser.of("US").normalise("phone", "(415) 555-2671")
    assert isinstance(found, Identifier)
    assert found.value == "+14155552671"


def test_an_identifier_does_not_show_its_value():
    assert "138" not in repr(NORMALISER.normalise("phone", "13800138000"))


@pytest.mark.usefixtures("clean")
async def test_an_identifier_belongs_to_one_customer(http):
    await register(http)
    refused = await http.post("/profiles/v1/customers", json=body())
    assert (refused.status_code, refused.json()["code"]) == (409, "identifier-taken")
    assert not any(canary in refused.text for canary in CANARIES)


@pytest.mark.usefixtures("clean")
async def test_bad_identifiers_are_named_by_place_and_never_echoed(http):
    wrong = [{"kind": "phone", "value": "anonymous"}, {"kind": "email", "value": "secret.canary(at)x"}]
    refused = await http.post("/profiles/v1/customers", json=body(identifiers=wrong))
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "bad-identifier")
    assert "canary" not in refused.text and "anonymous" not in refused.text
    assert "identifiers.0.value" in refused.text and "unusable" in refused.text


@pytest.mark.usefixtures("clean")
async def test_identifiers_are_added_verified_and_removed(http, works):
    made = await register(http, identifiers=[])
    path = f"/profiles/v1/customers/{made['id']}/identifiers"
    assert (await http.post(path, json={"kind": "phone", "value": PHONE})).status_code == 201
    assert (await http.post(path, json={"kind": "external_id", "value": "4711"})).status_code == 422
    [one] = (await http.get(f"/profiles/v1/customers/{made['id']}")).json()["identifiers"]
    first = await http.post(f"{path}/{one['id']}:verify")
    second = await http.post(f"{path}/{one['id']}:verify")
    assert first.status_code == second.status_code == 200
    types = [type_ for type_, _ in await published(works)]
    assert types.count("contact-point.verified.v1") == 1
    assert (await http.delete(f"{path}/{one['id']}")).status_code == 200
    assert (await http.delete(f"{path}/{one['id']}")).status_code == 404
    assert (await resolve(http, ("phone", PHONE)))["outcome"] == "none"


@pytest.mark.usefixtures("clean")
async def test_an_identifier_of_somebody_else_cannot_be_added(works):
    await registered(works, given("phone", "13800138000"))
    other = await registered(works, name="B")
    with pytest.raises(Conflict, match="identifier-taken"):
        async with works(CLERK) as work:
            await add_identifier(work, other.id, given("phone", "+8613800138000"))
