"""kill -9 at the worst moments: nothing is lost, nothing takes effect twice, no key loses its order."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from bus_widgets import Running, World
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually

DEATHS = 25


async def write_until(world: World, done) -> None:
    """Facts about a few hot keys, until `done()`."""
    widgets = [new_id() for _ in range(7)]
    turn = 0
    while not done():
        await world.move(widgets[turn % 7])
        turn += 1
        if turn % 10 == 0:
            await asyncio.sleep(0.01)


async def drained(world: World) -> bool:
    return await world.depth() == 0


@pytest.mark.parametrize("point", ["delete", "deleted", "send"])
async def test_a_relay_killed_again_and_again_loses_nothing_and_keeps_the_order(world: World, child, point: str) -> None:
    async with child(role="relay", die=point, lives=DEATHS, batch=20) as relay:
        await asyncio.wait_for(write_until(world, lambda: relay.deaths >= DEATHS), 120)
        await eventually(lambda: drained(world), within=30)
    history = await world.history()
    history.check()
    copies = len(history.published) - len({record.id for record in history.published})
    # Between acknowledgement and delete: the same facts come again, under the same ids.
    assert copies > 0 if point == "delete" else copies >= 0
    bodies = {}
    from rapport_testing.topics import dump

    for record in await dump(world.kafka, world.topic):
        event_id = dict(record.headers)["ce_id"]
        assert bodies.setdefault(event_id, record.value) == record.value


@pytest.mark.parametrize("point", ["offsets", "handler"])
async def test_a_reader_killed_again_and_again_applies_each_fact_once(
    world: World, child, running: Running, point: str
) -> None:
    deaths = 12
    async with running(world.relay()), child(role="reader", die=point, lives=deaths) as reader:
        await asyncio.wait_for(write_until(world, lambda: reader.deaths >= deaths), 120)
        facts = await world.value("SELECT count(*) FROM facts")

        async def all_applied() -> bool:
            return await world.value("SELECT count(*) FROM moves") >= facts

        await eventually(all_applied, within=60)
    history = await world.history()
    history.check()
    assert len(history.effects) == facts
    for widget, sequences in await world.rows("SELECT widget_id, array_agg(sequence ORDER BY nr) FROM moves GROUP BY 1"):
        assert sequences == list(range(1, len(sequences) + 1)), widget


async def test_a_frozen_leader_is_put_out_and_its_late_sends_change_nothing(world: World, child, running: Running) -> None:
    """SIGSTOP keeps the TCP session, and with it the lock: the standby has to end it."""
    standby, reader = world.relay(), world.runner()
    async with child(role="relay", stale_after=1.5) as leader:

        async def leads() -> bool:
            return bool(await world.rows("SELECT FROM relay_lease"))

        await eventually(leads, within=20)
        frozen = await _its_child(leader.pid)
        async with running(standby, reader):
            widgets = await world.move_many(50, widgets=5)
            os.kill(frozen, signal.SIGSTOP)
            try:
                for _ in range(10):
                    for widget in widgets:
                        await world.move(widget)
                await eventually(lambda: standby.leading, within=15)
                await eventually(lambda: drained(world), within=20)
            finally:
                os.kill(frozen, signal.SIGCONT)
            for _ in range(10):
                for widget in widgets:
                    await world.move(widget)
            await eventually(lambda: drained(world), within=20)

            async def all_applied() -> bool:
                return await world.value("SELECT count(*) FROM moves") == 150

            await eventually(all_applied, within=20)
            assert standby.leading
    (await world.history()).check()


async def _its_child(pid: int) -> int:
    """The process that `bus_child.py` has forked."""
    forked = await eventually(lambda: Path(f"/proc/{pid}/task/{pid}/children").read_text().strip(), within=10)
    return int(forked)
