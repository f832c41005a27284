"""What verifying a history finds when somebody reaches past the API into the database (S51, S63)."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
from uuid import UUID

import asyncpg
import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_complaints.cases.domain.history import Act
from rapport_complaints.cases.usecases.link_customer import link_customer
from rapport_complaints.work import ComplaintsWork
from rapport_kernel.chain import Head, Link, check
from rapport_kernel.ids import new_id
from sqlalchemy import text
from sqlalchemy.engine import Connection

from .desk import Desk, statements
from .story import spoil, verdict, whole_story

TAMPERING = [
    ("UPDATE moves SET actor = 'person:somebody-else' WHERE complaint_id = $1 AND seq = $2", 3, 3, "row-changed"),
    ("UPDATE moves SET at = at + interval '1 microsecond' WHERE complaint_id = $1 AND seq = $2", 1, 1, "row-changed"),
    ("UPDATE moves SET detail = detail || '{\"x\": 1}' WHERE complaint_id = $1 AND seq = $2", 5, 5, "row-changed"),
    ("UPDATE moves SET hash = sha256('x') WHERE complaint_id = $1 AND seq = $2", 4, 4, "row-changed"),
    ("UPDATE moves SET digest = sha256('x') WHERE complaint_id = $1 AND seq = $2", 6, 6, "row-changed"),
    ("UPDATE moves SET note = NULL WHERE complaint_id = $1 AND seq = $2", 6, 6, "words-changed"),
    ("UPDATE moves SET note = NULL, salt = NULL WHERE complaint_id = $1 AND seq = $2", 6, 6, "words-changed"),
    ("UPDATE moves SET seq = 99 WHERE complaint_id = $1 AND seq = $2", 3, 3, "row-missing"),
    ("UPDATE chain_heads SET seq = seq - 1 WHERE subject = $1 AND $2 = 0", 0, 10, "rows-beyond-the-end"),
    ("UPDATE chain_heads SET hash = sha256('x') WHERE subject = $1 AND $2 = 0", 0, 10, "row-changed"),
    ("DELETE FROM chain_heads WHERE subject = $1 AND $2 = 0", 0, 10, "rows-beyond-the-end"),
]

UNDO = (
    "DROP TRIGGER moves_extend ON moves",
    *(
        f"DROP TRIGGER {table}_keep{how} ON {table}"
        for table in ("moves", "findings", "chain_heads")
        for how in ("", "_all")
    ),
    *(f"DROP FUNCTION {name}" for name in ("moves_extend", "moves_keep", "findings_keep", "chain_heads_keep")),
    "DROP TABLE chain_heads",
    "ALTER TABLE moves DROP COLUMN salt, DROP COLUMN digest, DROP COLUMN seq, DROP COLUMN hash",
    "ALTER TABLE findings DROP COLUMN salt, DROP COLUMN digest",
)
"""The tables as they were before there was a chain."""


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
    await spoil(desk, "DELETE FROM moves WHERE complaint_id = $1 AND seq = 5", filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 5, "reason": "rows-missing-at-the-end"}


async def test_the_last_row_deleted_with_its_head_put_back_is_noticed_by_the_audit_trail(desk: Desk) -> None:
    filed = await desk.until("investigating")
    put_back = """
        UPDATE chain_heads h SET seq = m.seq, hash = m.hash FROM moves m
        WHERE h.subject = $1 AND m.complaint_id = $1 AND m.seq = 4
        """
    await spoil(desk, "DELETE FROM moves WHERE complaint_id = $1 AND seq = 5", filed["id"])
    await spoil(desk, put_back, filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 5, "reason": "rows-missing-at-the-end"}


async def test_a_chain_forged_from_end_to_end_still_differs_from_the_audit_trail(desk: Desk) -> None:
    filed = await desk.until("acknowledged")
    path = f"/complaints/{filed['id']}/dossier"
    rows = (await desk.get(path))["history"]["rows"]
    content = {**rows[1]["content"], "actor": "person:somebody-else"}
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    forged = hashlib.sha256(bytes.fromhex(rows[0]["hash"]) + plain).digest()
    await spoil(desk, "UPDATE moves SET actor = $2, hash = $3 WHERE id = $1", content["id"], content["actor"], forged)
    await spoil(desk, "UPDATE chain_heads SET hash = $2 WHERE subject = $1", filed["id"], forged)
    assert (await verdict(desk, filed))["broken"] == {"seq": 2, "reason": "differs-from-audit"}


async def test_notes_that_changed_places_are_noticed(desk: Desk) -> None:
    filed = await desk.until("resolution_proposed")
    swap = """
        UPDATE moves m SET note = o.note, salt = o.salt FROM moves o
        WHERE m.complaint_id = $1 AND o.complaint_id = $1 AND (m.seq, o.seq) IN ((6, 7), (7, 6))
        """
    await spoil(desk, swap, filed["id"])
    assert (await verdict(desk, filed))["broken"] == {"seq": 6, "reason": "words-changed"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE moves SET actor = 'person:x'",
        "UPDATE moves SET note = NULL, digest = NULL",
        "DELETE FROM moves",
        "TRUNCATE moves CASCADE",
        "UPDATE findings SET kind = 'x'",
        "DELETE FROM findings",
        "UPDATE chain_heads SET seq = seq - 1",
        "DELETE FROM chain_heads",
        "TRUNCATE chain_heads",
    ],
)
async def test_the_database_itself_refuses_to_change_a_history(desk: Desk, statement: str) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "record-step", method="site_visit", note="n", evidence=[{"kind": "text", "text": "t"}])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await desk.db.execute(statement)


async def test_a_row_that_does_not_follow_the_last_one_is_refused(desk: Desk) -> None:
    filed = await desk.file()
    again = """
        INSERT INTO moves SELECT gen_random_uuid(), complaint_id, move, source, target, at, recorded_at, actor, reason,
        detail, note, salt, digest, seq + $2, hash FROM moves WHERE complaint_id = $1
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


async def test_an_import_is_one_statement_for_all_histories(desk: Desk, served: Service[ComplaintsWork]) -> None:
    item = {"received_at": "2026-05-01T02:00:00Z", "state": "received", "channel": "web", "category": "x"}
    body = {"source": "city", "complaints": [{**item, "ref": str(n)} for n in range(300)]}
    async with statements(served) as seen:
        await desk.post("/complaints:import", body, 200)
    assert len([each for each in seen if "INTO moves" in each]) == 1
    assert not [each for each in seen if "chain_heads" in each and "INTO moves" not in each]
    ids = [row["id"] for row in await desk.db.fetch("SELECT id FROM complaints LIMIT 3")]
    for each in ids:
        assert (await verdict(desk, {"id": each}))["intact"]


async def test_the_chain_holds_when_the_customer_becomes_known_and_when_he_is_erased(
    desk: Desk, served: Service[ComplaintsWork]
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


async def test_histories_that_were_there_before_are_sealed(desk: Desk, served: Service[ComplaintsWork]) -> None:
    filed, other = await whole_story(desk), await desk.until("closed")
    migration = importlib.import_module("rapport_complaints.migrations.versions.0014_chain")

    def again(connection: Connection) -> None:
        for statement in UNDO:
            connection.execute(text(statement))
        for statement in migration.COLUMNS:
            connection.execute(text(statement))
        migration.seal_all(connection, at_once=3)
        for statement in migration.AFTER:
            connection.execute(text(statement))

    async with served.database.engine.begin() as connection:
        await connection.run_sync(again)
    for each in (filed, other):
        found = await verdict(desk, each)
        # Nobody has the salts of what was written before: from the first note on the hashes are others than those audited.
        assert found["broken"] == {"seq": 6, "reason": "differs-from-audit"}
        assert (found["words"], found["head"]["seq"]) == (0, found["rows"]) and found["unchecked"] >= 2
        history = (await desk.get(f"/complaints/{each['id']}/dossier"))["history"]
        links = [Link(row["seq"], bytes.fromhex(row["hash"]), row["content"]) for row in history["rows"]]
        head = Head(history["head"]["seq"], bytes.fromhex(history["head"]["hash"]))
        assert check(UUID(each["id"]), links, head) is None and len(links) >= 10


async def test_whatever_is_written_into_a_history_gives_its_complaint_a_new_version(
    desk: Desk, served: Service[ComplaintsWork]
) -> None:
    """Nothing is added behind an ETag: whoever read the complaint before is told that it changed, also by the system."""
    filed = await desk.file()
    async with served.works(Actor.system("test")) as work:
        complaint = await work.complaints.get(UUID(filed["id"]), for_update=True)
        act = Act(at=work.now, recorded_at=work.now, by="system:test")
        complaint._mention("looked-at", act)
    shown = await desk.http.get(f"/complaints/v1/complaints/{filed['id']}")
    assert shown.json()["version"] == filed["version"] + 1
    late = await desk.http.post(
        f"/complaints/v1/complaints/{filed['id']}:acknowledge",
        json={"method": "phone"},
        headers={"If-Match": f'"{filed["version"]}"'},
    )
    assert late.status_code == 412
    assert (await desk.get(f"/complaints/{filed['id']}/dossier:verify"))["intact"]
