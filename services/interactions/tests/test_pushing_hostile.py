"""Whatever comes in: 4xx or quarantine, nothing half kept, nothing echoed."""

from __future__ import annotations

import random
from uuid import uuid4

import httpx
import orjson
import pytest
from rapport_chassis.service import Service
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work
from rapport_contracts.interactions import PRIVATE
from rapport_contracts.interactions.contacts import CallerPresented
from rapport_interactions.quarantine.domain import Unusable, judge

from .calls import INTERACTIONS, PUSH, QUARANTINE, body, phone, push, step
from .conftest import Road

HOSTILE = [
    b"", b"{", b"null", b"[]", b"{}", b'{"events": 1}', b'{"events": []}', b"\xff\xfe", b'{"events": [' + b"[" * 100_000,
    b'{"events": [' + b"1" * 5000 + b"e99999]}", b'{"events"', "{}".encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
async def test_a_body_that_is_no_batch_is_refused_and_nothing_is_kept(
    machine: httpx.AsyncClient, road: Road, raw: bytes
) -> None:
    answer = await machine.post(PUSH, content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422} or (answer.status_code == 200 and answer.json()["accepted"] == 0)
    assert await road.db.fetchval("SELECT count(*) FROM call_events") == 0


THEN = '"2026-03-02T12:00:00Z"'
ITEM = '{"event_id": "x", "call_id": "c", "type": "started", "occurred_at": "2026-03-02T12:00:00Z"%s}'


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (', "channel": "a\\u0000b"', "bad-code"),
        (', "channel": ""', "bad-code"),
        (', "outcome": "' + "x" * 101 + '"', "bad-code"),
        (', "queue": "\\ud800"', "bad-json"),
        (', "agent": "a\\nb"', "bad-code"),
        (', "identifiers": [{"kind": "phone", "value": "\\u0000"}]', "control-character"),
        (', "identifiers": [{"kind": "nose", "value": "1"}]', "unknown-type"),
        (f', "segments": [{{"kind": "ivr", "started_at": "0001-01-01T00:00:00+14:00", "ended_at": {THEN}}}]', "bad-time"),
        (f', "segments": [{{"kind": "ivr", "started_at": {THEN}, "ended_at": {THEN}, "seconds": NaN}}]', "bad-value"),
        (', "secret": "13912345678"', "unknown-field"),
        (', "agent": ' + "[" * 300 + "]" * 300, "bad-json"),
    ],
)  # fmt: skip
async def test_a_hostile_item_is_quarantined_and_its_neighbour_taken_in(
    machine: httpx.AsyncClient, road: Road, more: str, reason: str
) -> None:
    good = orjson.dumps(body([step("started", 0, "good", call_id="good")])["events"][0]).decode()
    raw = f'{{"events": [{ITEM % more}, {good}]}}'
    answer = await machine.post(PUSH, content=raw.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert [item["result"] for item in answer.json()["results"]] == ["quarantined", "accepted"]
    assert answer.json()["results"][0]["reason"] == reason
    assert "13912345678" not in answer.text
    await road.fold()


async def test_random_bytes_never_break_a_route(person: httpx.AsyncClient, road: Road) -> None:
    chance = random.Random(11)
    routes = [
        PUSH + "?source=pbx",
        INTERACTIONS,
        f"{INTERACTIONS}/{uuid4()}:link-customer",
        f"{QUARANTINE}/{uuid4()}:replay",
    ]
    for number in range(400):
        raw = chance.randbytes(chance.randrange(200))
        answer = await person.post(routes[number % 4], content=raw, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500
    assert (
        await road.db.fetchval("SELECT count(*) FROM call_events")
        + await road.db.fetchval("SELECT count(*) FROM quarantine")
        == 0
    )


async def test_an_identifier_sealed_by_http_is_open_to_profiles_alone(
    machine: httpx.AsyncClient, road: Road, served: Service[Work]
) -> None:
    await push(machine, [step("started", 0, identifiers=[phone("+8613912345678")])])
    await road.fold()
    (presented,) = [fact for _, fact in await road.facts() if isinstance(fact, CallerPresented)]
    assert served.keys is not None
    opened = Transport(served.keys).open(presented.identifiers[0].sealed, f"{PRIVATE}:{presented.interaction_id}")
    assert opened == "+8613912345678"


def test_an_unknown_field_s_name_is_not_repeated() -> None:
    judged = judge(
        b'{"event_id": "x", "call_id": "c", "type": "ended", "occurred_at": "2026-03-02T12:00:00Z", "13912345678": 1}'
    )
    assert isinstance(judged, Unusable)
    assert (judged.reason, judged.where) == ("unknown-field", "?")
