"""The demonstration before it is played: invented days, and who is needed for which way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from rapport_cli.client import Api
from rapport_cli.demo.acts import CLERK, MANAGER, QUALITY, People, moments
from rapport_cli.demo.days import Days, invent
from rapport_cli.demo.money import RECOVERIES
from rapport_cli.demo.ways import WAYS

END = datetime(2026, 11, 27, 10, tzinfo=UTC)


def days(count: int, seed: int = 7) -> Days:
    return invent(100, days=count, end=END, seed=seed, source="demo")


def test_the_same_seed_invents_the_same_days_and_another_one_others() -> None:
    assert days(3) == days(3)
    assert days(3).events != days(3, seed=8).events


def test_the_days_before_have_fewer_calls_than_the_last_and_nothing_comes_after_the_end() -> None:
    invented = days(3)
    began = {event["call_id"]: event["occurred_at"] for event in invented.events if event["type"] == "started"}
    of_day = Counter(moment[:10] for moment in began.values())
    assert sorted(of_day) == ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"][-len(of_day) :]
    last = max(of_day)
    assert len(of_day) >= 3 and all(of_day[day] < of_day[last] for day in of_day if day != last)
    whole = [event["occurred_at"] for event in invented.events if event["occurred_at"] != "yesterday"]
    assert invented.begin.isoformat()[:19] <= min(whole)[:19]
    assert max(whole)[:19] <= END.isoformat()[:19]


def test_the_same_people_call_on_each_day() -> None:
    callers: dict[str, set[str]] = {}
    for event in days(3).events:
        for identifier in event.get("identifiers", []):
            if identifier["value"] != "anonymous":
                callers.setdefault(event["call_id"].split("-")[1], set()).add(identifier["value"])
    first, *others = callers.values()
    assert len(callers) == 3 and all(first & other for other in others)


@pytest.mark.parametrize("alone", [True, False])
def test_one_person_alone_neither_approves_nor_judges_what_they_did(alone: bool) -> None:
    with Api("token", "http://127.0.0.1:1") as api:
        people = People(dict.fromkeys((CLERK, MANAGER, QUALITY), api), alone=alone)
        ways = {name for name, way in WAYS.items() if people.can(way.acts)}
        recoveries = {name for name, case in RECOVERIES.items() if people.can(case.acts)}
    twos = {"not upheld, appeal upheld", "costly, approved", "major for a while"}
    assert ("closed" in ways, "paid" in recoveries) == (True, True)
    assert (twos <= ways, "not approved" in recoveries) == (not alone, not alone)
    assert alone or (ways, recoveries) == (set(WAYS), set(RECOVERIES))


def test_what_happens_is_spread_over_the_time_in_order_and_is_over_before_now() -> None:
    now = datetime.now(UTC)
    since, *others = [datetime.fromisoformat(each) for each in moments(now - timedelta(days=4), 3, wait=timedelta(days=1))]
    assert since == now - timedelta(days=4)
    assert others == sorted(others) and others[0] == now - timedelta(days=3) and others[-1] < now
