"""What waits in the quarantine is bounded: so much for one source, and for so long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from rapport_chassis.actor import Actor
from rapport_interactions.quarantine.usecases import expiring

from .calls import PUSH, QUARANTINE, body, push, step
from .conftest import Road


@pytest.fixture(scope="module")
def service_settings() -> Mapping[str, Any]:
    return {"quarantine_most": 1024}


def unusable(number: int) -> dict[str, Any]:
    return {"event_id": f"e-{number}", "call_id": "c-9", "type": "Ended", "queue": "q" * 300}


async def test_a_source_whose_events_wait_unmended_keeps_the_next_ones(person: httpx.AsyncClient, road: Road) -> None:
    taken = await push(person, [unusable(number) for number in range(4)], source="pbx")
    assert taken["quarantined"] == 4
    mixed = [step("started", 0, "good"), unusable(4)]
    refused = await person.post(PUSH, json=body(mixed), params={"source": "pbx"})
    assert (refused.status_code, refused.json()["code"]) == (429, "quarantine-full")
    assert int(refused.headers["retry-after"]) > 60
    assert await road.db.fetchval("SELECT count(*) FROM call_events") == 0, "nothing of it was kept"
    assert (await push(person, [step("started", 0, "good")], source="pbx"))["accepted"] == 1
    assert (await push(person, [unusable(4)], source="other"))["quarantined"] == 1
    for item in (await person.get(QUARANTINE, params={"source": "pbx"})).json()["items"]:
        dropped = await person.post(f"{QUARANTINE}/{item['id']}:drop", json={"reason": "test-traffic"})
        assert dropped.status_code == 200
    again = await push(person, mixed, source="pbx")
    assert (again["duplicate"], again["quarantined"]) == (1, 1)


async def test_what_nobody_mends_goes_after_its_time(served: Any, person: httpx.AsyncClient, road: Road) -> None:
    old, young = [each["quarantine_id"] for each in (await push(person, ["one", "two"], source="pbx"))["results"]]
    await road.db.execute("UPDATE quarantine SET quarantined_at = now() - interval '31 days' WHERE id = $1", old)
    for dropped in (1, 0):
        async with served.works(Actor.system("loop:expire-quarantine")) as work:
            assert await expiring(timedelta(days=30))(work) == dropped
    shown = (await person.get(f"{QUARANTINE}/{old}")).json()
    assert (shown["state"], shown["result"], shown["content"]) == ("dropped", "expired", None)
    assert (await person.get(f"{QUARANTINE}/{old}/history")).json()["items"][0]["reason"] == "expired"
    assert (await person.get(f"{QUARANTINE}/{young}")).json()["state"] == "waiting"
    assert (await road.names())[-1] == "inbound-event.dropped"
