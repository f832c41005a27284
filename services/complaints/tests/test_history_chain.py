"""What verifying a history finds when somebody reaches past the API into the database (S51, S63)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from uuid import UUID

import asyncpg
import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_testing.databases import owner_beside, statements

from .desk import Desk
from .story import spoil, verdict, whole_story

TAMPERING = [
    ("UPDATE history SET actor = 'person:somebody-else' WHERE subject_id = $1 AND seq = $2", 3, 3, "row-changed"),
    ("UPDATE history SET at = at + interval '1 microsecond' WHERE subject_id = $1 AND seq = $2", 1, 1, "row-changed"),
    ("UPDATE history SET detail = detail || '{\"x\": 1}' WHERE subject_id = $1 AND seq = $2", 5, 5, "row-changed"),
    ("UPDATE history SET hash = sha256('x') WHERE subject_id = $1 AND seq = $2", 4, 4, "row-changed"),
    ("UPDATE history SET digest = sha256('x') WHERE subject_id = $1 AND seq = $2", 6, 6, "row-changed"),
    ("UPDATE history SET note = NULL WHERE subject_id = $1 AND seq = $2", 6, 6, "words-changed"),
    ("UPDATE history SET note = NULL, salt = NULL WHERE subject_id = $1 AND seq = $2", 6, 6, "words-changed"),
    ("UPDATE history SET seq = 99 WHERE subject_id = $1 AND seq = $2", 3, 3, "row-missing"),
    ("UPDATE history_heads SET seq = seq - 1 WHERE subject = $1 AND $2 = 0", 0, 10, "rows-beyond-the-end"),
    ("UPDATE history_heads SET hash = sha256('x') WHERE subject = $1 AND $2 = 0", 0, 10, "row-changed"),
    ("DELETE FROM history_heads WHERE subject = $1 AND $2 = 0", 0, 10, "rows-beyond-the-end"),
]


async def test_what_was_not_touched_is_intact_and_every_row_stands_in_the_audit_trail(desk: Desk) -> None:
    filed = await desk.until("closed")
    found = await verdict(desk, filed)
    assert (found["intact"], found["broken"], found["rows"], found["audited"]) == (True, None, 11, 11)
    assert (found["words"], found["unchecked"], found["head"]["seq"]) == (2, 0, 11)


@pytest.mark.parametrize(("statement", "row", "first", "reason"), TAMPERING)
async def test_a_row_altered_in_the_database_is_named(desk: Desk, statement: str, row: int, first: int, reason: str) -> None:
    filed = await desk.until("feedback_given")
    await spoil(desk, statement, filed["id"], row)
    found = await verdict(desk, filed)
    assert (found["intact"], found["broken"]) == (False, {"seq": first, "reason": reason})


async def test_the_last_row_deleted_is_noticed(desk: Desk) -> None:
    filed = await desk.until("investigating")
    await spoil(desk, "DELETE FROM history WHERE subject_id = $1 AND seq = 5", filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 5, "reason": "rows-missing-at-the-end"}


async def test_the_last_row_deleted_with_its_head_put_back_is_noticed_by_the_audit_trail(desk: Desk) -> None:
    filed = await desk.until("investigating")
    put_back = """
        UPDATE history_heads h SET seq = m.seq, hash = m.hash FROM history m
        WHERE h.subject = $1 AND m.subject_id = $1 AND m.seq = 4
        """
    await spoil(desk, "DELETE FROM history WHERE subject_id = $1 AND seq = 5", filed["id"])
    await spoil(desk, put_back, filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 5, "reason": "rows-missing-at-the-end"}


async def test_a_chain_forged_from_end_to_end_still_differs_from_the_audit_trail(desk: Desk) -> None:
    filed = await desk.until("acknowledged")
    path = f"/complaints/{filed['id']}/dossier"
    rows = (await desk.get(path))["history"]["rows"]
    content = {**rows[1]["content"], "actor": "person:somebody-else"}
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    forged = hashlib.sha256(bytes.fromhex(rows[0]["hash"]) + plain).digest()
    await spoil(desk, "UPDATE history SET actor = $2, hash = $3 WHERE id = $1", content["id"], content["actor"], forged)
    await spoil(desk, "UPDATE history_heads SET hash = $2 WHERE subject = $1", filed["id"], forged)
    assert (await verdict(desk, filed))["broken"] == {"seq": 2, "reason": "differs-from-audit"}


async def test_notes_that_changed_places_are_noticed(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    swap = """
        UPDATE history m SET note = o.note, salt = o.salt FROM history o
        WHERE m.subject_id = $1 AND o.subject_id = $1 AND (m.seq, o.seq) IN ((6, 7), (7, 6))
        """
    await spoil(desk, swap, filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 6, "reason": "words-changed"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history SET actor = 'person:x'",
        "UPDATE history SET note = NULL, digest = NULL",
        "DELETE FROM history",
        "TRUNCATE history CASCADE",
        "UPDATE findings SET kind = 'x'",
        "DELETE FROM findings",
        "UPDATE history_heads SET seq = seq - 1",
        "DELETE FROM history_heads",
        "TRUNCATE history_heads",
    ],
)
async def test_the_database_itself_refuses_to_change_a_history(desk: Desk, statement: str) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "record-step", method="site_visit", note="n", evidence=[{"kind": "text", "text": "t"}])
    async with owner_beside(desk.db) as owner:
        for refused in (desk.db, owner):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await refused.execute(statement)


async def test_a_row_that_does_not_follow_the_last_one_is_refused(desk: Desk) -> None:
    filed = await desk.file()
    again = """
        INSERT INTO history SELECT gen_random_uuid(), kind, subject_id, move, source, target, at, recorded_at, actor, reason,
        detail, note, salt, digest, seq + $2, hash FROM history WHERE subject_id = $1
        """
    for further in (2, 0):
        with pytest.raises((asyncpg.SerializationError, asyncpg.UniqueViolationError)):
            await desk.db.execute(again, filed["id"], further)


async def test_commands_at_the_same_moment_do_not_fork_the_chain(desk: Desk) -> None:
    filed = await desk.until("investigating")
    path = f"/complaints/v1/complaints/{filed['id']}:record-step"
    body = {"method": "record_review", "note": "Looked it up."}
    answers = await asyncio.gather(*(desk.http.post(path, json=body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    found = await verdict(desk, filed)
    assert (found["intact"], found["rows"], found["words"]) == (True, 17, 12)


async def test_an_import_is_one_statement_for_all_histories(desk: Desk, served: Service[Work]) -> None:
    item = {"received_at": "2026-05-01T02:00:00Z", "state": "received", "channel": "web", "category": "x"}
    body = {"source": "city", "complaints": [{**item, "ref": str(n)} for n in range(300)]}
    with statements(served) as seen:
        await desk.post("/complaints:import", body, 200)
    assert len([each for each in seen if "INTO history" in each]) == 1
    assert not [each for each in seen if "history_heads" in each and "INTO history" not in each]
    ids = [row["id"] for row in await desk.db.fetch("SELECT id FROM complaints LIMIT 3")]
    for each in ids:
        assert (await verdict(desk, {"id": each}))["intact"]


async def test_the_chain_holds_when_the_customer_becomes_known_and_when_he_is_erased(
    desk: Desk, served: Service[Work]
) -> None:
    filed = await whole_story(desk)
    before, customer = await verdict(desk, filed), new_id()
    async with served.works(Actor.system("test")) as work:
        await link_customer(work, UUID(filed["id"]), customer)
    linked = await verdict(desk, filed)
    assert (linked["intact"], linked["words"], linked["rows"]) == (True, before["words"], before["rows"] + 1)
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    erased = await verdict(desk, filed)
    assert (erased["intact"], erased["words"], erased["unchecked"]) == (True, 0, before["words"])
    dossier = await desk.get(f"/complaints/{filed['id']}/dossier")
    assert dossier["complaint"]["problem"] is None and all(row["note"] is None for row in dossier["history"]["rows"])


async def test_whatever_is_written_into_a_history_gives_its_complaint_a_new_version(
    desk: Desk, served: Service[Work]
) -> None:
    """Nothing is added behind an ETag: whoever read the complaint before is told that it changed, also by the system."""
    filed = await desk.file()
    async with served.works(Actor.system("test")) as work:
        complaint = await work.store(Complaints).get(UUID(filed["id"]), for_update=True)
        act = Act(at=work.now, recorded_at=work.now, by="system:test")
        complaint._log_system("link", act)
    shown = await desk.http.get(f"/complaints/v1/complaints/{filed['id']}")
    assert shown.json()["version"] == filed["version"] + 1
    late = await desk.http.post(
        f"/complaints/v1/complaints/{filed['id']}:acknowledge",
        json={"method": "phone"},
        headers={"If-Match": f'"{filed["version"]}"'},
    )
    assert late.status_code == 412
    assert (await desk.get(f"/complaints/{filed['id']}/dossier:verify"))["intact"]
