"""Field encryption: opens for the right person and place only, and never again after erasure."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rapport_chassis import vault
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.keys import KeyRing, Keys, KeysUnusable
from rapport_chassis.vault import Damaged, Erased, Transport
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from sqlalchemy import text

PHONE = "contacts.phone"
NUMBER = "+8613800138000"


async def seal(factory: Any, actor: Actor, subject: UUID, value: str = NUMBER, place: str = PHONE) -> bytes:
    async with factory(actor) as work:
        box = await work.vault.open_for([subject])
        return box.seal(subject, place, value)


async def read(factory: Any, actor: Actor, subject: UUID, sealed: bytes, place: str = PHONE) -> str | None:
    async with factory(actor) as work:
        box = await work.vault.open_for([subject], create=False)
        return box.read(subject, place, sealed)


async def test_what_is_sealed_can_be_read_and_is_small(factory: Any, actor: Actor) -> None:
    subject = new_id()
    sealed = await seal(factory, actor, subject)
    assert await read(factory, actor, subject, sealed) == NUMBER
    assert NUMBER.encode() not in sealed
    assert len(sealed) == len(NUMBER) + 33
    assert await seal(factory, actor, subject) != sealed


async def test_a_value_moved_to_another_place_or_person_does_not_open(factory: Any, actor: Actor) -> None:
    one, other = new_id(), new_id()
    sealed = await seal(factory, actor, one)
    await seal(factory, actor, other)
    for subject, place, value in (
        (one, "contacts.email", sealed),
        (other, PHONE, sealed),
        (one, PHONE, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (one, PHONE, b"\x02" + sealed[1:]),
        (one, PHONE, b""),
        (new_id(), PHONE, sealed),
    ):
        with pytest.raises(Damaged):
            await read(factory, actor, subject, value, place)


async def test_erasing_makes_the_ciphertext_unreadable_for_ever(factory: Any, actor: Actor, db: Database) -> None:
    subject, other = new_id(), new_id()
    sealed, kept = await seal(factory, actor, subject), await seal(factory, actor, other)
    async with factory(actor) as work:
        assert await work.vault.erase([subject, new_id()]) == 1
    assert await read(factory, actor, subject, sealed) is None
    assert await read(factory, actor, other, kept) == NUMBER
    with pytest.raises(Erased):
        await seal(factory, actor, subject)
    async with db.engine.connect() as connection:
        row = (
            await connection.execute(text("SELECT wrapped, destroyed_at FROM data_keys WHERE subject = :s"), {"s": subject})
        ).one()
    assert row.wrapped is None
    assert row.destroyed_at is not None


async def test_a_person_erased_before_he_had_a_key_gets_none(factory: Any, actor: Actor) -> None:
    subject = new_id()
    async with factory(actor) as work:
        await work.vault.erase([subject])
    with pytest.raises(Erased):
        await seal(factory, actor, subject)


async def test_many_subjects_are_opened_in_one_statement_and_made_in_one_more(
    factory: Any, actor: Actor, statements: Any
) -> None:
    subjects = [new_id() for _ in range(500)]
    with statements() as sent:
        async with factory(actor) as work:
            box = await work.vault.open_for(subjects)
    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "SELECT", "INSERT", "COMMIT"]
    sealed = {subject: box.seal(subject, PHONE, str(subject)) for subject in subjects}
    with statements() as sent:
        async with factory(actor) as work:
            box = await work.vault.open_for(subjects)
            assert all(box.read(subject, PHONE, value) == str(subject) for subject, value in sealed.items())
    assert [statement.split()[0] for statement in sent] == ["BEGIN", "SELECT", "SELECT", "COMMIT"]


async def test_two_works_that_make_a_key_at_once_agree_on_it(factory: Any, actor: Actor) -> None:
    subject = new_id()
    async with factory(actor) as one:
        await one.vault.open_for([new_id()])
        async with factory(actor) as two:
            theirs = (await two.vault.open_for([subject])).seal(subject, PHONE, "two")
        ours = (await one.vault.open_for([subject])).seal(subject, PHONE, "one")
    assert await read(factory, actor, subject, theirs) == "two"
    assert await read(factory, actor, subject, ours) == "one"


async def test_a_wrong_master_key_is_a_clear_failure(factory: Any, actor: Actor, db: Database, keys: Keys) -> None:
    subject = new_id()
    await seal(factory, actor, subject)
    wrong = Keys(KeyRing("master", {1: os.urandom(32)}), keys.index)
    with pytest.raises(KeysUnusable, match="does not open the data keys"):
        async with WorkFactory(db, Work, source="test", keys=wrong)(actor) as work:
            await work.vault.open_for([subject])
    with pytest.raises(KeysUnusable, match="started without keys"):
        async with WorkFactory(db, Work, source="test")(actor) as work:
            await work.vault.open_for([subject])


async def test_the_start_check_tells_the_right_keys_from_wrong_ones(
    factory: Any, actor: Actor, db: Database, keys: Keys
) -> None:
    for _ in range(2):
        async with db.engine.begin() as connection:
            await vault.check(connection, keys)
    wrong = Keys(KeyRing("master", {1: os.urandom(32)}), keys.index)
    with pytest.raises(KeysUnusable):
        async with db.engine.begin() as connection:
            await vault.check(connection, wrong)


async def test_rotating_the_master_key_rewraps_online_and_the_old_one_can_go(
    factory: Any, actor: Actor, db: Database, keys: Keys
) -> None:
    subjects = [new_id() for _ in range(7)]
    sealed = {subject: await seal(factory, actor, subject) for subject in subjects}
    fresh = os.urandom(32)
    both = Keys(KeyRing("master", {**keys.master.versions, 2: fresh}), keys.index)
    done = 0
    while True:
        async with db.engine.begin() as connection:
            step = await vault.rewrap(connection, both, limit=3)
        done += step
        if not step:
            break
    assert done >= 7
    only_new = WorkFactory(db, Work, source="test", keys=Keys(KeyRing("master", {2: fresh}), keys.index))
    for subject, value in sealed.items():
        assert await read(only_new, actor, subject, value) == NUMBER
    with pytest.raises(KeysUnusable, match="version 2 of the master key is missing"):
        await read(factory, actor, subjects[0], sealed[subjects[0]])
    async with db.engine.begin() as connection:  # back to the first key for the other tests
        await vault.rewrap(connection, Keys(KeyRing("master", {2: fresh, 3: keys.master.get(1)}), keys.index), limit=10_000)
        await connection.execute(text("UPDATE data_keys SET master_version = 1 WHERE master_version = 3"))


async def test_the_blind_index_finds_equal_values_and_tells_kinds_apart(factory: Any, actor: Actor, keys: Keys) -> None:
    async with factory(actor) as work:
        index = work.vault.index
        assert index("phone", NUMBER) == index("phone", NUMBER)
        assert (
            len({index("phone", NUMBER), index("email", NUMBER), index("phone", NUMBER + "1"), index("phon", "e" + NUMBER)})
            == 4
        )
        assert len(index("phone", NUMBER)) == 17
    rotated = Keys(keys.master, KeyRing("index", {**keys.index.versions, 2: os.urandom(32)}))
    async with WorkFactory(factory.database, Work, source="test", keys=rotated)(actor) as work:
        found = work.vault.indexes("phone", NUMBER)
    assert found[1] == index("phone", NUMBER)
    assert [value[0] for value in found] == [2, 1]


def test_transport_opens_what_it_sealed_for_that_context_only(keys: Keys) -> None:
    transport = Transport(keys)
    sealed = transport.seal(NUMBER, "topic:1")
    assert transport.open(sealed, "topic:1") == NUMBER
    for broken, context in (
        (sealed, "topic:2"),
        (sealed[:-4] + "AAAA", "topic:1"),
        ("no base64 !", "topic:1"),
        ("", "topic:1"),
    ):
        with pytest.raises(Invalid):
            transport.open(broken, context)
    with pytest.raises(KeysUnusable):
        Transport(Keys(keys.master, keys.index))


def test_key_files_are_private_made_once_and_refused_when_malformed(tmp_path: Path) -> None:
    made = Keys.create(tmp_path)
    assert Keys.create(tmp_path).master.versions == made.master.versions
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert "versions" not in repr(made)
    good = b64encode(os.urandom(32)).decode()
    for text_ in ("", "1 short", f"0 {good}", f"256 {good}", f"one {good}", f"1 {good}\n1 {good}", "1 " + "!" * 44):
        (tmp_path / "master.key").write_text(text_)
        with pytest.raises(KeysUnusable):
            Keys.load(tmp_path)
    (tmp_path / "master.key").unlink()
    with pytest.raises(KeysUnusable, match=r"master\.key cannot be read"):
        Keys.load(tmp_path)
