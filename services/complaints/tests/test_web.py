"""Filing, showing by level, lists, versions, keys; what is stored is encrypted, what is done is audited."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.web.views import ComplaintDetail, ComplaintView
from rapport_complaints.dossiers.web.words import COMPLAINT
from rapport_kernel.ids import new_id
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, complaint

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("missing", ["received_at", "problem", "contact", "channel", "category"])
async def test_time_problem_and_contact_are_mandatory(desk: Desk, missing: str) -> None:
    body = complaint()
    del body[missing]
    answer = await desk.http.post("/complaints/v1/complaints", json=body)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [missing]


async def test_a_contact_needs_a_way_to_reach_the_customer(desk: Desk) -> None:
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(contact={"name": "张小明"}))
    assert answer.status_code == 422
    assert "张小明" not in answer.text


async def test_a_complaint_of_the_future_or_of_long_ago_is_refused(desk: Desk) -> None:
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(received_at="2099-01-01T00:00:00Z"))
    assert (answer.status_code, answer.json()["code"]) == (422, "received-in-the-future")
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(received_at="2015-01-01T00:00:00Z"))
    assert (answer.status_code, answer.json()["code"]) == (422, "received-too-long-ago")


ON_RECEIPT = ["acknowledge", "promise", "withdraw", "tag-handling", "escalate", "mark-major"]
"""What can be done with a new complaint, in the order in which it is declared."""


async def test_filing_answers_where_it_is_and_its_version(desk: Desk) -> None:
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint())
    made = answer.json()
    assert answer.headers["location"] == f"/complaints/v1/complaints/{made['id']}"
    assert answer.headers["etag"].removeprefix("W/").startswith(f'"{made["version"]}-')
    assert made["number"].startswith("C2026-")
    assert made["allowed"] == ON_RECEIPT
    assert made["due_at"] == "2026-11-23T02:00:00.000000Z"  # Friday 10:00 in Shanghai, one business day


async def test_each_level_sees_what_it_may(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    filed = await desk.file()
    shown: dict[int, Any] = {}
    for level in (1, 2, 3, 4):
        async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=level)) as client:
            shown[level] = (await client.get(f"/complaints/v1/complaints/{filed['id']}")).json()
    assert shown[1]["problem"] is None
    assert shown[2]["problem"] == complaint()["problem"]
    assert [shown[level]["contact"]["phone"] for level in (1, 2, 3, 4)] == [
        "***",
        "*******5678",
        "138****5678",
        "13812345678",
    ]
    assert [shown[level]["contact"]["name"] for level in (1, 2, 3, 4)] == ["***", "张**", "张*明", "张小明"]
    reads = await desk.db.fetch("SELECT detail::text FROM audit WHERE action = 'complaint.read' ORDER BY seq DESC LIMIT 4")
    assert [row["detail"] for row in reads] == [f'{{"level": {level}}}' for level in (4, 3, 2, 1)]


async def test_notes_of_the_history_are_for_those_who_may_read_words(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await desk.file()
    await desk.act(filed, "acknowledge", method="phone", note="He was very upset.")
    path = f"/complaints/{filed['id']}/history"
    assert (await desk.get(path))["items"][1]["note"] == "He was very upset."
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as client:
        assert (await client.get(f"/complaints/v1{path}")).json()["items"][1]["note"] is None


async def test_no_text_and_no_contact_is_readable_in_the_database_or_on_the_topic(desk: Desk) -> None:
    filed = await desk.until("closed", remedy_sought="Two hundred yuan.")
    await desk.act(filed, "reopen", reason="again", note="It happened again to my neighbour.")
    secrets = ["parcel did not arrive", "Two hundred yuan", "13812345678", "张小明", "zhang@", "Never scanned", "neighbour"]
    tables = await desk.db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    dump = b""
    for table in [row["tablename"] for row in tables if row["tablename"] != "idempotency_keys"]:
        for row in await desk.db.fetch(f"SELECT t::text AS line FROM {table} AS t"):  # noqa: S608 - our own tables
            dump += row["line"].encode()
    for row in await desk.db.fetch("SELECT payload FROM outbox"):
        dump += bytes(row["payload"])
    assert b"delivery" in dump
    assert [secret for secret in secrets if secret.encode() in dump or secret.encode().hex().encode() in dump] == []


async def test_erasing_the_key_leaves_nothing_readable(desk: Desk) -> None:
    customer = new_id()
    filed = await desk.file(customer_id=str(customer))
    await desk.db.execute("UPDATE data_keys SET wrapped = NULL, destroyed_at = now() WHERE subject = $1", customer)
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert (shown["problem"], shown["contact"]) == (None, {"name": None, "phone": None, "email": None, "address": None})
    assert shown["state"] == "received"


async def test_an_update_of_an_old_version_is_refused(desk: Desk) -> None:
    filed = await desk.file()
    path = f"/complaints/v1/complaints/{filed['id']}:acknowledge"
    stale = await desk.http.post(path, json={"method": "phone"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    fresh = await desk.http.post(path, json={"method": "phone"}, headers={"If-Match": f'"{filed["version"]}"'})
    assert fresh.status_code == 200


async def test_a_complaint_filed_twice_with_one_key_is_one_complaint(desk: Desk) -> None:
    headers = {"Idempotency-Key": "form-4711"}
    first = await desk.http.post("/complaints/v1/complaints", json=complaint(), headers=headers)
    second = await desk.http.post("/complaints/v1/complaints", json=complaint(), headers=headers)
    assert first.json() == second.json()
    assert (await desk.get("/stats"))["total"]["value"] == 1


async def test_a_refused_move_says_what_is_allowed(desk: Desk) -> None:
    filed = await desk.file()
    refused = await desk.act(filed, "resolve", status=409)
    assert (refused["code"], refused["state"]) == ("not-allowed", "received")
    assert refused["allowed"] == ON_RECEIPT


async def test_what_does_not_exist_is_not_found(desk: Desk) -> None:
    filed = await desk.file()
    for path in (
        f"/complaints/{NOBODY}",
        f"/complaints/{NOBODY}/history",
        f"/complaints/{NOBODY}/clocks",
        f"/complaints/{filed['id']}/clocks/{NOBODY}:explain",
        "/calendars/nowhere",
        "/sla-policies/nobody",
    ):
        await desk.get(path, status=404)
    await desk.act(NOBODY, "close", status=404)


async def test_what_is_entered_later_keeps_its_time_and_its_order(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-11-20T02:00:00Z")
    early = await desk.act(filed, "acknowledge", status=422, method="phone", at="2026-11-20T01:59:59Z")
    future = await desk.act(filed, "acknowledge", status=422, method="phone", at="2099-11-20T02:00:00Z")
    assert (early["code"], future["code"]) == ("before-history", "in-the-future")
    told = await desk.act(filed, "acknowledge", method="phone", at="2026-11-20T03:00:00Z")
    assert told["acknowledged_at"] == "2026-11-20T03:00:00.000000Z"
    row = (await desk.get(f"/complaints/{filed['id']}/history"))["items"][1]
    assert row["at"] == "2026-11-20T03:00:00.000000Z"
    assert row["recorded_at"] > row["at"]


async def test_lists_filter_sort_and_page(desk: Desk) -> None:
    customer = str(new_id())
    times = [f"2026-11-{day:02d}T02:00:00.000000Z" for day in (16, 17, 18, 19, 20)]
    made = [await desk.file(received_at=time, category="late") for time in times]
    await desk.file(channel="email", category="rude", customer_id=customer)
    await desk.act(made[0], "acknowledge", method="phone")

    assert len((await desk.get("/complaints"))["items"]) == 6
    for query, expected in [
        ({"category": "late"}, 5),
        ({"channel": "email"}, 1),
        ({"customer": customer}, 1),
        ({"state": "acknowledged"}, 1),
        ({"state": "received", "category": "late"}, 4),
        ({"from": times[1], "to": times[3], "category": "late"}, 2),
        ({"due_before": "2026-11-18T12:00:00Z"}, 1),
        ({"assignee": "agent-7"}, 0),
        ({"flag": "no-target"}, 0),
    ]:
        assert len((await desk.get("/complaints", query))["items"]) == expected, query

    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await desk.get("/complaints", {"category": "late", "sort": "received_at", "limit": 2, **after})
        seen += [item["received_at"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == times
    assert len((await desk.get("/complaints", {"sort": "due_at"}))["items"]) == 6
    await desk.get("/complaints", {"sort": "problem"}, status=422)
    await desk.get("/complaints", {"to": "0.5"}, status=422)
    await desk.get("/complaints", {"sort": "number", **after}, status=422)


async def test_a_scope_or_level_that_is_missing_is_refused(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    filed = await desk.file()
    path = f"/complaints/v1/complaints/{filed['id']}:acknowledge"
    async with client_of(served.asgi) as nobody:
        assert (await nobody.post(path, json={"method": "phone"})).status_code == 401
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read")) as reader:
        assert (await reader.post(path, json={"method": "phone"})).status_code == 403
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=1)) as low:
        assert (await low.post(path, json={"method": "phone"})).status_code == 403


async def test_a_recurrence_names_a_complaint_that_exists(desk: Desk) -> None:
    first = await desk.file()
    again = await desk.file(recurrence_of=first["id"])
    assert again["recurrence_of"] == first["id"]
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(recurrence_of=NOBODY))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-complaint")


async def test_a_promise_is_kept_in_mind(desk: Desk) -> None:
    filed = await desk.file()
    told = await desk.act(filed, "promise", due_at="2099-01-01T00:00:00Z", method="email")
    assert told["promised_until"] == "2099-01-01T00:00:00.000000Z"
    refused = await desk.act(filed, "promise", status=422, due_at="2026-01-01T00:00:00Z", method="email")
    assert refused["code"] == "promise-in-the-past"


async def test_a_customer_who_does_not_answer_is_asked_often_enough_before_it_is_closed(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    early = await desk.act(filed, "give-feedback", status=409, method="letter")
    assert early["code"] == "attempts-missing"
    for _ in range(3):
        await desk.act(filed, "record-attempt", method="phone")
    await desk.act(filed, "give-feedback", method="letter")
    assert (await desk.act(filed, "close"))["outcome"] == "no_response"
    assert (await desk.clocks(filed))["resolution"]["state"] == "met"


async def test_the_audit_trail_names_every_move(desk: Desk) -> None:
    filed = await desk.until("closed")
    rows = await desk.db.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY seq", f"complaint:{filed['id']}")
    moves = ["receive", "acknowledge", "assess", "assign", "start-investigation", "set-root-cause", "propose", "accept"]
    assert [row["action"] for row in rows] == [f"complaint.{move}" for move in (*moves, "resolve", "give-feedback", "close")]


async def test_the_state_tables_are_published(desk: Desk) -> None:
    told = await desk.get("/state-machines")
    assert {"complaint", "clock"} <= set(str(told).replace("'", " ").split())


NOT_SHOWN = {
    *("recorded", "unsaved_history", "raised", "was_major"),  # of the unit of work
    *("keyed_by", "last_at", "began_at", "follow_up_days"),  # of our own bookkeeping
    *("deciders", "escalation_steps", "refusals", "waited_seconds", "waiting_since"),  # in the history, or counted in clocks
    "clocks",  # at `/clocks`
}
NOT_PRINTED = {
    *(
        "id",
        "version",
        "updated_at",
        "allowed",
        "episode",
        "flags",
        "number",
        "category_version",
        "cause_version",
        "policy_version",
    ),
    *("customer_id", "interaction_id", "duplicate_of", "recurrence_of", "transferred_to", "source_category"),
    *("amount", "currency", "pending_amount", "pending_at", "pending_by", "pending_currency", "pending_remedy", "proposals"),
    *("appealed_at", "appeals", "attempts", "attempts_needed", "barred", "cause_at", "ended_at", "escalation_level"),
    *("first_resolved_at", "follow_up_at", "followed_up_at", "held_by", "latent_risk", "not_upheld_at"),
    *("reopen_grace_days", "subject_staff", "withdrawn_at", "names"),
}
"""Printed elsewhere in a dossier (decisions, appeals, the history, its head), or in its JSON alone."""


def test_every_field_of_a_complaint_is_shown_and_printed_or_named_here() -> None:
    assert {each.name for each in fields(Complaint)} - set(ComplaintDetail.model_fields) == NOT_SHOWN
    assert set(ComplaintView.model_fields) - set(COMPLAINT) == NOT_PRINTED
