"""Open surveys, answers and cases follow merge and split; an erasure ends the asking and leaves scores without a name."""

from __future__ import annotations

from dataclasses import replace

import pytest_asyncio
from rapport_chassis.customers import undeclared_columns
from rapport_contracts.profiles.consents import ConsentWithdrawn
from rapport_contracts.satisfaction.receipts import (
    SatisfactionErasureConfirmed,
    SatisfactionMergeApplied,
    SatisfactionSplitApplied,
)
from rapport_kernel.ids import new_id
from rapport_satisfaction.schema import metadata
from rapport_testing.following import following, without_trigger

from .world import API, NOW, completed, received


@pytest_asyncio.fixture(autouse=True)
async def forgotten(world) -> None:
    """Nobody is merged or erased at the beginning."""
    await world.rows("TRUNCATE customer_merges, customer_moves, customer_erasures")


async def answered(world, public, customer, score: int = 2) -> str:
    """The id of an answer with a comment."""
    invitation, link = await world.sent(customer)
    answer = await public.post(link, json={"answers": {"score": score, "comment": "Zhang was rude"}})
    assert answer.status_code == 200
    (row,) = await world.rows("SELECT id FROM responses WHERE invitation_id = :id", id=invitation)
    return str(row["id"])


async def whose(world, table: str) -> dict:
    return {row["id"]: row["customer_id"] for row in await world.rows(f"SELECT id, customer_id FROM {table}")}  # noqa: S608


async def comment(world, response: str) -> object:
    return (await world.http.get(f"{API}/responses/{response}")).json()["comments"]


async def test_an_open_survey_follows_and_comes_back_and_its_link_stays_good(world, public, topics) -> None:
    """Edge case 12."""
    a, b = new_id(), new_id()
    response = await answered(world, public, a)
    await world.rows("UPDATE invitations SET sent_at = sent_at - interval '100 days'")
    invitation, link = await world.sent(a)
    async with following(world.served, topics) as told:
        merge, rows = await told.merge(SatisfactionMergeApplied, b, a)
        assert rows == {"invitations": 2, "responses": 1, "follow_ups": 1}
        assert set((await whose(world, "invitations")).values()) == {b}
        assert set((await whose(world, "follow_ups")).values()) == {b}
        assert await comment(world, response) == {"comment": "Zhang was rude"}
        assert (await public.post(link, json={"answers": {"score": 9}})).status_code == 200
        assert set((await whose(world, "responses")).values()) == {b}
        await told.split(SatisfactionSplitApplied, merge)
    owners = await whose(world, "invitations")
    assert set(owners.values()) == {a}
    assert set((await whose(world, "responses")).values()) == {a}, (
        "the answer goes with its invitation, although it came since"
    )
    assert invitation in {str(row["invitation_id"]) for row in await world.rows("SELECT invitation_id FROM responses")}


async def test_two_who_are_one_are_asked_like_one(world, topics) -> None:
    a, b = new_id(), new_id()
    await world.tell(received(new_id(), b))
    async with following(world.served, topics) as told:
        merge, _ = await told.merge(SatisfactionMergeApplied, b, a)
        await world.tell(completed(customer=a))
        assert (await world.decided())[-1] == ("held", "open-complaint"), "the old id finds the complaint"
        await told.split(SatisfactionSplitApplied, merge)
    assert set((await whose(world, "invitations")).values()) == {a}


async def test_what_one_of_the_two_took_back_holds_for_both(world, topics) -> None:
    a, b = new_id(), new_id()
    invitation, _ = await world.sent(b)
    async with following(world.served, topics) as told:
        merge, _ = await told.merge(SatisfactionMergeApplied, b, a)
        await world.tell(ConsentWithdrawn(customer_id=a, purpose="survey", channel=None, withdrawn_at=NOW))
        assert (await world.http.get(f"{API}/invitations/{invitation}")).json()["state"] == "opted_out"
        await world.tell(completed(customer=b))
        assert (await world.decided())[-1][1] == "consent-withdrawn"
        await told.split(SatisfactionSplitApplied, merge)
    (row,) = await world.rows("SELECT said_by, customer_id FROM consents")
    assert (row["said_by"], row["customer_id"]) == (a, a)


async def test_an_erasure_ends_the_asking_and_scores_count_on(world, public, topics) -> None:
    """Edge case 22."""
    a, b = new_id(), new_id()
    response, other = await answered(world, public, a), await answered(world, public, b)
    await world.rows("UPDATE invitations SET sent_at = sent_at - interval '100 days'")
    _, link = await world.sent(a)
    await world.rows("UPDATE invitations SET sent_at = sent_at - interval '100 days'")
    await world.tell(received(new_id(), a), completed(customer=a))
    assert (await world.decided())[-1] == ("held", "open-complaint")
    before = (await world.http.get(f"{API}/scores", params={"metric": "nps"})).json()
    async with following(world.served, topics) as told:
        rows = await told.forget(SatisfactionErasureConfirmed, a)
    assert rows == {"invitations": 3, "responses": 1, "follow_ups": 1, "complaints": 1}
    assert (await public.post(link, json={"answers": {"score": 9}})).status_code == 404
    states = await world.rows("SELECT state, reason FROM invitations WHERE customer_id = :a AND state <> 'completed'", a=a)
    assert {(row["state"], row["reason"]) for row in states} == {("opted_out", "erased")}
    cases = await world.rows("SELECT customer_id, state FROM follow_ups")
    assert {row["customer_id"]: row["state"] for row in cases} == {a: "closed", b: "opened"}
    assert await comment(world, response) == {}
    assert await comment(world, other) == {"comment": "Zhang was rude"}
    assert await world.rows("SELECT 1 FROM data_keys WHERE subject = :a AND wrapped IS NOT NULL", a=a) == []
    after = (await world.http.get(f"{API}/scores", params={"metric": "nps"})).json()
    assert {k: v for k, v in after.items() if k != "as_of"} == {k: v for k, v in before.items() if k != "as_of"}


async def test_somebody_forgotten_is_not_asked_about_what_comes_late(world, topics) -> None:
    a = new_id()
    async with following(world.served, topics) as told:
        erasure = await told.ask(a)
        await told.receipt(SatisfactionErasureConfirmed, erasure)
        await world.tell(completed(customer=a))
        await told.receipt(SatisfactionErasureConfirmed, erasure, 2)
    assert await world.decided() == [("opted_out", "erased")]


async def test_every_table_with_a_customer_is_plugged_in(served, database) -> None:
    declared = served.customers
    assert undeclared_columns(metadata, declared) == []
    db = await database.connect()
    assert await without_trigger(db, declared) == []
    without = replace(declared, tables=declared.tables[1:])
    assert "invitations.customer_id" in undeclared_columns(metadata, without)
    assert await without_trigger(db, without) == ["invitations.id"]
    await db.close()
