"""Figures are recounted here from the calls that were pushed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from rapport_contracts.interactions.inbound import CallEvent, RecordedSegment
from rapport_testing.figures import declared, definitions_in

from .calls import INTERACTIONS, NOON, STATS, record, segment, step
from .conftest import Road


def call(call_id: str, contact_type: str | None, *segments: RecordedSegment, **more: Any) -> CallEvent:
    return record(segments, call_id, call_id=call_id, contact_type=contact_type, **more)


async def test_the_figures_can_be_recounted_from_the_calls(person: httpx.AsyncClient, road: Road) -> None:
    """12 answered after 10 s (ana, 60 s), 3 after 30 s handed from ana to ben, 5 abandoned, 1 phantom, 1 open."""
    for number in range(12):
        await road.push(
            [
                record(
                    [segment("queue", 0, 10, queue="q"), segment("agent", 10, 70, agent="ana")],
                    f"a{number}",
                    call_id=f"a{number}",
                    contact_type="regular",
                )
            ]
        )
    for number in range(3):
        parts = [
            segment("queue", 0, 30, queue="q"),
            segment("agent", 30, 60, agent="ana"),
            segment("agent", 60, 90, agent="ben"),
        ]
        await road.push([record(parts, f"t{number}", call_id=f"t{number}", contact_type="stock-trading")])
    for number in range(5):
        await road.push([call(f"h{number}", None, segment("queue", 0, 15, queue="q"), outcome="abandoned")])
    await road.push([call("p", None, segment("ivr", 9, 0), outcome="phantom"), step("started", 0, call_id="open")])
    stats = (await person.get(STATS)).json()
    counts = ("offered", "answered", "abandoned", "phantom", "negative_durations")
    assert {name: stats[name]["value"] for name in counts} == {
        "offered": 20, "answered": 15, "abandoned": 5, "phantom": 1, "negative_durations": 1,
    }  # fmt: skip
    assert stats["average_speed_of_answer"]["value"] == 14
    assert stats["abandon_rate"]["value"] == 25
    assert (stats["service_level"]["value"], stats["service_level"]["n"], stats["service_level"]["denominator"]) == (
        60,
        20,
        "offered",
    )
    assert stats["average_service_time"]["value"] == 60
    assert stats["service_level"]["excluded"] == {"phantom": 1, "open": 1}
    of_answered = (await person.get(STATS, params={"denominator": "answered", "threshold": 30})).json()["service_level"]
    assert (of_answered["value"], of_answered["threshold"], of_answered["n"]) == (100, 30, 15)
    agents = {group["key"]: group for group in (await person.get(STATS, params={"group_by": "agent"})).json()["groups"]}
    assert [(agents[key]["answered"]["value"], agents[key]["handled"]["value"]) for key in ("ana", "ben")] == [
        (15, 15),
        (0, 3),
    ]
    assert agents["ana"]["average_service_time"]["value"] == 54
    assert (agents["ben"]["average_service_time"]["value"], agents["ben"]["average_service_time"]["verdict"]) == (
        None,
        "too_few",
    )
    types = (await person.get(STATS, params={"group_by": "type"})).json()["groups"]
    assert [(group["key"], group["answered"]["value"]) for group in types] == [
        ("regular", 12),
        ("stock-trading", 3),
        (None, 0),
    ]
    days = (await person.get(STATS, params={"group_by": "day", "tz": "Pacific/Kiritimati"})).json()
    assert ([group["key"] for group in days["groups"]], days["tz"]) == (["2026-03-03"], "Pacific/Kiritimati")
    outside = (await person.get(STATS, params={"from": "2026-03-03"})).json()
    assert (outside["offered"]["value"], outside["groups"]) == (0, [])
    assert (await person.get(STATS, params={"from": "9999-12-31", "to": "9999-12-31"})).status_code == 422


KEYS = {
    "half_hour": "2026-03-02T20:00+08:00",
    "hour": "2026-03-02T20:00+08:00",
    "day": "2026-03-02",
    "week": "2026-W10",
    "month": "2026-03",
    "quarter": "2026-Q1",
    "year": "2026",
    "channel": "phone",
    "touchpoint": "hotline",
    "queue": "q",
    "agent": "ana",
    "type": "regular",
}


async def test_groups_have_the_words_and_keys_of_all_services(person: httpx.AsyncClient, road: Road) -> None:
    """The zone is that of the installation, where noon in UTC is eight in the evening."""
    parts = [segment("queue", 0, 10, queue="q"), segment("agent", 10, 70, agent="ana")]
    await road.push([call("one", "regular", *parts, touchpoint="hotline")])
    [contact] = (await person.get(INTERACTIONS)).json()["items"]
    for word, key in {**KEYS, "source": contact["source"]}.items():
        stats = (await person.get(STATS, params={"group_by": word})).json()
        assert [(group["key"], group["answered"]["value"]) for group in stats["groups"]] == [(key, 1)], word
        assert (stats["group_by"], stats["tz"]) == (word, "Asia/Shanghai")
    for name, value in {"touchpoint": "hotline", "source": contact["source"]}.items():
        for asked, n in ((value, 1), ("other", 0)):
            assert (await person.get(STATS, params={name: asked})).json()["offered"]["value"] == n
            assert len((await person.get(INTERACTIONS, params={name: asked})).json()["items"]) == n
    assert (await person.get(STATS, params={"group_by": "decade"})).status_code == 422


async def test_an_hour_that_a_clock_shows_twice_is_two_in_their_order(person: httpx.AsyncClient, road: Road) -> None:
    begin = int((datetime(2025, 10, 26, 0, 10, tzinfo=UTC) - NOON).total_seconds())
    for number in range(3):  # in Berlin at 2:10, 2:10 and 3:10
        part = segment("ivr", begin + number * 3_600, begin + number * 3_600)
        await road.push([call(f"c-{number}", None, part, outcome="phantom", seconds=begin + number * 3_600)])
    hours = (await person.get(STATS, params={"group_by": "hour", "tz": "Europe/Berlin"})).json()["groups"]
    assert [group["key"] for group in hours] == [
        "2025-10-26T02:00+02:00",
        "2025-10-26T02:00+01:00",
        "2025-10-26T03:00+01:00",
    ]


async def test_a_period_is_whole_and_told(person: httpx.AsyncClient, road: Road) -> None:
    await road.push([call("one", "regular", segment("queue", 0, 10, queue="q"), segment("agent", 10, 70, agent="ana"))])
    week = (await person.get(STATS, params={"period": "2026-W10"})).json()
    assert (week["since"], week["until"]) == ("2026-03-01T16:00:00.000000Z", "2026-03-08T16:00:00.000000Z")
    assert week["offered"]["value"] == 1
    assert (await person.get(STATS, params={"from": "2026-Q2"})).json()["offered"]["value"] == 0
    for bad in ({"period": "2026-W54"}, {"period": "2026", "from": "2026"}, {"tz": "Mars/Base"}, {"to": "noon"}):
        answer = await person.get(STATS, params=bad)
        assert answer.status_code == 422
        assert not any(value in answer.text for value in bad.values() if value != "2026")


async def test_more_periods_than_anybody_reads_are_refused(person: httpx.AsyncClient, road: Road) -> None:
    half_hours = range(0, 1_501 * 1_800, 1_800)
    calls = [call(f"c-{start}", None, segment("ivr", start, start), outcome="phantom") for start in half_hours]
    for begin in range(0, len(calls), 500):
        await road.push(calls[begin : begin + 500])
    answer = await person.get(STATS, params={"group_by": "half_hour"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-groups")
    assert (await person.get(STATS, params={"group_by": "day"})).status_code == 200


async def test_the_definitions_are_exactly_those_that_are_answered(person: httpx.AsyncClient, road: Road) -> None:
    await road.push([step("started", 0)])
    assert definitions_in((await person.get(STATS)).json()) == declared("interactions")
