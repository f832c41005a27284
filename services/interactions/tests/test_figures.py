"""Figures are recounted here from the calls that were pushed."""

from __future__ import annotations

from typing import Any

import httpx
from rapport_contracts.interactions.inbound import CallEvent, RecordedSegment

from .calls import STATS, record, segment, step
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
                    contact_type="PS",
                )
            ]
        )
    for number in range(3):
        parts = [
            segment("queue", 0, 30, queue="q"),
            segment("agent", 30, 60, agent="ana"),
            segment("agent", 60, 90, agent="ben"),
        ]
        await road.push([record(parts, f"t{number}", call_id=f"t{number}", contact_type="NE")])
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
        "too few",
    )
    types = (await person.get(STATS, params={"group_by": "type"})).json()["groups"]
    assert [(group["key"], group["answered"]["value"]) for group in types] == [("NE", 3), ("PS", 12), (None, 0)]
    days = (await person.get(STATS, params={"group_by": "day", "tz": "Pacific/Kiritimati"})).json()["groups"]
    assert [group["key"] for group in days] == ["2026-03-03"]
    outside = (await person.get(STATS, params={"from": "2026-03-03"})).json()
    assert (outside["offered"]["value"], outside["groups"]) == (0, [])
    assert (await person.get(STATS, params={"from": "9999-12-31", "to": "9999-12-31"})).status_code == 422
