"""Timers that failed for good, as an operator meets them: listed, released to the worker that fires them, dropped."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

RAPPORT = Path(sys.executable).with_name("rapport")
REVIEW = "invitation.review"
OVERDUE = "follow-up.overdue"


@pytest.fixture
def rapport(product: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(RAPPORT), "timers", *arguments]
        return subprocess.run(
            command, env=product.environment, capture_output=True, text=True, timeout=60, check=False, cwd=product.home
        )

    return run


def planted(product: Any, *timers: tuple[str, str]) -> None:
    """Timers in the database of Satisfaction that are not tried any more."""

    async def plant() -> None:
        connection = await asyncpg.connect(product.running["databases"]["satisfaction"])
        try:
            await connection.executemany(
                """INSERT INTO timers (kind, key, due, next_try, attempts, failure, parked_at)
                   VALUES ($1, $2, now(), now(), 5, 'KeyError', now())""",
                timers,
            )
        finally:
            await connection.close()

    asyncio.run(plant())


def test_they_are_listed_fired_again_and_dropped(
    product: Any, rapport: Callable[..., subprocess.CompletedProcess[str]], wait_for: Callable[..., Any]
) -> None:
    review, overdue, broken = f"{REVIEW}/{uuid4()}", f"{OVERDUE}/{uuid4()}", f"{OVERDUE}/no-id"
    planted(product, *(tuple(timer.split("/")) for timer in (review, overdue, broken)), ("nobody.knows", "it"))

    def left() -> dict[str, str]:
        found = json.loads(rapport("list", "--service", "satisfaction", "--json").stdout)
        return {one["timer"].removeprefix("satisfaction/"): one["failure"] for one in found}

    assert left() == dict.fromkeys((review, overdue, broken, "nobody.knows/it"), "KeyError")
    assert "KeyError" in rapport("list").stdout
    for timer in (review, overdue, broken):  # two find nothing to do; the key of the third is no id, so it fails again
        assert rapport("release", f"satisfaction/{timer}").stdout == "Released 1.\n"
    wait_for(lambda: left() == {broken: "ValueError", "nobody.knows/it": "KeyError"}, within=120)  # five tries
    for which in ("satisfaction/nobody.knows", f"satisfaction/{OVERDUE}"):
        assert rapport("drop", which, "--why", "of an older version").stdout == "Dropped 1.\n"
    assert left() == {}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("release", "satisfaction/never.set"), 1, "There is no such thing, or not for this caller. (404 not-found)"),
        (("release", "satisfaction"), 2, "SERVICE/KIND"),
        (("release", "billing/clock.look"), 2, "no service 'billing'"),
        (("list", "--service", "billing"), 2, "no service 'billing'"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    rapport: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = rapport(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr and "There is no such thing: There" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
