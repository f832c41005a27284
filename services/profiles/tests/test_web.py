from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from rapport_kernel.ids import new_id
from rapport_profiles.identity.usecases.identify_callers import identify_callers
from rapport_profiles.timeline.usecases import project_timeline
from rapport_testing.web import client_of

from .conftest import CLERK, published, statements
from .test_timeline import story

pytestmark = pytest.mark.usefixtures("clean")

PHONE, MAIL, NAME = "13800138000", "zhang.xiaoming@example.com", "张小明"
CANARIES = (PHONE, "8613800138000", MAIL, NAME, "xiaoming", "1985-06-01", "recording 4711")
ALL = ("profiles:read", "profiles:write", "profiles:resolve", "profiles:read-audit")


@pytest_asyncio.fixture
async def http(served, tokens) -> AsyncIterator[httpx.AsyncClient]:
    """Everything allowed, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*ALL)) as client:
        yield client


@pytest.fixture
def as_level(served, tokens) -> Callable[[int], object]:
    return lambda level, *scopes: client_of(served.asgi, headers=tokens.bearer(*(scopes or ALL), level=level))


def body(**changes) -> dict:
    return {
        "kind": "individual",
        "source": "crm",
        "personal": {"name": NAME, "birth_date": "1985-06-01", "occupation": "教师", "preferences": ["evening calls"]},
        "identifiers": [{"kind": "phone", "value": PHONE, "verified": True}, {"kind": "email", "value": MAIL}],
    } | changes


async def register(http, **changes) -> dict:
    answer = await http.post("/profiles/v1/customers", json=body(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def audited(http, customer_id) -> list[tuple[str, dict]]:
    answer = await http.get("/profiles/v1/audit", params={"subject": f"customer:{customer_id}"})
    assert answer.status_code == 200, answer.text
    return [(entry["action"], entry["detail"]) for entry in answer.json()["items"]]


async def test_a_customer_is_registered_and_read_in_clear_at_level_4(http):
    answer = await http.post("/profiles/v1/customers", json=body())
    made = answer.json()
    assert answer.headers["location"] == f"/profiles/v1/customers/{made['id']}"
    assert made["allowed_moves"] == ["show-interest", "activate"]
    assert NAME not in answer.text and PHONE not in answer.text
    read = await http.get(answer.headers["location"])
    shown = read.json()
    assert shown["masked"] is False
    assert shown["personal"]["name"] == NAME and shown["personal"]["birth_date"] == "1985-06-01"
    assert {one["kind"]: one["value"] for one in shown["identifiers"]} == {"phone": "+8613800138000", "email": MAIL}
    assert {one["kind"]: one["verified_at"] is not None for one in shown["identifiers"]} == {"phone": True, "email": False}


async def test_edge_23_level_2_reads_masked_and_level_4_in_clear_and_both_are_audited(http, as_level):
    made = await register(http)
    seen = {}
    for level in (1, 2, 3, 4):
        async with as_level(level) as client:
            seen[level] = (await client.get(f"/profiles/v1/customers/{made['id']}")).json()
    values = {level: {one["kind"]: one["value"] for one in shown["identifiers"]} for level, shown in seen.items()}
    assert values[1] == {"phone": "***", "email": "***"} and seen[1]["personal"]["name"] == "***"
    assert values[2]["phone"].endswith("8000") and "1380013" not in values[2]["phone"]
    assert values[3]["phone"] == "+86138****8000" and seen[3]["personal"]["birth_date"] == "1985-**-**"
    assert values[4]["phone"] == "+8613800138000" and seen[4]["personal"]["name"] == NAME
    assert seen[2]["personal"]["occupation"] is None and seen[3]["personal"]["occupation"] == "教师"
    for level in (1, 2, 3):
        text = json.dumps(seen[level], ensure_ascii=False)
        assert not any(canary in text for canary in CANARIES), level
    reads = [detail for action, detail in await audited(http, made["id"]) if action == "customer.read"]
    assert sorted(detail["level"] for detail in reads) == [1, 2, 3, 4]


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


async def resolve(http, *identifiers) -> dict:
    asked = {"identifiers": [{"kind": kind, "value": value} for kind, value in identifiers]}
    answer = await http.post("/profiles/v1/customers:resolve", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_identifier_belongs_to_one_customer(http):
    await register(http)
    refused = await http.post("/profiles/v1/customers", json=body())
    assert (refused.status_code, refused.json()["code"]) == (409, "identifier-taken")
    assert not any(canary in refused.text for canary in CANARIES)


async def test_bad_identifiers_are_named_by_place_and_never_echoed(http):
    wrong = [{"kind": "phone", "value": "anonymous"}, {"kind": "email", "value": "secret.canary(at)x"}]
    refused = await http.post("/profiles/v1/customers", json=body(identifiers=wrong))
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "bad-identifier")
    assert "canary" not in refused.text and "anonymous" not in refused.text
    assert "identifiers.0.value" in refused.text and "unusable" in refused.text


async def test_a_correction_needs_the_version_that_was_read(http):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}"
    etag = (await http.get(path)).headers["etag"]
    change = {"occupation": None, "gender": "female", "kind": "organisation"}
    assert (await http.patch(path, json=change)).status_code == 428
    done = await http.patch(path, json=change, headers={"If-Match": etag})
    assert done.status_code == 200, done.text
    assert (await http.patch(path, json=change, headers={"If-Match": etag})).status_code == 412
    shown = (await http.get(path)).json()
    assert shown["personal"]["occupation"] is None and shown["personal"]["gender"] == "female"
    assert shown["personal"]["name"] == NAME and shown["kind"] == "organisation"


async def test_stages_move_by_the_published_table(http, served):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}:change-stage"
    table = (await http.get("/profiles/v1/state-machines")).json()["customer"]
    assert {"name": "win-back", "from": "churned", "to": "active"} in table["moves"]
    moved = await http.post(path, json={"move": "activate", "reason": "first order"})
    assert moved.json()["stage"] == "active"
    refused = await http.post(path, json={"move": "show-interest"})
    assert refused.status_code == 409 and refused.json()["allowed"] == ["fall-dormant", "churn"]
    assert (await http.post(path, json={"move": "vanish"})).status_code == 422


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


async def test_consent_is_what_was_said_last_and_keeps_its_history(http, as_level):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}/consents"
    evidence = {"kind": "call-recording", "text": "recording 4711, minute 3"}
    for decision, channel in (("granted", None), ("withdrawn", "phone")):
        said = {"purpose": "survey", "channel": channel, "decision": decision, "evidence": evidence}
        assert (await http.post(path, json=said)).status_code == 201
    shown = (await http.get(path)).json()
    state = {(one["purpose"], one["channel"]): one["state"] for one in shown["standing"]}
    assert state["survey", None] == "granted" and state["survey", "phone"] == "withdrawn"
    assert state["marketing", None] == "unknown"
    assert [one["state"] for one in shown["history"]] == ["granted", "withdrawn"]
    assert shown["history"][0]["evidence"] == "recording 4711, minute 3"
    async with as_level(3) as client:
        assert (await client.get(path)).json()["history"][0]["evidence"] == "***"
    future = {"purpose": "care", "decision": "granted", "said_at": "2999-01-01T00:00:00Z", "evidence": evidence}
    assert (await http.post(path, json=future)).json()["code"] == "time-in-the-future"


async def test_completeness_is_a_figure_with_what_is_missing(http):
    made = await register(http, personal={}, identifiers=[{"kind": "phone", "value": PHONE}])
    shown = (await http.get(f"/profiles/v1/customers/{made['id']}/completeness")).json()
    figure = shown["completeness"]
    assert (figure["value"], figure["n"], figure["unit"]) == (50.0, 2, "percent")
    assert figure["definition_version"] == 1 and figure["as_of"].endswith("Z")
    assert shown["missing"] == ["name"]


async def test_lists_are_paged_and_filtered(http):
    made = [await register(http, identifiers=[], stage="active" if n % 2 else "prospect") for n in range(5)]
    seen, after = [], None
    while True:
        params = {"limit": 2, "sort": "registered_at"} | ({"after": after} if after else {})
        page = (await http.get("/profiles/v1/customers", params=params)).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [one["id"] for one in made]
    active = (await http.get("/profiles/v1/customers", params={"stage": "active"})).json()["items"]
    assert {one["id"] for one in active} == {made[1]["id"], made[3]["id"]}
    assert (await http.get("/profiles/v1/customers", params={"after": "nonsense"})).status_code == 422
    assert (await http.get("/profiles/v1/customers", params={"sort": "name"})).status_code == 422


async def test_the_timeline_is_paged_by_time_and_filtered_by_kind(http, works):
    made = await register(http)
    customer = made["id"]
    async with works(CLERK) as work:
        await project_timeline(work, story(UUID(customer), new_id(), new_id()))
    path = f"/profiles/v1/customers/{customer}/timeline"
    first = (await http.get(path, params={"limit": 6, "sort": "occurred_at"})).json()
    rest = (await http.get(path, params={"limit": 6, "sort": "occurred_at", "after": first["next"]})).json()
    times = [one["occurred_at"] for one in first["items"] + rest["items"]]
    assert len(times) == 11 and times == sorted(times) and rest["next"] is None
    kinds = (await http.get(path, params=[("kind", "complaint"), ("kind", "consent")])).json()["items"]
    assert {one["kind"] for one in kinds} == {"complaint", "consent"}
    assert (await http.get(f"/profiles/v1/customers/{new_id()}/timeline")).status_code == 404


async def test_a_conflict_is_listed_masked_and_resolved(http, as_level, works, presented):
    first = await register(http, identifiers=[{"kind": "phone", "value": PHONE}])
    await register(http, identifiers=[{"kind": "email", "value": MAIL}])
    contact = presented(("phone", PHONE), ("email", MAIL))
    async with works(CLERK) as work:
        await identify_callers(work, [contact])
    [summary] = (await http.get("/profiles/v1/conflicts", params={"state": "open"})).json()["items"]
    async with as_level(1) as client:
        masked = await client.get(f"/profiles/v1/conflicts/{summary['id']}")
    assert not any(canary in masked.text for canary in CANARIES)
    path = f"/profiles/v1/conflicts/{summary['id']}:resolve"
    assert (await http.post(path, json={"customer_id": str(new_id())})).json()["code"] == "not-a-candidate"
    done = await http.post(path, json={"customer_id": first["id"], "reason": "called back"})
    assert done.status_code == 200, done.text
    assert done.json()["interactions"] == [str(contact.event.interaction_id)]
    assert (await http.post(path, json={"customer_id": first["id"]})).status_code == 409
    assert (await http.get("/profiles/v1/conflicts", params={"state": "open"})).json()["items"] == []
    assert (await http.post(f"/profiles/v1/conflicts/{new_id()}:resolve", json={"customer_id": None})).status_code == 404


async def test_an_idempotency_key_makes_one_customer(http, works):
    for _ in range(2):
        answer = await http.post("/profiles/v1/customers", json=body(), headers={"Idempotency-Key": "k-1"})
        assert answer.status_code == 201
    registered = [1 for type_, _ in await published(works) if type_ == "customer.registered.v1"]
    assert registered == [1]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/customers"), ("GET", "/customers"), ("POST", "/customers:resolve"), ("GET", "/customers/{id}"),
     ("PATCH", "/customers/{id}"), ("POST", "/customers/{id}:change-stage"), ("GET", "/customers/{id}/timeline"),
     ("GET", "/customers/{id}/consents"), ("POST", "/customers/{id}/identifiers"), ("GET", "/conflicts"),
     ("POST", "/conflicts/{id}:resolve")],
)  # fmt: skip
async def test_nobody_gets_in_without_a_token_or_the_scope(served, tokens, method, path):
    url = "/profiles/v1" + path.replace("{id}", str(new_id()))
    async with client_of(served.asgi) as stranger:
        assert (await stranger.request(method, url, json={})).status_code == 401
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read")) as other:
        assert (await other.request(method, url, json={})).status_code == 403


@pytest.mark.parametrize(
    "raw",
    [b'{"identifiers":[{"kind":"phone","value":"\\u0000"}]}', b'{"identifiers":[{"kind":"phone","value":"\\ud800"}]}',
     b'{"personal":{"name":NaN}}', b"\xff\xfe", b"[" * 50_000, b'{"kind":"individual","kind":"x"}', b"{}", b"null",
     b'{"personal":{"birth_date":1e999}}', b'{"identifiers":[{"kind":"phone","value":"canary-13800138000-x"}]}'],
)  # fmt: skip
async def test_hostile_input_is_refused_stored_nowhere_and_not_echoed(http, works, raw):
    for path in ("/customers", "/customers:resolve"):
        answer = await http.post(f"/profiles/v1{path}", content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500
        assert "canary" not in answer.text
        assert answer.status_code in {400, 413, 422} or path.endswith(":resolve")
    assert await published(works) == []


async def test_reading_takes_a_constant_number_of_statements(http, served):
    few = await register(http, identifiers=[])
    many = await register(
        http, identifiers=[{"kind": "external_id", "value": f"id-{n}", "source": f"s{n}"} for n in range(20)]
    )
    counts = []
    for made in (few, many):
        async with statements(served.works) as seen:
            await http.get(f"/profiles/v1/customers/{made['id']}")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6, counts


async def test_personal_data_is_nowhere_but_where_it_belongs(http, works, caplog, capfd):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}"
    await http.get(path)
    await resolve(http, ("phone", PHONE))
    said = {"purpose": "survey", "decision": "granted", "evidence": {"kind": "letter", "text": "recording 4711"}}
    await http.post(f"{path}/consents", json=said)
    texts = {
        "events": "".join(payload for _, payload in await published(works)),
        "metrics": (await http.get("/profiles/metrics")).text,
        "audit": json.dumps(await audited(http, made["id"])),
        "logs": caplog.text + "".join(capfd.readouterr()),
        "list": (await http.get("/profiles/v1/customers")).text,
    }
    for where, text in texts.items():
        assert not any(canary in text for canary in CANARIES), where


async def test_every_operation_is_documented_with_its_errors(http):
    document = (await http.get("/profiles/openapi.json")).json()
    for path, operations in document["paths"].items():
        if "/v1/cust" not in path and "/v1/conf" not in path:
            continue
        for method, operation in operations.items():
            assert operation.get("summary") and operation.get("description"), (method, path)
            assert {"401", "403"} <= set(operation["responses"]), (method, path)
            if "{customer_id}" in path:
                assert "404" in operation["responses"], (method, path)
