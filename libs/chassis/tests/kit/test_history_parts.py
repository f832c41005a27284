"""What is recorded with an entry and kept in a table of its own takes part in the chain; its store says how it is hashed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from kit_loan_store import Loans
from kit_loans import Loan
from rapport_chassis.actor import Actor
from rapport_chassis.commands import Command, load_for_command, seal_text
from rapport_chassis.database import Database
from rapport_chassis.histories import HistoryStore, PartsTable, history
from rapport_chassis.verifying import verify_history
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.history import Act, entry_content
from rapport_kernel.ids import new_id
from rapport_testing.databases import ROLE, as_owner
from sqlalchemy import Column, ForeignKey, LargeBinary, MetaData, Table, Text, Uuid, text

SYSTEM = Actor.system("test")
damages = Table(
    "damages",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, nullable=False),
    Column("entry_id", Uuid, ForeignKey(history.c.id), nullable=False),
    Column("place", Text, nullable=False),
    Column("words", LargeBinary),
    Column("salt", LargeBinary),
    Column("digest", LargeBinary),
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is broken, and how."""

    place: str
    words: bytes | None = None
    salt: bytes | None = None
    digest: bytes | None = None


class Inspected(Loans):
    """Loans with what was found when they came back."""

    parts = PartsTable(damages, subject="loan_id", entry="entry_id")

    def content(self, row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        found = [
            {"place": part["place"], "words": None if part["digest"] is None else part["digest"].hex()} for part in parts
        ]
        return {**entry_content(row), "found": found}


@pytest_asyncio.fixture(autouse=True, scope="module")
async def table(db: Database) -> AsyncIterator[None]:
    owner = Database(as_owner(db.url))
    async with owner.engine.begin() as connection:  # as a revision: it refers to the history
        await connection.run_sync(damages.create)
        await connection.execute(text(f"ALTER TABLE damages OWNER TO {ROLE}"))
    await owner.close()
    yield
    async with db.engine.begin() as connection:
        await connection.run_sync(damages.drop)


async def inspected(works: WorkFactory[Work], store: type[HistoryStore[Loan]] = Inspected) -> UUID:
    async with works(SYSTEM) as work:
        act = Act(at=work.now, recorded_at=work.now, by="system:test")
        loan = work.store(store).add(Loan.lend(new_id(), act))
    async with works(SYSTEM) as work:
        loan, act = await load_for_command(work, store, loan.id, Command())
        box = await work.vault.open_for([loan.note_key])
        words = seal_text(box, loan.note_key, ("damages.words", "damages.salt"), "屏幕裂了")
        loan.prolong(act, 1)
        loan._attach([Damage("screen", words.text, words.salt, words.digest), Damage("back")])
    return loan.id


async def test_parts_are_kept_and_hashed_with_their_entry(works: WorkFactory[Work]) -> None:
    loan_id = await inspected(works)
    async with works(SYSTEM) as work:
        kept = await Inspected.parts.load(work, loan_id)
        (entry,) = kept
        assert [part["place"] for part in kept[entry]] == ["screen", "back"]
        verdict = await verify_history(work, Inspected, loan_id)
        assert (verdict.rows, verdict.words, verdict.broken) == (2, 1, None)


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ("UPDATE damages SET place = 'case' WHERE loan_id = :id AND place = 'back'", "row-changed"),
        ("DELETE FROM damages WHERE loan_id = :id AND place = 'back'", "row-changed"),
        ("UPDATE damages SET words = NULL WHERE loan_id = :id AND place = 'screen'", "words-changed"),
        ("UPDATE damages SET salt = words WHERE loan_id = :id AND place = 'screen'", "words-changed"),
    ],
)
async def test_a_forged_part_is_found(works: WorkFactory[Work], db: Database, forgery: str, reason: str) -> None:
    loan_id = await inspected(works)
    async with db.engine.begin() as connection:
        await connection.execute(text(forgery), {"id": loan_id})
    async with works(SYSTEM) as work:
        broken = (await verify_history(work, Inspected, loan_id)).broken
    assert broken is not None and (broken.seq, broken.reason) == (2, reason)


async def test_parts_that_nobody_keeps_or_hashes_are_refused(works: WorkFactory[Work]) -> None:
    with pytest.raises(TypeError, match="Loans does not say where the parts of an entry are kept"):
        await inspected(works, Loans)

    class Unhashed(Loans):
        parts = PartsTable(damages, subject="loan_id", entry="entry_id")

    with pytest.raises(TypeError, match="Unhashed has to say what is hashed"):
        await inspected(works, Unhashed)
