"""Complaints, repairs and links follow merge and split; an erasure waits for open cases and then leaves nothing readable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr
from rapport_chassis.customers import undeclared_columns
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.app import Settings, service
from rapport_complaints.schema import metadata
from rapport_contracts.complaints.receipts import (
    ComplaintsErasureConfirmed,
    ComplaintsErasureHeld,
    ComplaintsMergeApplied,
    ComplaintsSplitApplied,
)
from rapport_kernel.ids import new_id
from rapport_testing.databases import Database
from rapport_testing.following import following, rows_of, without_trigger
from rapport_testing.topics import Topics
from rapport_testing.web import TokenMaker

from .declared import CUSTOMERS
from .desk import Desk
from .story import verdict, whole_story

READABLE = (
    "Scan log",
    "depot",
    "scanner",
    "包裹",
    "urn:scan",
    "scan.png",
    "refund the price",
    "door sticks",
    "小明",
    "13812345678",
)


@pytest_asyncio.fixture(scope="module")
async def served(database: Database, kafka: str, keys_dir: Any, tokens: TokenMaker) -> AsyncIterator[Service[Work]]:
    """The service with a broker; what follows customers runs where a test says so."""
    made = service(Settings(database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, **tokens.settings))
    yield made
    await made.database.close()


async def of(desk: Desk, customer: UUID, what: str = "complaints") -> set[str]:
    return {one["id"] for one in (await desk.get(f"/{what}", {"customer": str(customer)}))["items"]}


async def end(desk: Desk, filed: dict[str, Any]) -> None:
    """From `resolved` to the end, its repair too."""
    for repair in (await desk.get("/repairs", {"complaint": filed["id"]}))["items"]:
        await desk.post(f"/repairs/{repair['id']}:cancel", {"reason": "withdrawn"}, 200)
    await desk.act(filed, "give-feedback", method="phone")
    await desk.act(filed, "close")


async def everything(desk: Desk, filed: dict[str, Any]) -> str:
    """All that the API says about a complaint and what hangs on it, at level 4, as one text."""
    path = f"/complaints/{filed['id']}"
    found = [await desk.http.get(f"/complaints/v1{path}")]
    parts = ("history", "steps", "communications", "attachments", "letters", "dossier", "clocks")
    found += [await desk.http.get(f"/complaints/v1{path}/{part}") for part in parts]
    for letter in (await desk.get(f"{path}/letters"))["items"]:
        found.append(await desk.http.get(f"/complaints/v1{path}/letters/{letter['id']}"))
    for repair in (await desk.get("/repairs", {"complaint": filed["id"]}))["items"]:
        found.append(await desk.http.get(f"/complaints/v1/repairs/{repair['id']}/history"))
    assert {answer.status_code for answer in found} <= {200, 404}, [(str(a.url), a.status_code) for a in found]
    return "\n".join(answer.text for answer in found)


async def test_an_open_complaint_follows_and_comes_back_with_what_hangs_on_it(
    desk: Desk, served: Service[Work], topics: Topics
) -> None:
    """Edge case 12."""
    a, b = new_id(), new_id()
    his, hers = await desk.file(customer_id=str(a)), await desk.file(customer_id=str(b))
    etag = (await desk.http.get(f"/complaints/v1/complaints/{his['id']}")).headers["etag"]
    async with following(served, topics) as told:
        merge, rows = await told.merge(ComplaintsMergeApplied, b, a)
        assert rows == {"complaints": 1}
        assert await of(desk, b) == {his["id"], hers["id"]}
        stale = await desk.http.post(
            f"/complaints/v1/complaints/{his['id']}:acknowledge", json={"method": "phone"}, headers={"If-Match": etag}
        )
        assert stale.status_code == 412
        await desk.act(his, "acknowledge", method="phone")
        repair = await desk.post("/repairs", {"category": "door", "complaint_id": his["id"], "note": "It sticks."})
        late = await desk.file(customer_id=str(a))
        since = await desk.file(customer_id=str(b))
        assert await of(desk, b) == {his["id"], hers["id"], late["id"], since["id"]}
        assert await of(desk, b, "repairs") == {repair["id"]}
        rows = await told.split(ComplaintsSplitApplied, merge)
        assert rows == {"complaints": 2, "repairs": 1}
    assert (await of(desk, a), await of(desk, b)) == ({his["id"], late["id"]}, {hers["id"], since["id"]})
    assert await of(desk, a, "repairs") == {repair["id"]}, "what hangs on it goes with it, although it came since"
    assert (await verdict(desk, his))["intact"], "whose it is, is no part of the chain"
    shown = await desk.get(f"/complaints/{his['id']}")
    assert (shown["state"], shown["customer_id"], shown["problem"] is not None) == ("acknowledged", str(a), True)


async def test_a_split_may_name_a_complaint_and_puts_its_texts_under_the_other_key(
    desk: Desk, served: Service[Work], topics: Topics
) -> None:
    a, b = new_id(), new_id()
    staying = await desk.file(customer_id=str(a))
    async with following(served, topics) as told:
        merge, _ = await told.merge(ComplaintsMergeApplied, b, a)
        goes = await whole_story_of(desk, b)
        await told.split(ComplaintsSplitApplied, merge, returned=[UUID(goes["id"])], kept=[UUID(staying["id"])])
        assert (await of(desk, a), await of(desk, b)) == ({goes["id"]}, {staying["id"]})
        assert (await verdict(desk, goes))["intact"]
        await end(desk, goes)
        before = await everything(desk, goes)
        assert all(word in before for word in READABLE), [word for word in READABLE if word not in before]
        await told.forget(ComplaintsErasureConfirmed, a)
        assert not [word for word in READABLE if word in await everything(desk, goes)]
        assert (await desk.get(f"/complaints/{staying['id']}"))["problem"] is not None, "the other one keeps theirs"


async def whole_story_of(desk: Desk, customer: UUID) -> dict[str, Any]:
    """The same as `whole_story`, of a customer."""
    file, desk.file = desk.file, lambda **changes: file(**{"customer_id": str(customer), **changes})  # type: ignore[method-assign]
    try:
        return await whole_story(desk)
    finally:
        desk.file = file  # type: ignore[method-assign]


async def test_an_erasure_waits_for_the_open_complaint_and_completes_by_itself(
    desk: Desk, served: Service[Work], topics: Topics
) -> None:
    """Edge case 22."""
    a, b = new_id(), new_id()
    filed = await whole_story_of(desk, a)
    other = await desk.file(customer_id=str(b))
    async with following(served, topics) as told:
        erasure = await told.ask(a)
        held = await told.receipt(ComplaintsErasureHeld, erasure)
        assert {one.what: one.count for one in held.reasons} == {"open-complaint": 1, "open-repair": 1}
        before = await everything(desk, filed)
        assert all(word in before for word in READABLE), [word for word in READABLE if word not in before]
        await end(desk, filed)
        done = await told.receipt(ComplaintsErasureConfirmed, erasure)
        assert (rows_of(done)["complaints"], done.keys) == (1, 1)
        assert not [word for word in READABLE if word in await everything(desk, filed)]
    assert (await verdict(desk, filed))["intact"], "the chain holds without the words"
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert (shown["customer_id"], shown["problem"], shown["state"]) == (str(a), None, "closed")
    assert (await desk.get(f"/complaints/{other['id']}"))["problem"] is not None
    checksums = await desk.db.fetch("SELECT sha256 FROM attachments")
    assert bytes.fromhex("ab" * 32) not in [row["sha256"] for row in checksums]
    answer = await desk.http.post("/complaints/v1/complaints", json=filing(a))
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")


def filing(customer: UUID) -> dict[str, Any]:
    from .desk import complaint

    return complaint(customer_id=str(customer))


async def test_a_merge_while_an_erasure_is_held_changes_nothing_about_it(
    desk: Desk, served: Service[Work], topics: Topics
) -> None:
    a, b = new_id(), new_id()
    his, hers = await desk.until("resolved", customer_id=str(a)), await desk.until("resolved", customer_id=str(b))
    async with following(served, topics) as told:
        erasure = await told.ask(a)
        await told.receipt(ComplaintsErasureHeld, erasure)
        await told.merge(ComplaintsMergeApplied, b, a)
        await end(desk, his)
        await end(desk, hers)
        done = await told.receipt(ComplaintsErasureConfirmed, erasure)
    assert done.keys == 2, "they are one person now"
    assert [(await desk.get(f"/complaints/{one['id']}"))["problem"] for one in (his, hers)] == [None, None]


async def test_every_table_with_a_customer_is_plugged_in(db: asyncpg.Connection) -> None:
    assert undeclared_columns(metadata, CUSTOMERS) == []
    assert await without_trigger(db, CUSTOMERS) == []


@pytest.mark.parametrize("missing", [one.table.name for one in CUSTOMERS.tables])
async def test_the_guards_refuse_a_table_that_is_not(db: asyncpg.Connection, missing: str) -> None:
    without = replace(CUSTOMERS, tables=[one for one in CUSTOMERS.tables if one.table.name != missing])
    assert f"{missing}.customer_id" in undeclared_columns(metadata, without)
    assert [name.partition(".")[0] for name in await without_trigger(db, without)] == [missing]
