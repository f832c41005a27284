"""Taking over, and the figures of what was taken over, counted again from what was sent."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.security.machine_keys import create_machine_key
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.complaints.cases import ComplaintImported
from rapport_testing.databases import statements
from rapport_testing.web import client_of

from .desk import Desk

PATH = "/complaints/v1/complaints:import"
STATES = ["closed"] * 6 + ["investigating"] * 3 + ["received"]


def item(number: int, **changes: Any) -> dict[str, Any]:
    chance = random.Random(number)
    state = chance.choice(STATES)
    return {
        "ref": f"r{number}",
        "received_at": "2024-05-27T02:08:51Z",
        "state": state,
        "channel": chance.choice(["web", "app", "phone", "other"]),
        "category": chance.choice(["noise", "pothole", "heating"]),
        "problem": "Loud music.",
        "closed_at": "2024-05-28T00:00:00Z" if state == "closed" else None,
        **changes,
    }


async def send(desk: Desk, items: list[dict[str, Any]], source: str = "city") -> list[dict[str, Any]]:
    answer = await desk.http.post(PATH, json={"source": source, "complaints": items})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def test_the_figures_agree_with_a_count_of_what_was_sent_and_a_second_import_changes_nothing(desk: Desk) -> None:
    items = [item(number) for number in range(700)]
    results = await send(desk, items[:500]) + await send(desk, items[500:])
    assert Counter(one["result"] for one in results) == {"accepted": 700}
    assert [type(fact) for fact in await desk.facts()] == [ComplaintImported] * 700

    async def figures() -> dict[str, Any]:
        told = await desk.get("/stats")
        return {name: {key: figure["value"] for key, figure in told[f"by_{name}"].items()} for name in NAMES} | {
            name: told[name]["value"] for name in ("total", "open", "closed", "without_target")
        }

    counted = await figures()
    for name, field in NAMES.items():
        assert counted[name] == Counter(one[field] for one in items)
    closed = sum(one["state"] == "closed" for one in items)
    assert (counted["total"], counted["closed"], counted["open"], counted["without_target"]) == (
        700,
        closed,
        700 - closed,
        0,
    )

    again = await send(desk, items[:500]) + await send(desk, items[500:])
    assert Counter(one["result"] for one in again) == {"duplicate": 700}
    assert [one["complaint_id"] for one in again] == [one["complaint_id"] for one in results]
    assert await figures() == counted
    assert await desk.facts() == []


NAMES = {"status": "state", "channel": "channel", "category": "category"}


async def test_a_period_counts_what_was_received_in_it(desk: Desk) -> None:
    await send(desk, [item(1, received_at="2024-01-01T00:00:00Z", closed_at=None), item(2)])
    told = await desk.get("/stats", {"from": "2024-02-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"})
    assert told["total"] == {**told["total"], "value": 1, "n": 1, "unit": "count", "verdict": "ok"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "lost"}, "invalid:state"),
        ({"received_at": "yesterday"}, "invalid:received_at"),
        ({"received_at": "2024-05-27T02:08:51"}, "invalid:received_at"),
        ({"received_at": "2099-01-01T00:00:00Z", "closed_at": None}, "received-in-the-future"),
        ({"state": "closed", "closed_at": "2020-01-01T00:00:00Z"}, "closed-before-received"),
        ({"channel": "pigeon"}, "invalid:channel"),
        ({"ref": ""}, "invalid:ref"),
        ({"surprise": 1}, "invalid"),
    ],
)
async def test_one_bad_item_is_rejected_with_its_reason_and_spoils_nothing(
    desk: Desk, change: dict[str, Any], reason: str
) -> None:
    results = await send(desk, [item(1), item(2, **change), item(3)])
    assert [(one["result"], one["reason"]) for one in results] == [
        ("accepted", None),
        ("rejected", reason),
        ("accepted", None),
    ]


async def test_the_same_reference_twice_in_a_batch_or_from_two_sources(desk: Desk) -> None:
    assert [one["result"] for one in await send(desk, [item(1), item(1)])] == ["accepted", "duplicate"]
    assert [one["result"] for one in await send(desk, [item(1)], source="other-city")] == ["accepted"]


async def test_an_imported_complaint_lives_on_without_clocks(desk: Desk) -> None:
    await send(desk, [item(1, state="investigating", closed_at=None)])
    filed = (await desk.get("/complaints", {"limit": 1}))["items"][0]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("pause", {"reason": "awaiting_customer"}),
        ("resume", {}),
        ("set-root-cause", {"cause": "product", "latent_risk": False}),
        ("propose", {"remedy": "apology", "note": "Sorry."}),
        ("record-decision", {"accepted": True}),
        ("resolve", {}),
        ("give-feedback", {"method": "phone"}),
        ("close", {}),
    ]
    for action, body in steps:
        filed = await desk.act(filed, action, **body)
    assert filed["outcome"] == "accepted"
    assert await desk.clocks(filed) == {}


async def test_a_key_speaks_for_its_own_source_only(desk: Desk, served: Service[Work]) -> None:
    async with served.works(Actor("person", "admin", frozenset({"complaints:import"}))) as work:
        _, key = await create_machine_key(work, name="importer", source="city", scopes=["complaints:import"])
    async with client_of(served.asgi, headers={"Authorization": f"Bearer {key}"}) as machine:
        own = await machine.post(PATH, json={"source": "city", "complaints": [item(1)]})
        other = await machine.post(PATH, json={"source": "elsewhere", "complaints": [item(2)]})
    assert (own.status_code, other.status_code) == (200, 403)


async def test_a_batch_costs_the_same_few_statements_whatever_its_size(desk: Desk, served: Service[Work]) -> None:
    counts = []
    for first, size in ((0, 5), (100, 300)):
        with statements(served) as seen:
            await send(desk, [item(number) for number in range(first, first + size)])
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 11


async def test_too_many_or_no_items_are_refused(desk: Desk) -> None:
    for items in ([], [item(number) for number in range(501)]):
        answer = await desk.http.post(PATH, json={"source": "city", "complaints": items})
        assert answer.status_code == 422
