"""What people did to customers and conflicts: in order, with reason and note, in a chain that can be verified."""

from __future__ import annotations

from uuid import UUID

import pytest
from rapport_contracts.profiles.receipts import ProfilesErasureConfirmed
from rapport_kernel.ids import new_id
from rapport_testing.following import following

from .acting import facts, given, identify, only_conflict, registered
from .asking import PHONE, audited, register

pytestmark = pytest.mark.usefixtures("clean")
NOTE = "canary: moved to Hangzhou with the family"


async def history(http, path: str) -> list[dict]:
    answer = await http.get(f"/profiles/v1{path}/history")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def verdict(http, path: str) -> dict:
    answer = await http.get(f"/profiles/v1{path}/history:verify")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def corrected_with_a_note(http) -> str:
    """A customer who was registered and then corrected; their path."""
    path = f"/customers/{(await register(http))['id']}"
    etag = (await http.get(f"/profiles/v1{path}")).headers["etag"]
    change = {"personal": {"occupation": "nurse"}, "reason": "customer-called", "note": NOTE}
    answer = await http.patch(f"/profiles/v1{path}", json=change, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    return path


async def test_everything_that_people_did_to_a_customer_is_in_the_history(http):
    path = await corrected_with_a_note(http)
    url = f"/profiles/v1{path}"
    await http.post(f"{url}:change-stage", json={"move": "activate", "reason": "first-order"})
    await http.post(f"{url}/identifiers", json={"kind": "member_number", "value": "M-1"})
    [number] = [one for one in (await http.get(url)).json()["identifiers"] if one["kind"] == "member_number"]
    await http.post(f"{url}/identifiers/{number['id']}:verify")
    await http.delete(f"{url}/identifiers/{number['id']}")
    for decision in ("granted", "withdrawn"):
        said = {"purpose": "survey", "decision": decision, "evidence": {"kind": "call"}}
        await http.post(f"{url}/consents", json=said)
    entries = await history(http, path)
    assert [(one["move"], one["from_state"], one["to_state"]) for one in entries] == [
        ("register", None, "prospect"),
        ("correct", "prospect", "prospect"),
        ("activate", "prospect", "active"),
        ("add-identifier", "active", "active"),
        ("verify-identifier", "active", "active"),
        ("remove-identifier", "active", "active"),
        ("grant-consent", "active", "active"),
        ("withdraw-consent", "active", "active"),
    ]
    assert entries[1]["detail"] == {"fields": ["occupation"]} and entries[1]["reason"] == "customer-called"
    assert entries[2]["reason"] == "first-order" and {one["actor"].partition(":")[0] for one in entries} == {"person"}
    assert entries[3]["detail"] == {"kind": "member_number"} and entries[6]["detail"]["purpose"] == "survey"
    found = await verdict(http, path)
    assert (found["intact"], found["rows"], found["words"], found["audited"]) == (True, 8, 1, 8)


async def test_notes_are_for_level_2_and_stored_nowhere_in_clear(http, as_level, works):
    path = await corrected_with_a_note(http)
    assert [one["note"] for one in await history(http, path)] == [None, NOTE]
    async with as_level(1, "profiles:read") as client:
        assert [one["note"] for one in await history(client, path)] == [None, None]
    connection = await works.database.dedicated()
    rows = await connection.fetch("SELECT h::text AS line FROM history h UNION ALL SELECT a::text FROM audit a")
    await connection.close()
    assert all("canary" not in row["line"] and b"canary".hex() not in row["line"] for row in rows)


async def test_an_act_that_changes_nothing_leaves_no_entry(http):
    path = await corrected_with_a_note(http)
    etag = (await http.get(f"/profiles/v1{path}")).headers["etag"]
    answer = await http.patch(f"/profiles/v1{path}", json={"personal": {"occupation": "nurse"}}, headers={"If-Match": etag})
    assert answer.status_code == 200 and answer.headers["etag"].startswith('"3-') and etag.startswith('"3-')
    refused = await http.post(f"/profiles/v1{path}:change-stage", json={"move": "win-back"})
    assert refused.status_code == 409
    assert [one["move"] for one in await history(http, path)] == ["register", "correct"]


@pytest.mark.parametrize(("year", "code"), [(2999, "in-the-future"), (2020, "before-history")])
async def test_an_act_is_not_entered_for_the_future_or_before_what_is_known(http, year, code):
    path = f"/profiles/v1/customers/{(await register(http))['id']}:change-stage"
    refused = await http.post(path, json={"move": "activate", "at": f"{year}-01-01T00:00:00Z"})
    assert refused.status_code == 422 and code in refused.text


async def test_what_contacts_cause_is_not_in_the_history(http, works, presented):
    await identify(works, presented(("phone", PHONE)), presented(("phone", PHONE)))
    [fact] = await facts(works, "customer.registered")
    path = f"/customers/{fact['customer_id']}"
    assert await history(http, path) == []
    assert await verdict(http, path) | {"as_of": None} == {
        "intact": True, "broken": None, "rows": 0, "words": 0, "unchecked": 0, "audited": 0, "head": None, "as_of": None,
    }  # fmt: skip
    assert [action for action, _ in await audited(http, fact["customer_id"])] == ["customer.history-verify"]


async def test_the_decision_of_a_conflict_is_in_its_history_and_in_that_of_a_new_customer(http, works, presented):
    await registered(works, given("phone", "13800138000"))
    await registered(works, given("email", "bert@b.com"))
    await identify(works, presented(("phone", "13800138000"), ("email", "bert@b.com")))
    path = f"/conflicts/{await only_conflict(works)}"
    assert await history(http, path) == []
    answer = await http.post(f"/profiles/v1{path}:resolve", json={"customer_id": None, "reason": "the-son", "note": NOTE})
    assert answer.status_code == 200, answer.text
    new = answer.json()["customer_id"]
    [entry] = await history(http, path)
    assert (entry["move"], entry["from_state"], entry["to_state"]) == ("resolve", "open", "resolved")
    assert (entry["reason"], entry["note"], entry["detail"]) == ("the-son", NOTE, {"customer_id": new, "new": True})
    assert [one["move"] for one in await history(http, f"/customers/{new}")] == ["register"]
    found = await verdict(http, path)
    assert (found["intact"], found["rows"], found["audited"]) == (True, 1, 1)


async def test_an_erasure_takes_the_notes_and_leaves_the_chain(served, http, topics):
    path = await corrected_with_a_note(http)
    async with following(served, topics) as profiles:
        await profiles.forget(ProfilesErasureConfirmed, UUID(path.rpartition("/")[2]))
    assert [(one["move"], one["note"]) for one in await history(http, path)] == [("register", None), ("correct", None)]
    found = await verdict(http, path)
    assert (found["intact"], found["words"], found["unchecked"]) == (True, 0, 1)
    refused = await http.post(f"/profiles/v1{path}:change-stage", json={"move": "activate", "note": "again"})
    assert (refused.status_code, refused.json()["code"]) == (409, "erased")


async def test_nobody_has_a_history_who_does_not_exist(http):
    for path in (f"/customers/{new_id()}", f"/conflicts/{new_id()}"):
        for rest in ("/history", "/history:verify"):
            assert (await http.get(f"/profiles/v1{path}{rest}")).status_code == 404
