"""While the index key is rotated nobody becomes two customers, what a person ruled stands, and the old key can go."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_chassis import rekeying
from rapport_chassis.keys import KeyRing, Keys, KeysUnusable
from rapport_chassis.work import WorkFactory
from rapport_kernel.errors import Conflict
from rapport_profiles.customers.usecases import NewCustomer, register_customer
from rapport_profiles.identifiers.store import KEYED as OF_IDENTIFIERS
from rapport_profiles.identity.store import KEYED as OF_CONFLICTS
from rapport_profiles.identity.usecases.decide_conflict import resolve_conflict
from rapport_profiles.work import ProfilesWork
from rapport_testing.waiting import eventually

from .acting import facts, fetch, given, identify, only_conflict, registered, ruling
from .conftest import CLERK

pytestmark = pytest.mark.usefixtures("clean")
NEW = os.urandom(32)
LATER = datetime.now(UTC) + timedelta(days=1)


def under(works: WorkFactory[ProfilesWork], **ring: Any) -> WorkFactory[ProfilesWork]:
    """The service as another process has it, with these versions of the index key."""
    keys = replace(works.keys, index=KeyRing("index", **ring))
    return WorkFactory(works.database, ProfilesWork, source="profiles", keys=keys)


@pytest.fixture
def rotated(works) -> dict[str, WorkFactory[ProfilesWork]]:
    """Processes before, within and after the rotation: `knows` has the new version and does not use it yet."""
    both = {**works.keys.index.versions, 2: NEW}
    return {
        "knows": under(works, versions=both, used_from={2: LATER}),
        "uses": under(works, versions=both),
        "after": under(works, versions={2: NEW}),
    }


async def again(works: WorkFactory[ProfilesWork], keyed: rekeying.Keyed) -> None:
    for _ in range(10):
        async with works(CLERK) as work:
            if not await keyed.again(work, 2):
                return
    raise AssertionError("it does not end")


async def index_versions(works: WorkFactory[ProfilesWork], table: str) -> set[int]:
    return {row["v"] for row in await fetch(works, f"SELECT get_byte(blind_index, 0) AS v FROM {table}")}  # noqa: S608


@pytest.mark.parametrize(("first", "second"), [("knows", "uses"), ("uses", "knows"), ("uses", "after"), ("knows", "knows")])
async def test_two_processes_register_one_number_once(works, rotated, first, second):
    """The second one asks before the first has committed: neither sees the other's row."""
    command = NewCustomer(identifiers=[given("phone", "13800138000")])

    async def other() -> None:
        async with rotated[second](CLERK) as work:
            await register_customer(work, command)

    async with rotated[first](CLERK) as work:
        await register_customer(work, command)
        await work.flush()
        racing = asyncio.create_task(other())
        await eventually(lambda: waits_or_is_done(works, racing))
    with pytest.raises(Conflict, match="identifier-taken"):
        await racing
    assert len(await fetch(works, "SELECT FROM customers")) == 1


async def waits_or_is_done(works: WorkFactory[ProfilesWork], racing: asyncio.Task[None]) -> bool:
    waiting = await fetch(works, "SELECT FROM pg_locks l JOIN pg_stat_activity USING (pid)"
                                 " WHERE NOT granted AND datname = current_database()")  # fmt: skip
    return racing.done() or bool(waiting)


async def test_identifiers_are_found_before_within_and_after_and_nothing_stays_under_the_old_key(works, rotated, presented):
    people = [await registered(works, given("phone", f"1380013800{n}"), given("email", f"a{n}@b.com")) for n in range(3)]
    for process in ("uses", "knows"):
        await identify(rotated[process], presented(("phone", "13800138000"), ("email", f"{process}@b.com")))
    assert await index_versions(works, "identifiers") == {1, 2}
    async with rotated["uses"](CLERK) as work:
        assert [one.rows for one in await rekeying.left(work, work.vault.keys, [OF_IDENTIFIERS])] == [7]
    await again(rotated["uses"], OF_IDENTIFIERS)
    assert await index_versions(works, "identifiers") == {2}
    for number, person in enumerate(people):
        await identify(rotated["after"], presented(("phone", f"1380013800{number}"), ("email", f"a{number}@b.com")))
        assert (await facts(works, "customer.identified"))[-1]["customer_id"] == str(person.id)
    assert len(await fetch(works, "SELECT FROM customers")) == 3


async def test_what_a_person_ruled_stands_while_the_key_is_rotated_and_afterwards(works, rotated, presented):
    await registered(works, given("phone", "13800138000"))
    bert = await registered(works, given("email", "bert@b.com"))
    both = ("phone", "13800138000"), ("email", "bert@b.com")
    await identify(works, presented(*both))
    conflict_id = await only_conflict(works)
    async with rotated["uses"](CLERK) as work:  # decided with identifiers that were kept under the old key
        await resolve_conflict(work, conflict_id, ruling(bert.id, "called-them"))
    for process in ("uses", "knows"):
        await identify(rotated[process], presented(*both))
        assert (await facts(works, "customer.identified"))[-1]["customer_id"] == str(bert.id)
    await again(rotated["uses"], OF_IDENTIFIERS)
    await again(rotated["uses"], OF_CONFLICTS)
    assert await index_versions(works, "conflict_identifiers") == {2}
    await identify(rotated["after"], presented(*both))
    assert (await facts(works, "customer.identified"))[-1]["customer_id"] == str(bert.id)
    assert len(await fetch(works, "SELECT FROM conflicts")) == 1


async def test_an_open_conflict_is_the_same_one_under_the_new_key(works, rotated, presented):
    await registered(works, given("phone", "13800138000"))
    await registered(works, given("email", "bert@b.com"))
    both = ("phone", "13800138000"), ("email", "bert@b.com")
    await identify(works, presented(*both))
    await identify(rotated["uses"], presented(*both))
    assert len(await fetch(works, "SELECT FROM conflicts")) == 1
    assert len(await fetch(works, "SELECT FROM conflict_interactions")) == 2
    await again(rotated["uses"], OF_CONFLICTS)
    assert len(await fetch(works, "SELECT FROM conflict_identifiers")) == 2


async def test_a_service_does_not_start_without_a_version_that_is_in_use(works, rotated):
    await registered(works, given("phone", "13800138000"))
    await registered(rotated["uses"], given("phone", "13800138001"))
    keyed = [OF_IDENTIFIERS, OF_CONFLICTS]
    async with works.database.engine.begin() as connection:
        await rekeying.check(connection, rotated["uses"].keys, keyed)
        for keys, missing in ((rotated["after"].keys, 1), (works.keys, 2)):
            with pytest.raises(KeysUnusable, match=f"version {missing} of the index key is missing"):
                await rekeying.check(connection, keys, keyed)
        without = Keys(KeyRing("master", {9: NEW}), rotated["uses"].keys.index)
        with pytest.raises(KeysUnusable, match="version 1 of the master key is missing"):
            await rekeying.check(connection, without, keyed)
