"""What words about a customer who was erased are refused with, where it is documented, and an import that goes on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Actor, Work
from rapport_kernel.ids import new_id

from .desk import Desk

FROM_ELSEWHERE = {"received_at": "2024-05-27T06:08:51Z", "state": "received", "channel": "web", "category": "delivery"}


async def erase(served: Service[Work], customer: str) -> None:
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([UUID(customer)])


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("acknowledge", {"method": "phone", "note": "They called."}),
        ("tag-handling", {"tag": "emotional", "reason": "shouted"}),
        ("withdraw", {"reason": "settled", "note": "They called."}),
    ],
)
async def test_a_note_about_them_is_refused_and_the_same_without_it_is_not(
    desk: Desk, served: Service[Work], action: str, body: dict[str, Any]
) -> None:
    customer = str(new_id())
    filed = await desk.file(customer_id=customer)
    await erase(served, customer)
    assert (await desk.act(filed, action, 409, **body))["code"] == "erased"
    body.pop("note", None)
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == filed["state"]
    if action != "tag-handling":
        await desk.act(filed, action, **body)


@pytest.mark.parametrize("path", ["/repairs", "/recovery-cases"])
async def test_nothing_is_begun_with_a_note_about_them(desk: Desk, served: Service[Work], path: str) -> None:
    customer = str(new_id())
    await erase(served, customer)
    body = {"customer_id": customer, "category": "door", "note": "It sticks."}
    if path == "/recovery-cases":
        body["failure"] = "service"
    assert (await desk.post(path, body, 409))["code"] == "erased"


async def test_an_import_takes_the_others_and_rejects_words_in_their_name(desk: Desk, served: Service[Work]) -> None:
    customer, other = str(new_id()), str(new_id())
    await erase(served, customer)
    items = [
        {**FROM_ELSEWHERE, "ref": "a", "customer_id": customer, "problem": "Their words."},
        {**FROM_ELSEWHERE, "ref": "b", "customer_id": other, "problem": "Words of somebody else."},
        {**FROM_ELSEWHERE, "ref": "c", "customer_id": customer},
    ]
    answer = await desk.post("/complaints:import", {"source": "s", "complaints": items}, 200)
    told = [(each["result"], each["reason"]) for each in answer["results"]]
    assert told == [("rejected", "erased"), ("accepted", None), ("accepted", None)]
    alone = await desk.post("/complaints:import", {"source": "t", "complaints": items[:1]}, 200)
    assert [each["reason"] for each in alone["results"]] == ["erased"]
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 2
