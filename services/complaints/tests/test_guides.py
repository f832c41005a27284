"""Handling guides (S58): shown to those who handle the complaint, and a judgement about a person to nobody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_complaints.cases.domain.data import Guide
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_complaints.shipped import shipped
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

SHIPPED_GUIDES = shipped("handling_guides", Guide)
GUIDE = {"zh": "常客", "en": "Comes often", "guide": {"zh": "认得他。", "en": "Know him."}}


async def tags(desk: Desk, filed: dict[str, Any]) -> list[str]:
    return [each["tag"] for each in (await desk.get(f"/complaints/{filed['id']}"))["handling"]]


async def test_the_guide_is_shown_with_the_complaint(desk: Desk) -> None:
    filed = await desk.until("assigned")
    assert (await desk.get(f"/complaints/{filed['id']}"))["handling"] == []
    answer = await desk.act(filed, "tag-handling", tag="emotional", reason="call-of-today")
    assert "handling" not in answer and "emotional" not in str(answer)
    [advice] = (await desk.get(f"/complaints/{filed['id']}"))["handling"]
    shipped = SHIPPED_GUIDES["emotional"]
    assert (advice["tag"], advice["zh"], advice["guide"]["en"]) == ("emotional", "感情用事者", shipped.guide.en)
    assert (advice["by"], advice["reason"], advice["guide_version"]) == ("person:clerk-1", "call-of-today", 1)
    await desk.act(filed, "tag-handling", tag="stubborn", reason="letters")
    await desk.act(filed, "tag-handling", tag="emotional", reason="again")
    assert await tags(desk, filed) == ["stubborn", "emotional"]
    await desk.put("/handling-guides/emotional", {**GUIDE, "in_use": False})
    shown = (await desk.get(f"/complaints/{filed['id']}"))["handling"]
    assert [(each["tag"], each["guide_version"]) for each in shown] == [("stubborn", 1), ("emotional", 2)]
    await desk.act(filed, "untag-handling", tag="stubborn", reason="unfair")
    await desk.act(filed, "untag-handling", tag="emotional", reason="unfair")
    assert await tags(desk, filed) == []
    assert await desk.db.fetchval("SELECT handling FROM complaints") is None


@pytest.mark.parametrize(
    ("scopes", "level"), [(("complaints:read",), 4), (SCOPES, 1), (tuple(s for s in SCOPES if s != "complaints:handle"), 3)]
)
async def test_to_others_it_is_not_shown(desk: Desk, tokens: TokenMaker, scopes: tuple[str, ...], level: int) -> None:
    filed = await desk.until("assigned")
    await desk.act(filed, "tag-handling", tag="emotional", reason="call-of-today")
    async with client_of(desk.served.asgi, headers=tokens.bearer(*scopes, level=level)) as client:
        answer = await client.get(f"/complaints/v1/complaints/{filed['id']}")
        assert answer.status_code == 200 and answer.json()["handling"] is None and "emotional" not in answer.text
        body = {"tag": "stubborn", "reason": "x"}
        for action in ("tag-handling", "untag-handling"):
            assert (await client.post(f"/complaints/v1/complaints/{filed['id']}:{action}", json=body)).status_code == 403
    assert await tags(desk, filed) == ["emotional"]


async def test_it_stands_in_no_event_history_list_dossier_audit_or_table_in_clear(desk: Desk) -> None:
    filed = await desk.until("assigned")
    before = await desk.names()
    await desk.act(filed, "tag-handling", tag="emotional", reason="call-of-today")
    assert before and await desk.names() == []
    path = f"/complaints/{filed['id']}"
    for where in (f"{path}/history", f"{path}/dossier", f"{path}/clocks", "/complaints"):
        answer = await desk.http.get(f"/complaints/v1{where}")
        assert answer.status_code == 200 and "emotional" not in answer.text, where
    rows = await desk.db.fetch("SELECT action, reason, detail::text FROM audit ORDER BY at DESC LIMIT 20")
    assert ("complaint.handling-tagged", "call-of-today") in [(row["action"], row["reason"]) for row in rows]
    assert not any("emotional" in str(row["detail"]) for row in rows)
    for table in ("complaints", "history", "outbox", "idempotency_keys"):
        assert not await desk.db.fetchval(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%emotional%'"), table  # noqa: S608
    assert b"emotional" not in await desk.db.fetchval("SELECT handling FROM complaints")


async def test_it_follows_the_customer_s_key_and_is_gone_with_it(desk: Desk) -> None:
    filed = await desk.until("assigned")
    await desk.act(filed, "tag-handling", tag="emotional", reason="call-of-today")
    customer = new_id()
    async with desk.served.works(Actor.system("test")) as work:
        await link_customer(work, UUID(filed["id"]), customer)
    assert await tags(desk, filed) == ["emotional"]
    async with desk.served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    assert await tags(desk, filed) == []


async def test_whom_the_complaint_is_about_judges_nobody_there(desk: Desk) -> None:
    filed = await desk.file(subject_staff=["clerk-1"])
    refused = await desk.act(filed, "tag-handling", status=409, tag="emotional", reason="he-started")
    assert refused["code"] == "conflict-of-interest"
    assert await tags(desk, filed) == []
    last = await desk.db.fetchval("SELECT action FROM audit WHERE action LIKE '%handling%' ORDER BY at DESC LIMIT 1")
    assert last == "complaint.handling-tagged-refused"


async def test_it_is_set_while_the_complaint_is_open_and_taken_back_at_any_time(desk: Desk) -> None:
    filed = await desk.file()
    await desk.act(filed, "tag-handling", tag="emotional", reason="call-of-today")
    await desk.act(filed, "withdraw", reason="settled")
    refused = await desk.act(filed, "tag-handling", status=409, tag="stubborn", reason="late")
    assert refused["code"] == "complaint-over"
    await desk.act(filed, "untag-handling", tag="emotional", reason="unfair")
    assert (await desk.act(filed, "untag-handling", status=422, tag="emotional", reason="unfair"))["code"] == "not-tagged"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tag": "mad", "reason": "x"}, "unknown-tag"),
        ({"tag": "emotional"}, "invalid-body"),
        ({"tag": "", "reason": "x"}, "invalid-body"),
        ({"tag": "emotional", "reason": "x", "note": "He is mad."}, "invalid-body"),
        ({"tag": ["emotional"], "reason": "x"}, "invalid-body"),
        ({"tag": "\x00", "reason": "x"}, "invalid-body"),
    ],
)
async def test_what_is_no_tag_is_refused(desk: Desk, body: dict[str, Any], code: str) -> None:
    filed = await desk.file()
    refused = await desk.act(filed, "tag-handling", status=422, **body)
    assert refused["code"] == code and "mad" not in str(refused)
    stale = await desk.http.post(
        f"/complaints/v1/complaints/{filed['id']}:tag-handling",
        json={"tag": "emotional", "reason": "x"},
        headers={"If-Match": '"99"'},
    )
    assert stale.status_code == 412 and await tags(desk, filed) == []


async def test_a_tag_out_of_use_is_not_set_and_a_new_one_is(desk: Desk) -> None:
    filed = await desk.file()
    assert (await desk.put("/handling-guides/regular", GUIDE))["version"] == 1
    await desk.act(filed, "tag-handling", tag="regular", reason="fifth-time")
    await desk.put("/handling-guides/regular", {**GUIDE, "in_use": False})
    other = await desk.file()
    assert (await desk.act(other, "tag-handling", status=422, tag="regular", reason="x"))["code"] == "unknown-tag"
    assert await tags(desk, filed) == ["regular"]


async def test_guides_have_versions_in_both_languages(desk: Desk) -> None:
    assert {item["code"] for item in (await desk.get("/handling-guides"))["items"]} == set(SHIPPED_GUIDES)
    await desk.put("/handling-guides/stubborn", GUIDE)
    assert (await desk.get("/handling-guides/stubborn"))["body"]["zh"] == "常客"
    assert (await desk.get("/handling-guides/stubborn", {"version": 1}))["body"]["zh"] == "固执己见者"
    await desk.get("/handling-guides/stubborn", {"version": 2**40}, status=404)
    await desk.get("/handling-guides/none", status=404)
    for bad in ({"zh": "x"}, {**GUIDE, "guide": {"zh": "x"}}, {**GUIDE, "guide": "x"}, {**GUIDE, "more": 1}):
        await desk.put("/handling-guides/stubborn", bad, status=422)


async def test_showing_costs_two_statements_more_where_there_is_a_tag(desk: Desk) -> None:
    """The tags, and the names of who gave them."""
    filed = await desk.file()
    with statements(desk.served) as plain:
        await desk.get(f"/complaints/{filed['id']}")
    await desk.act(filed, "tag-handling", tag="emotional", reason="x")
    with statements(desk.served) as tagged:
        await desk.get(f"/complaints/{filed['id']}")
    assert len(tagged) == len(plain) + 2
