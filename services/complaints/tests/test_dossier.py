"""The dossier of a complaint: what is in it, for whom, and how anybody can check it (S51, S63)."""

from __future__ import annotations

import hashlib
import json

from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_kernel.chain import document_digest
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .story import spoil, whole_story


async def test_the_dossier_holds_everything_and_can_be_checked_with_sha256_and_json_alone(desk: Desk) -> None:
    filed = await whole_story(desk)
    dossier = await desk.get(f"/complaints/{filed['id']}/dossier")
    assert dossier["format"] == "rapport-dossier/1" and dossier["verdict"]["intact"]
    assert dossier["complaint"]["problem"].startswith("The parcel")
    assert dossier["complaint"]["contact"]["name"] == "张小明"
    last = hashlib.sha256(b"rapport chain " + filed["id"].encode()).digest()
    for seq, row in enumerate(dossier["history"]["rows"], start=1):
        content = json.dumps(row["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        last = hashlib.sha256(last + content.encode()).digest()
        assert (row["seq"], row["hash"]) == (seq, last.hex())
        if row["content"]["note"]:
            assert hashlib.sha256(bytes.fromhex(row["salt"]) + row["note"].encode()).hexdigest() == row["content"]["note"]
        words = {each["id"]: each["words"] for each in row["content"]["found"]}
        for each in row["words"]:
            assert hashlib.sha256(bytes.fromhex(each["salt"]) + each["text"].encode()).hexdigest() == words[each["id"]]
    assert dossier["history"]["head"] == {"seq": len(dossier["history"]["rows"]), "hash": last.hex()}
    assert dossier["sha256"] == document_digest(dossier)
    assert [step["evidence"][0]["text"] for step in dossier["investigation"]] == ["Scan log of 20 November, page 3."]
    assert [cause["whys"] for cause in dossier["root_causes"]] == [["No scan.", "No scanner at the dock."]]
    assert [turn["move"] for turn in dossier["decisions"]] == ["propose", "accept", "resolve"]
    assert [turn["move"] for turn in dossier["appeals"]] == []
    assert [letter["body"] is not None for letter in dossier["letters"]] == [True]
    assert [file["size_bytes"] for file in dossier["attachments"]] == [1234]
    assert len(dossier["attachments"][0]["sha256"]) == 64 and dossier["attachments"][0]["reference"] == "urn:scan:77"
    assert {said["words"] for said in dossier["communications"]} >= {"他说包裹还没有到。"}
    assert {clock["clock"]["kind"] for clock in dossier["clocks"]} == {"acknowledgement", "resolution"}
    assert all(clock["stretches"] for clock in dossier["clocks"])
    assert [repair["number"][0] for repair in dossier["repairs"]] == ["R"]
    assert [incident["number"][0] for incident in dossier["incidents"]] == ["I"]


async def test_an_appeal_stands_in_its_chapter(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    await desk.act(filed, "appeal", reason="offer-too-low", note="That is not enough.")
    dossier = await desk.get(f"/complaints/{filed['id']}/dossier")
    assert [(turn["move"], turn["note"]) for turn in dossier["appeals"]] == [("appeal", "That is not enough.")]


async def test_a_dossier_is_masked_by_level_and_every_look_is_audited(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await whole_story(desk)
    seen = {}
    for level in (1, 2, 4):
        async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="reader", level=level)) as client:
            seen[level] = (await client.get(f"/complaints/v1/complaints/{filed['id']}/dossier")).json()
    low, middle, clear = seen[1], seen[2], seen[4]
    for word in ("parcel", "Scan log", "No scanner", "张小明", "13812345678", "urn:scan", "包裹"):
        assert word not in json.dumps(low, ensure_ascii=False), word
    assert all(row["note"] is None and row["salt"] is None for row in low["history"]["rows"])
    assert [row["hash"] for row in low["history"]["rows"]] == [row["hash"] for row in clear["history"]["rows"]]
    assert "Scan log" in json.dumps(middle) and "张小明" not in json.dumps(middle, ensure_ascii=False)
    looks = await desk.db.fetch(
        "SELECT detail FROM audit WHERE action = 'complaint.dossier-read' AND subject = $1 ORDER BY seq",
        f"complaint:{filed['id']}",
    )
    said = [json.loads(row["detail"]) for row in looks]
    assert [each["level"] for each in said] == [1, 2, 4]
    assert [each["sha256"] for each in said] == [seen[level]["sha256"] for level in (1, 2, 4)]


async def test_a_dossier_costs_the_same_statements_whatever_its_length(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.until("investigating")
    costs = []
    for steps in (1, 15):
        for _ in range(steps):
            await desk.act(filed, "record-step", method="record_review", note="Looked it up.")
        with statements(served) as seen:
            await desk.get(f"/complaints/{filed['id']}/dossier")
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 16, seen


async def test_a_damaged_field_is_missing_in_the_dossier_and_wrong_in_the_verdict(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    await spoil(
        desk, "UPDATE history SET note = set_byte(note, 40, 0) || 'x' WHERE subject_id = $1 AND seq = 6", filed["id"]
    )
    dossier = await desk.get(f"/complaints/{filed['id']}/dossier")
    assert dossier["verdict"]["broken"] == {"seq": 6, "reason": "words-changed"}
    assert dossier["history"]["rows"][5]["note"] is None


async def test_a_complaint_that_is_not_there_has_no_dossier(desk: Desk) -> None:
    for path in ("dossier", "dossier:verify"):
        await desk.get(f"/complaints/01a217bf-a94a-70f3-a605-10b954b61cee/{path}", status=404)
