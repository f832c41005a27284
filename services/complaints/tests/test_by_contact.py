"""Complaints found by the phone number or e-mail address that was given in them, and by nothing that could be read."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rapport_chassis import rekeying
from rapport_chassis.keys import KeyRing, Keys
from rapport_chassis.listens import Record
from rapport_chassis.service import Service
from rapport_chassis.work import Actor, Work
from rapport_complaints.app import Settings, service
from rapport_complaints.cases.usecases import by_contact
from rapport_complaints.cases.usecases.filing import file_inbound
from rapport_contracts.complaints.intake import TOPIC
from rapport_contracts.complaints.receipts import ComplaintsErasureConfirmed, ComplaintsMergeApplied
from rapport_kernel.ids import new_id
from rapport_testing.databases import Database, statements
from rapport_testing.following import following
from rapport_testing.topics import Topics
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk, complaint

PATH = "/complaints:look-up"
PHONE = "13912345678"
OTHER = "13912345679"


async def look(desk: Desk, *contacts: str, params: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = await desk.http.post(f"/complaints/v1{PATH}", json={"contacts": list(contacts)}, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def found(desk: Desk, *contacts: str, **params: Any) -> list[str]:
    return [each["id"] for each in (await look(desk, *contacts, params=params))["items"]]


async def phoned(desk: Desk, phone: str = PHONE, **changes: Any) -> str:
    filed = await desk.file(contact={"name": "张小明", "phone": phone}, **changes)
    return str(filed["id"])


async def audited(desk: Desk) -> list[Any]:
    """The rows of all look-ups; the audit trail only grows."""
    return list(await desk.db.fetch("SELECT * FROM audit WHERE action = 'complaint.look-up' ORDER BY seq"))


SPELLINGS = (
    "13912345678",
    "139 1234 5678",
    "139-1234-5678",
    "+86 139 1234 5678",
    "+8613912345678",
    "0086 139 1234 5678",
    "tel:+86-139-1234-5678",
    "１３９１２３４５６７８",
    "+８６ １３９ １２３４ ５６７８",
    "(139) 1234.5678",
    "  139 1234 5678 ",
)


@pytest.mark.parametrize("said", SPELLINGS)
@pytest.mark.parametrize("written", ["139 1234 5678", "+8613912345678", "１３９１２３４５６７８"])
async def test_a_number_is_found_whatever_way_it_is_written(desk: Desk, written: str, said: str) -> None:
    filed = await phoned(desk, written)
    await phoned(desk, OTHER)
    assert await found(desk, said) == [filed]


@pytest.mark.parametrize("said", ["zhang@example.cn", " ZHANG@Example.CN ", "ｚｈａｎｇ@example.cn"])
async def test_an_address_is_found_whatever_way_it_is_written(desk: Desk, said: str) -> None:
    filed = await desk.file(contact={"email": "Zhang@example.cn"})
    await desk.file(contact={"email": "zhang@example.com"})
    assert await found(desk, said) == [filed["id"]]


async def test_a_service_code_and_an_extension_are_told_apart(desk: Desk) -> None:
    short, desk_one, desk_two = (
        await phoned(desk, "12345"),
        await phoned(desk, "010-62345678转12"),
        await phoned(desk, "010-62345678"),
    )
    assert await found(desk, "1 2345") == [short]
    assert await found(desk, "+86 10 6234 5678 ext 12") == [desk_one]
    assert await found(desk, "(010) 62345678") == [desk_two]


async def test_all_of_one_contact_are_found_and_the_filters_of_the_list_narrow_them_down(desk: Desk) -> None:
    first = await desk.until("acknowledged", contact={"phone": PHONE})
    second = await desk.file(contact={"phone": PHONE, "email": "zhang@example.cn"}, category="billing")
    third = await desk.file(contact={"email": "zhang@example.cn"}, channel="web")
    await phoned(desk, OTHER)
    both = [second["id"], first["id"]]
    assert sorted(await found(desk, PHONE)) == sorted(both)
    assert await found(desk, PHONE, state="acknowledged") == [first["id"]]
    assert await found(desk, PHONE, state=["acknowledged", "received"], sort="number") == [first["id"], second["id"]]
    assert await found(desk, PHONE, category="billing", open=True) == [second["id"]]
    assert sorted(await found(desk, PHONE, "zhang@example.cn")) == sorted([*both, third["id"]]), "any of them"
    assert await found(desk, PHONE, queue="unassigned", sort="number") == [first["id"], second["id"]]
    assert (await look(desk, PHONE, params={"count": True}))["count"] == 2
    page = await look(desk, PHONE, params={"limit": 1, "sort": "number"})
    assert [each["id"] for each in page["items"]] == [first["id"]]
    rest = await look(desk, PHONE, params={"limit": 1, "sort": "number", "after": page["next"]})
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([second["id"]], None)
    again = await look(desk, f"+86{PHONE}", params={"limit": 1, "sort": "number", "after": page["next"]})
    assert again["items"] == rest["items"], "another spelling is the same list"
    other = await look(desk, OTHER, params={"limit": 1, "sort": "number", "after": page["next"]}, status=422)
    assert other["code"] == "bad-cursor"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"contacts": ["qzx-not-one"]}, {"contacts.0": "bad-contact"}),
        ({"contacts": [PHONE, "qzx@"]}, {"contacts.1": "bad-contact"}),
        ({"contacts": ["1 2"]}, {"contacts.0": "bad-contact"}),
        ({"contacts": []}, {"contacts": None}),
        ({"contacts": ["1"]}, {"contacts.0": None}),
        ({"contacts": ["9" * 321]}, {"contacts.0": None}),
        ({"contacts": [13912345678]}, {"contacts.0": None}),
        ({"contacts": PHONE}, {"contacts": None}),
        ({"contacts": [PHONE] * 21}, {"contacts": None}),
        ({"contact": PHONE}, None),
        ({"contacts": ["139\u0000"]}, None),
        ({}, {"contacts": "missing"}),
    ],
)
async def test_what_is_no_contact_is_refused_without_echo(desk: Desk, body: Any, wrong: dict[str, Any] | None) -> None:
    before = len(await audited(desk))
    answer = await desk.http.post(f"/complaints/v1{PATH}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert not any(text in answer.text for text in ("qzx", PHONE, "99999"))
    if wrong is not None:
        told = {each["path"]: each["code"] for each in answer.json()["errors"]}
        assert set(told) == set(wrong)
        assert all(code is None or told[path] == code for path, code in wrong.items())
    assert len(await audited(desk)) == before


async def test_a_contact_is_no_parameter_of_the_list(desk: Desk) -> None:
    refused = await desk.get("/complaints", {"contact": PHONE}, status=422)
    assert refused["code"] == "unknown-parameter"
    assert PHONE not in str(refused)
    assert (await look(desk, PHONE, params={"state": "nonsense"}, status=422))["code"] == "invalid-parameters"


async def test_who_sees_nothing_of_a_contact_is_not_told_that_it_is_right(
    served: Service[Work], tokens: TokenMaker, desk: Desk
) -> None:
    await phoned(desk)

    async def asked(*scopes: str, level: int) -> httpx.Response:
        async with client_of(served.asgi, headers=tokens.bearer(*scopes, level=level)) as client:
            return await client.post(f"/complaints/v1{PATH}", json={"contacts": [PHONE]})

    assert (await asked("complaints:read", level=1)).json()["code"] == "level-too-low"
    assert (await asked("complaints:handle", level=4)).json()["code"] == "scope-missing"
    seen = await asked("complaints:read", level=2)
    assert (seen.status_code, len(seen.json()["items"])) == (200, 1)
    assert not any(text in seen.text for text in (PHONE, "5678", "小明"))


async def test_a_look_up_is_one_row_of_the_audit_trail_and_what_was_asked_for_is_nowhere(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    filed = [await phoned(desk), await phoned(desk)]
    await desk.db.execute("DELETE FROM outbox")
    before = len(await audited(desk))
    await found(desk, PHONE)
    await found(desk, "13900000000", "zhang@nowhere.example")
    await look(desk, PHONE, "qzx", status=422)
    rows = (await audited(desk))[before:]
    told = [(row["subject"], row["detail"]) for row in rows]
    assert [subject for subject, _ in told] == ["complaint:many"] * 2
    assert '"count": 2' in told[0][1]
    assert all(each in told[0][1] for each in filed)
    assert '"count": 0' in told[1][1]
    kept = [dict(row) for row in await desk.db.fetch("SELECT * FROM contact_points")]
    texts = [*map(str, rows), str(kept), "".join(capfd.readouterr())]
    assert await desk.db.fetchval("SELECT count(*) FROM outbox") == 0
    assert not [text for text in texts for part in (PHONE, "13900000000", "nowhere") if part in text]


async def test_a_look_up_costs_three_statements_whatever_it_finds(desk: Desk, served: Service[Work]) -> None:
    for _ in range(3):
        await phoned(desk)
    with statements(served) as seen:
        await found(desk, PHONE)
    assert len([one for one in seen if "audit" not in one]) == 2, seen  # now, the list


async def test_a_contact_that_reaches_nobody_by_phone_or_mail_leaves_nothing(desk: Desk, served: Service[Work]) -> None:
    with statements(served) as seen:
        await desk.file(contact={"address": "北京市东城区 1 号"})
    assert not [one for one in seen if "contact_points" in one]
    assert await desk.db.fetchval("SELECT count(*) FROM contact_points") == 0


async def test_what_another_system_hands_over_is_found_the_good_contact_beside_a_bad_one(
    desk: Desk, served: Service[Work]
) -> None:
    import orjson

    def record(ref: str, contact: dict[str, str]) -> Record:
        value = orjson.dumps({**complaint(contact=contact), "ref": ref})
        return Record(topic=TOPIC, partition=0, offset=0, key=None, value=value, headers=[("source", b"city-hall")])

    with statements(served) as seen:
        async with served.works(Actor.system("test")) as work:
            await file_inbound(work, [record("a", {"phone": PHONE}), record("b", {"phone": "abc", "email": "z@example.cn"})])
    assert len([one for one in seen if one.startswith("INSERT INTO contact_points")]) == 1, "one for all of a batch"
    assert len(await found(desk, PHONE)) == len(await found(desk, "z@example.cn")) == 1


async def test_the_form_that_a_customer_fills_in_is_found_too(desk: Desk, served: Service[Work]) -> None:
    made = await desk.post("/intake-links", {})
    async with client_of(served.asgi) as public:
        sent = {"problem": "It broke.", "phone": "139 1234 5678"}
        answer = await public.post(made["link"].removeprefix("http://127.0.0.1:8080"), json=sent)
    assert answer.status_code == 201
    assert len(await found(desk, PHONE)) == 1


async def test_a_merge_leaves_it_where_it_is_and_an_erasure_takes_it_along(
    desk: Desk, database: Database, kafka: str, keys_dir: Any, tokens: TokenMaker, topics: Topics
) -> None:
    a, b, c = new_id(), new_id(), new_id()
    mine, other = await phoned(desk, customer_id=str(a)), await phoned(desk, customer_id=str(c))
    await desk.act(mine, "acknowledge", method="phone")
    await desk.act(mine, "withdraw", reason="settled")
    made = service(Settings(database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, **tokens.settings))
    async with following(made, topics) as told:
        await told.merge(ComplaintsMergeApplied, b, a)
        assert sorted(await found(desk, PHONE)) == sorted([mine, other])
        await told.forget(ComplaintsErasureConfirmed, b)
    await made.database.close()
    assert await found(desk, PHONE) == [other]
    assert await desk.db.fetchval("SELECT count(*) FROM contact_points") == 1


async def test_what_was_filed_under_an_older_index_key_is_found(desk: Desk, served: Service[Work]) -> None:
    before = await phoned(desk)
    keys = served.works.keys
    assert keys is not None
    newer = Keys(keys.master, KeyRing("index", {**keys.index.versions, 2: os.urandom(32)}), keys.transport)
    served.works.keys = newer
    try:
        after = await phoned(desk)
        assert sorted(await found(desk, PHONE)) == sorted([before, after])
        versions = await desk.db.fetch("SELECT get_byte(blind_index, 0) AS version FROM contact_points")
        assert sorted(row["version"] for row in versions) == [1, 2]
    finally:
        served.works.keys = keys


async def test_a_new_index_key_is_taken_into_use_and_the_old_one_can_go(desk: Desk, served: Service[Work]) -> None:
    ids = [await phoned(desk) for _ in range(5)]
    gone = await phoned(desk, customer_id=str(customer := new_id()))
    keys = served.works.keys
    assert keys is not None
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    [keyed] = served.keyed
    served.works.keys = replace(keys, index=KeyRing("index", {**keys.index.versions, 2: os.urandom(32)}))
    try:
        for left in (2, 4, 6, 6):  # of six that are under the old key, two at a time
            async with served.works(Actor.system("test")) as work:
                await keyed.again(work, 2)
            async with served.works(Actor.system("test")) as work:
                [told] = [one for one in await rekeying.left(work, work.vault.keys, [keyed]) if one.key == "index"]
            assert (told.version, told.rows) == (1, 6 - left)
        served.works.keys = replace(keys, index=KeyRing("index", {2: served.works.keys.index.get(2)}))
        assert sorted(await found(desk, PHONE)) == sorted(ids)
        assert gone not in ids
    finally:
        served.works.keys = keys
        await desk.db.execute("DELETE FROM contact_points")


async def forgotten(desk: Desk, *ids: str) -> None:
    """As if these had been filed before there was such a thing."""
    await desk.db.execute("DELETE FROM contact_points WHERE complaint_id = ANY(CAST($1 AS text[])::uuid[])", list(ids))


async def fill(desk: Desk) -> None:
    """What the revision does; no other timer fires."""
    await desk.db.execute("DELETE FROM timers")
    await desk.db.execute(
        "INSERT INTO timers (kind, key, due, payload, next_try) VALUES ($1, 'complaints', now(), '{}', now())",
        by_contact.FILL,
    )
    await desk.fire()


async def test_what_was_filed_before_is_filled_in_by_portions_and_what_cannot_be_opened_is_left_out(
    desk: Desk, served: Service[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_contact, "PORTION", 2)
    ids = [await phoned(desk) for _ in range(5)]
    gone, broken = await phoned(desk, customer_id=str(customer := new_id())), await phoned(desk)
    await desk.file(contact={"address": "北京市东城区 1 号"})
    await forgotten(desk, *ids[1:], gone, broken)
    await desk.db.execute("UPDATE complaints SET contact = '\\x01ff' WHERE id = $1::text::uuid", broken)
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    versions = "SELECT id, version, updated_at FROM complaints ORDER BY id"
    before = await desk.db.fetch(versions)
    assert await found(desk, PHONE) == ids[:1]
    await fill(desk)
    assert sorted(await found(desk, PHONE)) == sorted(ids)
    assert await desk.db.fetch(versions) == before, "nothing of the complaint itself has changed"
    again = await desk.db.fetchrow("SELECT due > now() + interval '23 hours' AS later, payload::text FROM timers"
                                   " WHERE kind = $1", by_contact.FILL)  # fmt: skip
    assert (again["later"], again["payload"]) == (True, '{"last": true}')
    await forgotten(desk, ids[4])  # as one that the version before filed while it was being replaced
    await desk.db.execute("UPDATE timers SET due = now(), next_try = now() WHERE kind = $1", by_contact.FILL)
    await desk.fire()
    assert sorted(await found(desk, PHONE)) == sorted(ids)
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = $1", by_contact.FILL) == 0


async def test_filling_in_goes_on_where_it_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_contact, "PORTION", 2)
    ids = sorted([await phoned(desk) for _ in range(4)])
    await forgotten(desk, *ids)
    payload = f'{{"after": "{ids[1]}"}}'
    await desk.db.execute(
        "INSERT INTO timers (kind, key, due, payload, next_try) VALUES ($1, 'complaints', now(), $2::text::jsonb, now())",
        by_contact.FILL, payload,
    )  # fmt: skip
    await desk.fire()
    assert sorted(await found(desk, PHONE)) == ids[2:]


async def test_numbers_without_a_country_code_are_those_of_the_installation(
    desk: Desk, database: Database, keys_dir: Any, tokens: TokenMaker
) -> None:
    from .desk import SCOPES

    made = service(
        Settings(
            database_url=SecretStr(database.url), kafka="127.0.0.1:9", keys=keys_dir, phone_region="DE", **tokens.settings
        )
    )
    async with client_of(made.asgi, headers=tokens.bearer(*SCOPES)) as client:
        there = Desk(client, made, desk.db)
        filed = await phoned(there, "030 901820")
        assert await found(there, "+49 30 901820") == [filed]
    await made.database.close()
    assert await found(desk, "030 901820") == [], "the same digits are another number elsewhere"


async def test_a_number_is_not_found_by_trying(desk: Desk) -> None:
    """A caller at level 2 sees the last four digits; a hit in a set makes the others no cheaper."""
    await phoned(desk)
    sets = [[PHONE, *(f"1390000{last:04}" for last in range(first, first + 9))] for first in range(0, 126, 9)]
    answers = [await desk.http.post(f"/complaints/v1{PATH}", json={"contacts": one}) for one in sets]
    told = [answer.status_code for answer in answers]
    assert told[-1] == 429 and told == sorted(told), told  # an hour's 120, what others looked up before among them
    assert answers[-1].json()["code"] == "too-many-misses"
    assert all(len(answer.json()["items"]) == 1 for answer in answers if answer.status_code == 200)
