"""What is shipped comes into the database once for each edition, and never over what somebody put."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel, ValidationError
from rapport_chassis import shipped
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.shipped import Shipped, ShippedFile, versions
from rapport_chassis.telling import Untold
from rapport_chassis.versions import SHIPPED_SINCE, VersionedKind, versions_table
from rapport_chassis.work import Work, WorkFactory
from sqlalchemy import MetaData, text

metadata = MetaData()
limits = versions_table("shipped_limits", metadata, "Limits")
CLERK = Actor("person", "clerk-1")
followed: list[tuple[str, int]] = []


class Limit(BaseModel, extra="forbid", strict=True):
    most: int
    name: str | None = None


LIMITS = VersionedKind(limits, Limit, "limit", tells=Untold("Nobody asks."))


class LimitsWork(Work):
    limits = cached_property(LIMITS)


async def follow(_: LimitsWork, code: str, version: int) -> None:
    followed.append((code, version))


@pytest_asyncio.fixture
async def works(db: Database) -> AsyncIterator[WorkFactory[LimitsWork]]:
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield WorkFactory(db, LimitsWork, source="test")
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text("TRUNCATE shipped"))


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shipped[LimitsWork]]:
    """`product(low={"most": 1})`: the files of one version of the product."""
    monkeypatch.syspath_prepend(tmp_path)
    followed.clear()

    def made(**entries: Any) -> Shipped[LimitsWork]:
        package = f"shipped_{abs(hash(json.dumps(entries)))}"
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "limits.json").write_text(json.dumps(entries))
        return Shipped(package, LimitsWork, [versions("limits", lambda work: work.limits, then=follow)])

    return made


async def kept(works: WorkFactory[LimitsWork]) -> list[tuple[Any, ...]]:
    async with works(CLERK) as work:
        return [(each.code, each.version, each.body.most, each.by) for each in await work.limits.all()]


async def put(works: WorkFactory[LimitsWork], code: str, most: int, since: datetime) -> None:
    async with works(CLERK) as work:
        await work.limits.add(code, Limit(most=most), since)


async def test_the_first_load_is_in_force_since_ever_and_the_second_costs_one_statement(
    works: WorkFactory[LimitsWork], product: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    made = product(low={"most": 1}, high={"most": 9, "name": "x"})
    assert await made.load(works)
    assert await kept(works) == [("high", 1, 9, "system:shipped"), ("low", 1, 1, "system:shipped")]
    async with works(CLERK) as work:
        first = (await work.limits.of("low"))[0]
        assert (first.effective_from, first.body.name) == (SHIPPED_SINCE, None)
        stored = (await work.connection.execute(text("SELECT body FROM shipped_limits WHERE code = 'low'"))).scalar_one()
        assert stored == {"most": 1, "name": None}
    with statements() as sent:
        assert not await made.load(works)
    assert [line for line in sent if line not in ("BEGIN", "COMMIT", "SELECT now()")] == [
        "SELECT 1 FROM shipped WHERE edition = $1"
    ]
    assert followed == []


async def test_a_changed_entry_is_the_next_version_from_now_on(
    works: WorkFactory[LimitsWork], product: Callable[..., Any]
) -> None:
    await product(low={"most": 1}, high={"most": 9}).load(works)
    await product(low={"most": 2}, high={"most": 9}, new={"most": 5}).load(works)
    assert [row[:3] for row in await kept(works)] == [("high", 1, 9), ("low", 1, 1), ("low", 2, 2), ("new", 1, 5)]
    async with works(CLERK) as work:
        now = work.now
        assert now - timedelta(minutes=1) < (await work.limits.of("low"))[1].effective_from <= now
    assert followed == [("low", 2)]


@pytest.mark.parametrize("since", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)])
async def test_what_somebody_put_is_not_touched_also_when_it_is_not_in_force_yet(
    works: WorkFactory[LimitsWork], product: Callable[..., Any], since: datetime
) -> None:
    await product(low={"most": 1}).load(works)
    await put(works, "low", 7, since)
    await put(works, "own", 8, since)
    before = await kept(works)
    assert await product(low={"most": 2}, own={"most": 3}).load(works)
    assert await kept(works) == before
    assert followed == []


async def test_an_edition_of_before_that_starts_again_changes_nothing(
    works: WorkFactory[LimitsWork], product: Callable[..., Any]
) -> None:
    before, after = product(low={"most": 1}), product(low={"most": 2})
    assert [await each.load(works) for each in (before, after, before, after)] == [True, True, False, False]
    assert [row[2] for row in await kept(works)] == [1, 2]


async def test_replicas_that_start_together_load_once(works: WorkFactory[LimitsWork], product: Callable[..., Any]) -> None:
    made = product(low={"most": 1}, high={"most": 9})
    assert sorted(await asyncio.gather(*(made.load(works) for _ in range(5)))) == [False, False, False, False, True]
    assert len(await kept(works)) == 2


async def test_somebody_who_puts_at_the_same_time_waits_or_is_waited_for(
    works: WorkFactory[LimitsWork], product: Callable[..., Any]
) -> None:
    await product(low={"most": 1}).load(works)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    await asyncio.gather(product(low={"most": 2}).load(works), *(put(works, "low", most, now) for most in range(10, 14)))
    assert [row[1] for row in await kept(works)] in ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6])


async def test_an_entry_that_is_none_loads_nothing_at_all(
    works: WorkFactory[LimitsWork], product: Callable[..., Any]
) -> None:
    with pytest.raises(ValidationError):
        await product(low={"most": 1}, wrong={"least": 1}).load(works)
    assert await kept(works) == []


async def test_a_file_that_fails_leaves_those_before_it_unloaded(
    works: WorkFactory[LimitsWork], product: Callable[..., Any]
) -> None:
    made = product(low={"most": 1})

    async def fail(work: LimitsWork, entries: shipped.Entries) -> None:
        raise ValueError(sorted(entries))

    with pytest.raises(ValueError, match="low"):
        await Shipped(made.package, LimitsWork, [*made.files, ShippedFile("limits", fail)]).load(works)
    assert await kept(works) == []
    assert await made.load(works)
