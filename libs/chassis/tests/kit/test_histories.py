"""One history for all: sealed with the aggregate, checked by timers, and every forged row is found."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from kit_loan_store import Loans, loans
from kit_loans import Condition, Loan, LoanMissed
from rapport_chassis.actor import Actor
from rapport_chassis.chains import Chains
from rapport_chassis.commands import Command, act_of, load_for_command, system_act
from rapport_chassis.database import Database
from rapport_chassis.histories import HistoryFilters, HistoryStore, find_history, history, history_heads, settling
from rapport_chassis.lists import Paging
from rapport_chassis.timers import Timer
from rapport_chassis.verifying import Verdict, verify_history
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Invalid, VersionConflict
from rapport_kernel.history import Act, HistoryEntry, entry_content
from rapport_kernel.ids import new_id
from rapport_testing.databases import as_owner
from rapport_testing.waiting import eventually
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

SYSTEM = Actor.system("test")
GUARDED = ("history", "history_heads", "audit")
SECOND_IS_THE_HEAD = """
    UPDATE history_heads h SET seq = 2, hash = r.hash FROM history r
    WHERE h.subject = :id AND r.subject_id = h.subject AND r.seq = 2
"""
OTHER_HASH_IN_THE_AUDIT = """
    UPDATE audit SET detail = jsonb_set(detail, '{hash}', '"00"') WHERE subject = 'loan:' || :text AND action = 'loan.lend'
"""


def act(work: Work) -> Act:
    return Act(at=work.now, recorded_at=work.now, by=str(work.actor))


async def lent(works: WorkFactory[Work], *, moves: int = 0, note: str | None = None) -> UUID:
    """A loan with a history of 1 + `moves` rows, the last with a note."""
    async with works(Actor("person", "agent-7", level=2)) as work:
        loan = work.store(Loans).add(Loan.lend(new_id(), act(work)))
    for number in range(moves):
        async with works(Actor("person", "agent-7", level=2)) as work:
            command = Command(reason="asked", note=note if number == moves - 1 else None)
            found, made = await load_for_command(work, Loans, loan.id, command)
            found.prolong(made, 1)
    return loan.id


async def verdict(works: WorkFactory[Work], loan_id: UUID) -> Verdict:
    async with works(SYSTEM) as work:
        return await verify_history(work, Loans, loan_id)


async def forge(db: Database, *statements: str, **values: Any) -> None:
    """As the owner of the tables can, with the guards switched off."""
    owner = Database(as_owner(db.url))
    async with owner.engine.begin() as connection:
        for table in GUARDED:
            await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await connection.execute(text(statement), values)
        for table in GUARDED:
            await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    await owner.close()


async def timers_of(work: Work, loan_id: UUID) -> list[Any]:
    return list(
        (await work.connection.execute(text("SELECT due FROM timers WHERE key = :key"), {"key": str(loan_id)})).scalars()
    )


async def waiting(db: Database) -> bool:
    """Whether somebody waits for a lock."""
    async with db.engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return bool((await connection.execute(query)).scalar_one())


# --- writing


async def test_a_set_is_saved_with_history_audit_and_timers_by_one_statement_each(
    works: WorkFactory[Work], statements: Any
) -> None:
    with statements() as sent:
        async with works(SYSTEM) as work:
            work.store(Loans).add_many([Loan.lend(new_id(), act(work)) for _ in range(3)])
    words = [each.split("(", maxsplit=1)[0].split(" AS", maxsplit=1)[0] for each in sent]
    assert [" ".join(each.split()[:3]) for each in words] == [
        "BEGIN",
        "SELECT now",
        "INSERT INTO loans",
        "WITH RECURSIVE given",
        "INSERT INTO timers",
        "INSERT INTO audit",
        "COMMIT",
    ]


async def test_a_command_goes_into_history_audit_and_outbox(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works, moves=1, note="客户来电")
    async with works(SYSTEM) as work:
        page = await find_history(work, loan_id, HistoryFilters(), Paging())
        assert [(each.move, each.source, each.target) for each in page.items] == [
            ("lend", "", "lent"),
            ("prolong", "lent", "lent"),
        ]
        assert (page.items[1].actor, page.items[1].reason, page.items[1].detail) == ("person:agent-7", "asked", {"days": 1})
        assert page.items[1].note is not None and "客户".encode() not in page.items[1].note
        query = text("SELECT action, reason, detail FROM audit WHERE subject = :s ORDER BY seq")
        audited = (await work.connection.execute(query, {"s": f"loan:{loan_id}"})).all()
        assert [row.action for row in audited] == ["loan.lend", "loan.prolong"]
        hashes = await work.connection.execute(
            select(history.c.hash).where(history.c.subject_id == loan_id).order_by(history.c.seq)
        )
        assert [row.detail["hash"] for row in audited] == [each.hex() for each in hashes.scalars()]
        kinds = (await work.connection.execute(select(history.c.kind).where(history.c.subject_id == loan_id))).scalars()
        assert set(kinds) == {"loan"}


async def test_entries_of_what_a_statement_has_saved_are_logged_without_a_new_version(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)
    async with works(SYSTEM) as work:
        loan = await work.store(Loans).get(loan_id, for_update=True)
        entry = HistoryEntry("inspect", loan.state, loan.state, act(work), {"parts": 2})
        await work.store(Loans).log([(loan_id, entry)])
    async with works(SYSTEM) as work:
        assert (await work.store(Loans).get(loan_id)).version == loan.version
        page = await find_history(work, loan_id, HistoryFilters(), Paging())
        assert [(each.move, each.detail) for each in page.items][-1] == ("inspect", {"parts": 2})
    found = await verdict(works, loan_id)
    assert (found.broken, found.rows, found.audited) == (None, 2, 2)


async def test_what_only_goes_into_the_history_is_a_new_version(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)
    async with works(SYSTEM) as work:
        loan = await work.store(Loans).get(loan_id, for_update=True)
        loan._log_system("looked-at", system_act(work, loan, "test"))
        await work.flush()
        assert loan.version == 2


async def test_what_is_undone_leaves_no_row_and_the_chain_whole(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)
    async with works(SYSTEM) as work:

        async def fails() -> None:
            async with work.savepoint():
                loan, made = await load_for_command(work, Loans, loan_id, Command())
                loan.prolong(made, 1)
                await work.flush()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fails()
        loan, made = await load_for_command(work, Loans, loan_id, Command())
        loan.prolong(made, 2)
    found = await verdict(works, loan_id)
    assert (found.rows, found.broken) == (2, None)


async def test_of_two_commands_at_once_one_follows_the_other(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)

    async def prolong(days: int, expected: int | None = None) -> None:
        async with works(SYSTEM, expected_version=expected) as work:
            loan, made = await load_for_command(work, Loans, loan_id, Command())
            await asyncio.sleep(0)
            loan.prolong(made, days)

    await asyncio.gather(*(prolong(days) for days in range(1, 5)))
    found = await verdict(works, loan_id)
    assert (found.rows, found.audited, found.broken) == (5, 5, None)
    outcome = await asyncio.gather(prolong(1, 5), prolong(1, 5), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcome) == ["NoneType", "VersionConflict"]
    assert (await verdict(works, loan_id)).rows == 6


async def test_of_two_who_add_rows_without_the_lock_the_database_refuses_one(works: WorkFactory[Work], db: Database) -> None:
    loan_id = await lent(works)

    async def append(work: Work) -> None:
        row = work.store(Loans)._row(loan_id, HistoryEntry("looked-at", "", "", act(work)))
        await Chains(work, history, history_heads, "subject_id").append([row], [entry_content(row)])

    async def second() -> None:
        async with works(SYSTEM) as work:
            await append(work)

    async with works(SYSTEM) as first:
        await append(first)
        other = asyncio.create_task(second())
        await eventually(lambda: waiting(db))
    with pytest.raises(DBAPIError):
        await other
    found = await verdict(works, loan_id)
    assert (found.rows, found.broken) == (2, None)


# --- time


async def test_a_timer_is_set_moved_and_cancelled_with_the_next_check(works: WorkFactory[Work], statements: Any) -> None:
    loan_id = await lent(works, moves=1)
    async with works(SYSTEM) as work:
        loan = await work.store(Loans).get(loan_id, for_update=True)
        assert await timers_of(work, loan_id) == [loan.due_at]
        loan.take_back(await act_of(work, loan, Command()), Condition.GOOD)
    async with works(SYSTEM) as work:
        assert await timers_of(work, loan_id) == []
        loan = await work.store(Loans).get(loan_id, for_update=True)
        loan._log_system("looked-at", system_act(work, loan, "test"))
        with statements() as sent:
            await work.flush()
        assert not [each for each in sent if "timers" in each]  # none is cancelled where none was set


async def test_what_becomes_true_with_time_is_recorded_once_at_its_own_time(works: WorkFactory[Work], db: Database) -> None:
    late, early = await lent(works), await lent(works)
    async with db.engine.begin() as connection:
        await connection.execute(loans.update().where(loans.c.id == late).values(due_at=text("now() - interval '3 days'")))
    handler = settling(Loans).handler
    for _ in range(2):
        async with works(SYSTEM) as work:
            timers = [Timer("loan.due", str(each), work.now) for each in (late, early, new_id())]
            await work.connection.execute(text("DELETE FROM timers"))
            await handler(work, timers)
            await work.flush()
            loan = await work.store(Loans).get(late)
            assert loan.missed_at == loan.due_at < work.now - timedelta(days=2)
            assert await timers_of(work, late) == []
            assert await timers_of(work, early) == [(await work.store(Loans).get(early)).due_at]
    async with db.engine.connect() as connection:
        query = text("SELECT type, count(*) AS n FROM outbox WHERE aggregateid = :id GROUP BY type")
        facts = {row.type: row.n for row in await connection.execute(query, {"id": late})}
    assert facts == {LoanMissed.event_type: 1}


def test_what_is_never_checked_has_no_handler() -> None:
    class Unchecked(HistoryStore[Loan]):
        table = loans
        kind = Loan
        name = "loan"

    with pytest.raises(TypeError, match="Unchecked has no check_timer"):
        settling(Unchecked)


# --- circumstances


async def test_a_time_that_cannot_be_is_refused(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)
    async with works(SYSTEM) as work:
        for at, code in (
            (work.now + timedelta(seconds=1), "in-the-future"),
            (work.now - timedelta(days=1), "before-history"),
        ):
            with pytest.raises(Invalid, match=code):
                await load_for_command(work, Loans, loan_id, Command(at=at))
        assert (await load_for_command(work, Loans, loan_id, Command(at=work.now)))[1].at == work.now


async def test_a_command_on_another_version_is_refused(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works)
    with pytest.raises(VersionConflict):
        async with works(SYSTEM, expected_version=7) as work:
            await load_for_command(work, Loans, loan_id, Command())


# --- verifying


async def test_an_honest_history_is_intact(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works, moves=2, note="called")
    found = await verdict(works, loan_id)
    assert (found.rows, found.words, found.unchecked, found.audited, found.broken) == (3, 1, 0, 3, None)
    assert found.head is not None and found.head.seq == 3
    async with works(SYSTEM) as work:
        actions = select(text("action")).select_from(text("audit")).where(text("subject = :s"))
        done = (await work.connection.execute(actions, {"s": f"loan:{loan_id}"})).scalars().all()
    assert "loan.history-verify" in done


@pytest.mark.parametrize(
    ("forgery", "expected"),
    [
        ("UPDATE history SET actor = 'person:other' WHERE subject_id = :id AND seq = 2", (2, "row-changed")),
        ("UPDATE history SET detail = '{\"days\": 9}' WHERE subject_id = :id AND seq = 1", (1, "row-changed")),
        ("UPDATE history SET detail = '{\"days\": 1.5}' WHERE subject_id = :id AND seq = 1", (1, "row-changed")),
        ("UPDATE history SET kind = 'debt' WHERE subject_id = :id AND seq = 3", (3, "row-changed")),
        ("UPDATE history SET at = at - interval '1 second' WHERE subject_id = :id AND seq = 2", (2, "row-changed")),
        ("DELETE FROM history WHERE subject_id = :id AND seq = 2", (2, "row-missing")),
        ("DELETE FROM history WHERE subject_id = :id AND seq = 3", (3, "rows-missing-at-the-end")),
        ("DELETE FROM history WHERE subject_id = :id", (1, "rows-missing-at-the-end")),
        ("UPDATE history_heads SET seq = 2 WHERE subject = :id", (3, "rows-beyond-the-end")),
        ("DELETE FROM history_heads WHERE subject = :id", (3, "rows-beyond-the-end")),
        ("UPDATE history_heads SET hash = '\\x00' WHERE subject = :id", (3, "row-changed")),
        ("UPDATE history SET note = NULL WHERE subject_id = :id AND seq = 3", (3, "words-changed")),
        ("UPDATE history SET salt = NULL WHERE subject_id = :id AND seq = 3", (3, "words-changed")),
        ("UPDATE history SET note = '\\x0101' WHERE subject_id = :id AND seq = 3", (3, "words-changed")),
        ("UPDATE history SET note = salt, salt = note WHERE subject_id = :id AND seq = 3", (3, "words-changed")),
        ("UPDATE history SET digest = NULL WHERE subject_id = :id AND seq = 3", (3, "row-changed")),
        (OTHER_HASH_IN_THE_AUDIT, (1, "differs-from-audit")),
    ],
)
async def test_every_kind_of_forged_row_is_found(
    works: WorkFactory[Work], db: Database, forgery: str, expected: tuple[int, str]
) -> None:
    loan_id = await lent(works, moves=2, note="called")
    values: dict[str, Any] = {"text": str(loan_id)} if ":text" in forgery else {"id": loan_id}
    await forge(db, forgery, **values)
    broken = (await verdict(works, loan_id)).broken
    assert broken is not None and (broken.seq, broken.reason) == expected


async def test_the_last_row_cut_off_with_its_head_is_missed_by_the_audit(works: WorkFactory[Work], db: Database) -> None:
    loan_id = await lent(works, moves=2)
    await forge(
        db,
        "DELETE FROM history WHERE subject_id = :id AND seq = 3",
        SECOND_IS_THE_HEAD,
        id=loan_id,
    )
    broken = (await verdict(works, loan_id)).broken
    assert broken is not None and (broken.seq, broken.reason) == (3, "rows-missing-at-the-end")


async def test_rows_of_another_history_do_not_fit(works: WorkFactory[Work], db: Database) -> None:
    one, other = await lent(works, moves=1), await lent(works, moves=1)
    await forge(
        db,
        "DELETE FROM history WHERE subject_id = :id",
        "UPDATE history SET subject_id = :id WHERE subject_id = :other",
        SECOND_IS_THE_HEAD,
        id=one,
        other=other,
    )
    broken = (await verdict(works, one)).broken
    assert broken is not None and (broken.seq, broken.reason) == (1, "row-changed")


async def test_a_history_holds_after_its_words_were_erased(works: WorkFactory[Work]) -> None:
    loan_id = await lent(works, moves=1, note="called")
    async with works(SYSTEM) as work:
        await work.vault.erase([(await work.store(Loans).get(loan_id)).note_key])
    found = await verdict(works, loan_id)
    assert (found.words, found.unchecked, found.broken) == (0, 1, None)


async def test_the_database_lets_only_ciphertexts_be_changed(works: WorkFactory[Work], db: Database) -> None:
    loan_id = await lent(works, moves=1, note="called")
    owner = Database(as_owner(db.url))
    for statement in (
        "UPDATE history SET actor = 'x:y'",
        "DELETE FROM history",
        "TRUNCATE history",
        "DELETE FROM history_heads",
    ):
        for refused in (db, owner):
            with pytest.raises(DBAPIError, match="permission denied" if refused is db else "append-only|only ever goes on"):
                async with refused.engine.begin() as connection:
                    await connection.execute(text(statement))
    await owner.close()
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE history SET note = note, salt = salt WHERE subject_id = :id"), {"id": loan_id})


# --- stores of a work


async def test_a_store_is_one_object_until_the_work_turns(works: WorkFactory[Work]) -> None:
    async with works(SYSTEM) as work:
        first = work.store(Loans)
        assert work.store(Loans) is first
        await work.turn(work.cause)
        assert work.store(Loans) is not first
