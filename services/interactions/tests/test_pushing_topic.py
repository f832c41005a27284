"""Events on the topic are handled as those over HTTP."""

from __future__ import annotations

import orjson
from rapport_interactions.pushing.subject import INBOUND, LISTENS
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually

from .calls import answered_call, body
from .conftest import Road
from .listening import listening, send


async def test_events_on_the_topic_end_in_the_same_use_case_as_a_batch(road: Road, topics: Topics) -> None:
    await topics.create(INBOUND)
    good = [orjson.dumps(event) for event in body(answered_call())["events"]]
    pbx = [("source", b"pbx")]
    records = [(b"c-1", raw, pbx) for raw in [*good, good[0], b"\xff not json", b""]] + [(b"c-1", good[0], [])]
    async with listening(road, topics, LISTENS, "inbound"):
        await send(topics, INBOUND, records)
        await eventually(lambda: road.db.fetchval("SELECT count(*) = 3 FROM quarantine"))
    await road.fold()
    assert (await road.row("c-1"))["state"] == "completed"
    rows = await road.db.fetch("SELECT source, reason FROM quarantine")
    assert sorted((row["source"], row["reason"]) for row in rows) == [
        ("pbx", "bad-json"),
        ("pbx", "bad-json"),
        ("unknown", "no-source"),
    ]
