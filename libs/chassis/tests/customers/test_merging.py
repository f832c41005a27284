"""Rows follow the survivor and come back, whatever the order and however often it is said."""

from __future__ import annotations

import asyncio
from random import Random
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.customers import present
from rapport_chassis.customers.moving import move_portion
from rapport_chassis.customers.taking import AbsorbedAlready
from rapport_contracts.complaints.receipts import ComplaintsMergeApplied, ComplaintsSplitApplied
from rapport_contracts.event import Event
from rapport_contracts.profiles.customers import CustomerMerged
from rapport_contracts.receipts import MergeReceipt
from rapport_kernel.ids import new_id
from sqlalchemy import event as sql_event

from .conftest import CUSTOMERS, Shop, merged, split


def rows(receipt: Event) -> dict[str, int]:
    return {one.what: one.count for one in receipt.rows}


async def test_rows_follow_the_survivor_and_exactly_those_come_back(shop: Shop) -> None:
    a, b = new_id(), new_id()
    his, hers = {await shop.order(a), await shop.order(a)}, {await shop.order(b)}
    merge = merged(b, a)
    (receipt,) = await shop.follow(merge)
    assert isinstance(receipt, ComplaintsMergeApplied) and rows(receipt) == {"orders": 2}
    assert (await shop.of(a), await shop.of(b)) == (set(), his | hers)
    since = {await shop.order(b)}
    (receipt,) = await shop.follow(split(merge))
    assert isinstance(receipt, ComplaintsSplitApplied) and rows(receipt) == {"orders": 2}
    assert (await shop.of(a), await shop.of(b)) == (his, hers | since)
    assert await shop.db.fetchval("SELECT count(*) FROM customer_moves") == 0


async def test_a_move_is_a_new_version(shop: Shop) -> None:
    a, b = new_id(), new_id()
    order = await shop.order(a)
    merge = merged(b, a)
    await shop.follow(merge)
    assert await shop.db.fetchval("SELECT version FROM orders WHERE id = $1", order) == 2
    await shop.follow(split(merge))
    assert await shop.db.fetchval("SELECT version FROM orders WHERE id = $1", order) == 3


async def test_what_comes_late_under_the_old_id_goes_to_the_survivor_and_back_with_the_absorbed(shop: Shop) -> None:
    a, b = new_id(), new_id()
    merge = merged(b, a)
    await shop.follow(merge)
    late = await shop.order(a)
    assert await shop.of(b) == {late}
    async with shop.works(Actor.system("test")) as work:
        assert await present(work, [a, b]) == {a: b, b: b}
    await shop.follow(split(merge))
    assert await shop.of(a) == {late}


async def test_a_row_that_is_given_to_somebody_else_meanwhile_stays_with_him(shop: Shop) -> None:
    a, b, c = new_id(), new_id(), new_id()
    order = await shop.order(a)
    merge = merged(b, a)
    await shop.follow(merge)
    await shop.db.execute("UPDATE orders SET customer_id = $1", c)
    await shop.follow(split(merge))
    assert await shop.of(c) == {order}


async def test_said_twice_it_happens_once(shop: Shop) -> None:
    a, b = new_id(), new_id()
    order = await shop.order(a)
    merge = merged(b, a)
    assert len(await shop.follow(merge, merge)) == 1
    assert await shop.follow(merge) == []
    (void,) = await shop.follow(merged(b, a))
    assert isinstance(void, MergeReceipt) and void.rows == [], "under another id it changes nothing"
    assert len(await shop.follow(split(merge), split(merge))) == 1
    assert await shop.follow(split(merge), merge) == [], "a merge that was split stays split"
    assert await shop.of(a) == {order}


async def test_a_chain_ends_at_the_last_and_comes_apart_link_by_link(shop: Shop) -> None:
    a, b, c = new_id(), new_id(), new_id()
    orders = {customer: await shop.order(customer) for customer in (a, b, c)}
    first, second = merged(b, a), merged(c, b)
    await shop.follow(first, second)
    assert await shop.of(c) == set(orders.values())
    late = await shop.order(a)
    assert late in await shop.of(c)
    await shop.follow(split(first))
    assert await shop.of(a) == {orders[a], late}
    assert await shop.of(c) == {orders[b], orders[c]}
    await shop.follow(split(second))
    assert (await shop.of(b), await shop.of(c)) == ({orders[b]}, {orders[c]})


async def test_the_outer_link_takes_the_inner_ones_along(shop: Shop) -> None:
    a, b, c = new_id(), new_id(), new_id()
    orders = {customer: await shop.order(customer) for customer in (a, b, c)}
    first, second = merged(b, a), merged(c, b)
    await shop.follow(second)
    await shop.follow(first)
    await shop.follow(split(second))
    assert (await shop.of(b), await shop.of(c)) == ({orders[a], orders[b]}, {orders[c]})
    await shop.follow(split(first))
    assert await shop.of(a) == {orders[a]}


async def test_a_split_that_comes_before_its_merge_keeps_it_from_happening(shop: Shop) -> None:
    a, b = new_id(), new_id()
    order = await shop.order(a)
    merge = merged(b, a)
    (receipt,) = await shop.follow(split(merge))
    assert isinstance(receipt, ComplaintsSplitApplied) and receipt.rows == []
    assert await shop.follow(merge) == []
    assert await shop.of(a) == {order}
    await shop.follow(merged(b, a))
    assert await shop.of(b) == {order}, "a later merge is another one"


async def test_a_split_overtakes_a_merge_that_is_under_way(shop: Shop) -> None:
    a, b = new_id(), new_id()
    his = {await shop.order(a) for _ in range(6)}
    merge = merged(b, a)
    await shop.hear(merge)
    async with shop.works(Actor.system("loop:customers")) as work:
        await move_portion(work, CUSTOMERS, 2)
    assert len(await shop.of(b)) == 2
    (receipt,) = await shop.follow(split(merge))
    assert isinstance(receipt, ComplaintsSplitApplied) and await shop.of(a) == his


async def test_unknown_customers_circles_and_oneself_change_nothing(shop: Shop) -> None:
    a, b = new_id(), new_id()
    (receipt,) = await shop.follow(merged(new_id(), new_id()))
    assert isinstance(receipt, MergeReceipt) and receipt.rows == []
    order = await shop.order(a)
    receipts = await shop.follow(merged(a, a), merged(b, a), merged(a, b))
    assert sorted(len(each.rows) for each in receipts if isinstance(each, MergeReceipt)) == [0, 0, 1]
    assert await shop.of(b) == {order}


async def test_who_was_absorbed_cannot_be_absorbed_by_another(shop: Shop) -> None:
    a, b, c = new_id(), new_id(), new_id()
    await shop.follow(merged(b, a))
    with pytest.raises(AbsorbedAlready):
        await shop.hear(merged(c, a))


async def test_rows_that_go_together_move_together(shop: Shop) -> None:
    a, b = new_id(), new_id()
    for customer, channel in ((a, "sms"), (a, "phone"), (b, "sms")):
        await shop.db.execute("INSERT INTO wishes VALUES ($1, $2, $1)", customer, channel)
    merge = merged(b, a)
    await shop.follow(merge)
    await shop.db.execute("INSERT INTO wishes VALUES ($1, 'mail', $1)", a)
    assert await shop.db.fetchval("SELECT count(*) FROM wishes WHERE customer_id = $1", b) == 4
    await shop.follow(split(merge))
    assert await shop.db.fetchval("SELECT count(*) FROM wishes WHERE customer_id = $1", a) == 3


async def test_a_split_may_name_what_goes_and_what_stays_and_puts_it_under_the_right_key(shop: Shop) -> None:
    a, b, contact = new_id(), new_id(), new_id()
    staying, goes = await shop.order(a), await shop.order(a)
    merge = merged(b, a)
    await shop.follow(merge)
    mine, also = await shop.order(b), await shop.order(b, contact=contact)
    await shop.follow(split(merge, returned=(contact,), kept=(staying,)))
    assert (await shop.of(a), await shop.of(b)) == ({goes, also}, {staying, mine})
    keyed = {row["id"]: row["keyed_by"] for row in await shop.db.fetch("SELECT id, keyed_by FROM orders")}
    assert keyed == {staying: b, goes: a, also: a, mine: b}
    for order in keyed:
        assert await shop.read(order) == (f"wish {order}", f"remark {order}")
    assert await shop.db.fetchval("SELECT count(*) FROM customer_moves") == 0


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_of_merges_splits_and_rows_ends_where_the_rule_says(shop: Shop, seed: int) -> None:
    """The rule: a row belongs to whom the one it was said of was merged into."""
    chance = Random(seed)
    people = [new_id() for _ in range(5)]
    into: dict[UUID, CustomerMerged] = {}
    origins: dict[UUID, UUID] = {}

    def root(person: UUID) -> UUID:
        while person in into:
            person = into[person].customer_id
        return person

    for _ in range(25):
        what = chance.random()
        if what < 0.4:
            who = chance.choice(people)
            origins[await shop.order(who)] = who
        elif what < 0.75:
            survivor, absorbed = chance.sample(people, 2)
            if absorbed not in into and root(survivor) != absorbed:
                into[absorbed] = merged(survivor, absorbed)
                await shop.hear(into[absorbed])
        elif into:
            await shop.hear(split(into.pop(chance.choice(list(into)))))
        if chance.random() < 0.4:
            await shop.rounds()
    await shop.rounds()
    for person in people:
        assert await shop.of(person) == {order for order, who in origins.items() if root(who) == person}


async def test_many_rows_move_in_portions_and_never_one_by_one(shop: Shop) -> None:
    a, b = new_id(), new_id()
    await shop.db.execute(
        "INSERT INTO orders (id, version, state, customer_id, keyed_by, digest)"
        " SELECT gen_random_uuid(), 1, 'done', $1, $1, sha256(n::text::bytea) FROM generate_series(1, 2600) AS n",
        a,
    )
    merge = merged(b, a)
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = shop.works.database.engine.sync_engine
    for fact in (merge, split(merge)):
        await shop.hear(fact)
        seen.clear()
        sql_event.listen(engine, "before_cursor_execute", note)
        assert await shop.rounds() == 7, "six portions of 500 and the receipt"
        sql_event.remove(engine, "before_cursor_execute", note)
        assert len(seen) < 90
    assert len(await shop.of(a)) == 2600


async def test_a_row_that_is_being_written_while_a_merge_is_heard_of_does_not_slip_through(shop: Shop) -> None:
    a, b = new_id(), new_id()
    merge = merged(b, a)
    async with shop.db.transaction():
        await shop.db.execute("INSERT INTO hints VALUES ($1, $2)", new_id(), a)
        hearing = asyncio.create_task(shop.follow(merge))
        done, _ = await asyncio.wait([hearing], timeout=0.3)
        assert not done, "it waits for who writes under the old answer"
    await hearing
    assert await shop.db.fetchval("SELECT customer_id FROM hints") == b


async def test_a_split_that_is_overtaken_by_the_next_merge_ends_too(shop: Shop) -> None:
    a, b = new_id(), new_id()
    his, hers, named = await shop.order(a), await shop.order(b), await shop.order(b)
    first, again = merged(b, a), merged(b, a)
    await shop.follow(first)
    hangs = await shop.order(b, contact=his)
    await shop.hear(split(first, returned=(named,)), again)
    async with asyncio.timeout(30):
        await shop.rounds()
    assert {type(one) for one in await shop.receipts()} == {ComplaintsSplitApplied, ComplaintsMergeApplied}
    assert await shop.of(b) == {his, hers, named, hangs}
    await shop.follow(split(again))
    assert (await shop.of(a), await shop.of(b)) == ({his, named, hangs}, {hers})
