"""Nothing readable stays; open cases hold it; what comes later is erased too; others keep theirs."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from rapport_chassis.actor import Actor
from rapport_chassis.auditing import verify
from rapport_chassis.customers import ERASURES_PENDING, erasing
from rapport_contracts.complaints.receipts import ComplaintsErasureConfirmed, ComplaintsErasureHeld
from rapport_contracts.event import Event
from rapport_kernel.ids import new_id

from .conftest import CUSTOMERS, Shop, forget, merged, split


async def only(shop: Shop, *events: Event) -> ComplaintsErasureConfirmed:
    (receipt,) = [one for one in await shop.follow(*events) if isinstance(one, ComplaintsErasureConfirmed)]
    return receipt


async def held_again(shop: Shop) -> None:
    """As if half a second had passed: what is held is looked at again."""
    await shop.db.execute("UPDATE customer_erasures SET checked_at = checked_at - interval '1 second'")


async def test_nothing_readable_stays_and_figures_count_on(shop: Shop) -> None:
    a, b = new_id(), new_id()
    order, other = await shop.order(a), await shop.order(b)
    await shop.db.execute("INSERT INTO hints VALUES ($1, $2), ($3, $4)", new_id(), a, new_id(), b)
    receipt = await only(shop, forget(a))
    assert {one.what: one.count for one in receipt.rows} == {"orders": 1, "hints": 1} and receipt.keys == 1
    assert await shop.read(order) == (None, None)
    assert await shop.db.fetchval("SELECT wrapped FROM data_keys WHERE subject = $1", a) is None
    row = await shop.db.fetchrow("SELECT customer_id, digest, version FROM orders WHERE id = $1", order)
    assert (row["customer_id"], row["version"]) == (a, 2) and row["digest"] != order.bytes
    assert await shop.db.fetchval("SELECT count(*) FROM hints WHERE customer_id = $1", a) == 0
    assert await shop.read(other) == (f"wish {other}", f"remark {other}")
    assert await shop.db.fetchval("SELECT count(*) FROM hints WHERE customer_id = $1", b) == 1


async def test_said_twice_it_finds_nothing_more(shop: Shop) -> None:
    asked = forget(new_id())
    await shop.order(asked.customer_id)
    assert len(await shop.follow(asked, asked)) == 1
    assert await shop.follow(asked) == []
    again = await only(shop, forget(asked.customer_id))
    assert again.keys == 0


async def test_somebody_unknown_is_forgotten_at_once(shop: Shop) -> None:
    receipt = await only(shop, forget(new_id()))
    assert (receipt.rows, receipt.keys) == ([], 0)


async def test_an_open_case_holds_it_until_it_ends(shop: Shop) -> None:
    """Edge case 22."""
    a = new_id()
    order = await shop.order(a, state="open")
    (held,) = await shop.follow(forget(a))
    assert isinstance(held, ComplaintsErasureHeld)
    assert [(one.what, one.count) for one in held.reasons] == [("open-order", 1)]
    await held_again(shop)
    assert await shop.follow() == [], "it is said once"
    assert await shop.read(order) == (f"wish {order}", f"remark {order}")
    await shop.db.execute("UPDATE orders SET state = 'done'")
    await held_again(shop)
    (done,) = await shop.follow()
    assert isinstance(done, ComplaintsErasureConfirmed) and await shop.read(order) == (None, None)


async def test_one_that_is_held_keeps_no_other_waiting(shop: Shop) -> None:
    a, b = new_id(), new_id()
    await shop.order(a, state="open")
    order = await shop.order(b)
    await shop.follow(forget(a))
    await only(shop, forget(b))
    assert await shop.read(order) == (None, None)


async def test_the_person_is_forgotten_whole_and_a_split_brings_nothing_readable_back(shop: Shop) -> None:
    a, b = new_id(), new_id()
    orders = [await shop.order(a), await shop.order(b)]
    merge = merged(b, a)
    receipt = await only(shop, merge, forget(a))
    assert receipt.keys == 2
    await shop.follow(split(merge))
    assert [await shop.read(order) for order in orders] == [(None, None)] * 2


async def test_after_a_split_each_takes_his_own_along(shop: Shop) -> None:
    a, b = new_id(), new_id()
    his, hers = await shop.order(a), await shop.order(b)
    merge = merged(b, a)
    await shop.follow(merge)
    late, since = await shop.order(a), await shop.order(b)
    await shop.follow(split(merge))
    await only(shop, forget(a))
    assert [await shop.read(order) for order in (his, late)] == [(None, None)] * 2
    assert None not in [*await shop.read(hers), *await shop.read(since)]


async def test_what_comes_later_is_erased_too_and_confirmed_again(shop: Shop) -> None:
    a = new_id()
    await only(shop, forget(a))
    order = await shop.order(None)
    assert await shop.read(order) == (f"wish {order}", f"remark {order}")
    await shop.db.execute("UPDATE orders SET customer_id = $1 WHERE id = $2", a, order)
    again = await only(shop)
    assert again.keys == 1 and await shop.read(order) == (None, None)
    assert [row["sequence"] for row in await shop.db.fetch("SELECT sequence FROM customer_erasures")] == [2]


async def test_rows_without_a_known_customer_have_keys_of_their_own_that_go_too(shop: Shop) -> None:
    a = new_id()
    order = await shop.order(None)
    await shop.db.execute("UPDATE orders SET customer_id = $1", a)
    receipt = await only(shop, forget(a))
    assert receipt.keys == 1 and await shop.read(order) == (None, None)


async def test_many_rows_go_in_portions(shop: Shop) -> None:
    a = new_id()
    await shop.db.execute("INSERT INTO hints SELECT gen_random_uuid(), $1 FROM generate_series(1, 25)", a)
    await shop.hear(forget(a))
    portions = []
    while True:
        async with shop.works(Actor.system("loop:customers")) as work:
            did = await erasing.erase_portion(work, CUSTOMERS, 10)
        if not did:
            break
        portions.append(did)
    assert portions == [1, 10, 10, 5, 1]
    (receipt,) = await shop.receipts()
    assert isinstance(receipt, ComplaintsErasureConfirmed) and receipt.rows[0].count == 25


async def test_it_is_not_done_while_somebody_writes_about_him(shop: Shop) -> None:
    a = new_id()
    hint = new_id()
    await shop.hear(forget(a))
    async with shop.db.transaction():
        await shop.db.execute("INSERT INTO hints VALUES ($1, $2)", hint, a)
        erasing_it = asyncio.create_task(shop.rounds())
        done, _ = await asyncio.wait([erasing_it], timeout=0.3)
        assert not done
    await erasing_it
    (receipt,) = await shop.receipts()
    assert isinstance(receipt, ComplaintsErasureConfirmed)
    assert await shop.db.fetchval("SELECT count(*) FROM hints") == 0


async def test_parked_messages_of_private_topics_go_and_others_stay(shop: Shop) -> None:
    a, contact, strange = new_id(), new_id(), new_id()
    await shop.order(a, contact=contact)

    async def park(topic: str, key: UUID, offset: int) -> None:
        await shop.db.execute(
            'INSERT INTO parked (consumer, topic, partition, "offset", key, value, reason)'
            " VALUES ('c', $1, 0, $2, $3, 'sealed', 'refused')",
            *(topic, offset, str(key).encode()),
        )  # fmt: skip

    await park("rapport.interactions.private", contact, 1)
    await park("rapport.interactions.private", strange, 2)
    await park("rapport.profiles", contact, 3)
    await only(shop, forget(a))
    found = {row["offset"]: (row["state"], row["value"]) for row in await shop.db.fetch("SELECT * FROM parked")}
    assert found == {1: ("dropped", None), 2: ("parked", b"sealed"), 3: ("parked", b"sealed")}


@pytest.mark.parametrize("sealed", [True, False])
async def test_a_parked_message_that_names_them_goes(shop: Shop, sealed: bool) -> None:
    a, other = new_id(), new_id()
    await shop.order(a)
    for number, named in enumerate((a, other)):
        await shop.db.execute(
            'INSERT INTO parked (consumer, topic, partition, "offset", key, value, reason, sealed, mentions)'
            " VALUES ('c', 'rapport.interactions.private', 0, $1, 'x', $2, 'refused', $3, $4)",
            *(number, b"" if sealed else f"by {named}".encode(), sealed, [named] if sealed else []),
        )
    await only(shop, forget(a))
    found = await shop.db.fetch('SELECT state, mentions FROM parked ORDER BY "offset"')
    assert [(row["state"], len(row["mentions"])) for row in found] == [("dropped", 0), ("parked", int(sealed))]


async def test_the_audit_says_that_it_happened_and_nothing_else_and_its_chain_holds(shop: Shop) -> None:
    a = new_id()
    await shop.order(a)
    await only(shop, forget(a))
    entry = await shop.db.fetchrow("SELECT * FROM audit WHERE action = 'customer.erased' ORDER BY seq DESC LIMIT 1")
    assert (entry["subject"], entry["actor_id"]) == (f"customer:{a}", "loop:customers")
    async with shop.works(Actor.system("test")) as work:
        assert await verify(work.connection) is None


async def test_what_is_not_done_is_told_to_the_operators_but_not_what_is_held(shop: Shop) -> None:
    registry = CollectorRegistry()
    alarm = ERASURES_PENDING.loop(registry)

    async def pending() -> float | None:
        async with shop.works(Actor.system("test")) as work:
            await alarm.round(work)
            return registry.get_sample_value("rapport_erasures_pending", {"service": work.source})

    await shop.db.execute("DELETE FROM customer_erasures")
    await shop.hear(forget(new_id()))
    assert await pending() == 1
    await shop.db.execute("UPDATE customer_erasures SET state = 'held'")
    assert await pending() == 0
    await shop.db.execute("UPDATE customer_erasures SET state = 'erasing'")
    assert await pending() == 1
    await shop.rounds()
    assert await pending() == 0
