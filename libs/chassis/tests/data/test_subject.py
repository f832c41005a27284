"""Subjects put together: nothing is declared twice, and what belongs to customers is one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.alarms import Alarm
from rapport_chassis.customers import Owned, Part, Receipts
from rapport_chassis.listens import Batch, Listens
from rapport_chassis.loops import Loop
from rapport_chassis.subject import Holdings, Subject, customers_of, joined
from rapport_contracts.complaints.cases import ComplaintAcknowledged, ComplaintClosed
from rapport_contracts.complaints.receipts import ComplaintsErasureConfirmed, ComplaintsMergeApplied, ComplaintsSplitApplied
from rapport_kernel.states import Move, StateTable
from sqlalchemy import Column, MetaData, Table, Uuid

LIFE = StateTable("order", "open", [Move("close", "open", "closed")])
RECEIPTS = Receipts(ComplaintsMergeApplied, ComplaintsSplitApplied, ComplaintsErasureConfirmed)
metadata = MetaData()
orders = Table("orders", metadata, Column("id", Uuid, primary_key=True), Column("customer_id", Uuid))
lines = Table("lines", metadata, Column("id", Uuid, primary_key=True), Column("order_id", Uuid))


async def nothing(*_: Any) -> Any:
    return 0


EVERY = timedelta(minutes=1)
TWICE = {
    "subject": {},
    "life": {"lives": [LIFE]},
    "timer": {"timers": {"order.due": nothing}},
    "handler of an event": {"listens": Listens(each={ComplaintClosed: nothing})},
    "loop": {"loops": [Loop("sweep", nothing)]},
    "alarm": {"alarms": [Alarm("late", "rapport_late", "Late orders", nothing, EVERY)]},
}


@pytest.mark.parametrize("what", TWICE)
def test_a_name_that_is_declared_twice_is_refused(what: str) -> None:
    names = ("a", "a") if what == "subject" else ("a", "b")
    joined("shop", [Subject("a", **TWICE[what])])
    with pytest.raises(ValueError, match=f"^{what} declared twice: "):
        joined("shop", [Subject(name, **TWICE[what]) for name in names])


def test_two_consumer_groups_of_one_name_are_refused() -> None:
    listens = Listens(batches=[Batch("orders", [ComplaintClosed], nothing)])
    with pytest.raises(ValueError, match="two batches"):
        joined("shop", [Subject("a", listens=listens), Subject("b", listens=listens)])


def test_subjects_react_in_the_order_in_which_they_are_named() -> None:
    async def a(*_: Any) -> None: ...
    async def b(*_: Any) -> None: ...
    async def c(*_: Any) -> None: ...

    core = Subject("core", reactions={ComplaintClosed: [a, b]})
    leaf = Subject("leaf", reactions={ComplaintClosed: [c], ComplaintAcknowledged: [c]})
    whole = joined("shop", [core, leaf])
    assert whole.reactions == {ComplaintClosed: [a, b, c], ComplaintAcknowledged: [c]}


async def test_what_belongs_to_customers_is_gathered() -> None:
    done: list[str] = []

    async def open_orders(_work: Any, customers: list[UUID]) -> Mapping[str, int]:
        return {"open-order": len(customers)}

    async def stop(*_: Any) -> None:
        done.append("stop")

    owner = Subject("orders", holdings=Holdings(tables=[Owned(orders)], holds=open_orders, before_erasing=stop))
    part = Subject("lines", holdings=Holdings(parts={orders: [Part(lines, "order_id")]}, before_erasing=stop))
    found = customers_of([owner, part], RECEIPTS)
    assert found is not None
    assert [(owned.table.name, [each.table.name for each in owned.parts]) for owned in found.tables] == [
        ("orders", ["lines"])
    ]
    assert found.holds is not None
    assert found.before_erasing is not None
    assert await found.holds(None, [UUID(int=1)]) == {"open-order": 1}
    await found.before_erasing(None, [])
    assert done == ["stop", "stop"]
    assert customers_of([Subject("registry")], None) is None
    with pytest.raises(ValueError, match="says how it confirms"):
        customers_of([owner], None)
    with pytest.raises(ValueError, match="parts of orders, which no subject declares"):
        customers_of([part], RECEIPTS)
    with pytest.raises(ValueError, match="table of customers declared twice: orders"):
        customers_of([owner, owner], RECEIPTS)
    rows = Subject("people", holdings=Holdings(people=orders))
    with pytest.raises(ValueError, match="two subjects say which table has a row for each customer"):
        customers_of([rows, rows], RECEIPTS)
