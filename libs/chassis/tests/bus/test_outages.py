"""The broker refuses, swallows and cuts: writes go on, the outbox takes them, and all arrives once it is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bus_widgets import OPTIONS, QUICK, Running, World
from rapport_chassis.bus import Bus
from rapport_kernel.ids import new_id
from rapport_testing.proxy import FaultProxy
from rapport_testing.waiting import eventually


async def writing(world: World, seconds: float, every: float = 0.004) -> int:
    """Facts of some hot keys at a steady pace; a commit that failed would raise. How many."""
    widgets = [new_id() for _ in range(9)]
    loop = asyncio.get_running_loop()
    end, turn = loop.time() + seconds, 0
    while loop.time() < end:
        await world.move(widgets[turn % 9])
        turn += 1
        await asyncio.sleep(every)
    return turn


async def settled(world: World) -> None:
    facts = await world.value("SELECT count(*) FROM facts")

    async def all_applied() -> bool:
        return await world.depth() == 0 and await world.value("SELECT count(*) FROM moves") == facts

    await eventually(all_applied, within=40)
    (await world.history()).check()
    assert await world.parked() == []


def through(proxy: FaultProxy) -> Bus:
    return Bus(f"127.0.0.1:{proxy.port}", client="test", replica="only", session=10.0)


async def test_a_broker_that_is_down_for_a_while_costs_nothing(
    world: World, broker_proxy: FaultProxy, running: Running
) -> None:
    bus = through(broker_proxy)
    relay, runner = world.relay(bus=bus), world.runner(bus=bus)
    async with running(relay, runner):
        await writing(world, 1)
        await broker_proxy.refuse()
        written = await writing(world, 4)
        assert written > 10
        assert await world.depth() >= written * 0.8
        await broker_proxy.accept()
        await writing(world, 1)
        await settled(world)


async def test_a_broker_that_swallows_everything_is_left_and_found_again(
    world: World, broker_proxy: FaultProxy, running: Running
) -> None:
    """While it waits for an answer, the leader keeps its lease: the standby does not take it for frozen."""
    bus = through(broker_proxy)
    options = replace(QUICK, stale_after=3.0, send_within=8.0)
    relay, standby = world.relay(bus=bus, options=options), world.relay(bus=bus, options=options)
    async with running(relay, standby, world.runner(bus=bus)):
        await writing(world, 1)
        broker_proxy.black_hole = True
        await writing(world, 10)
        broker_proxy.black_hole = False
        assert await world.value("SELECT epoch FROM relay_lease") == 1
        await settled(world)


async def test_connections_that_are_cut_before_the_answer_give_duplicates_and_one_effect(
    world: World, broker_proxy: FaultProxy, running: Running
) -> None:
    bus = through(broker_proxy)
    async with running(world.relay(bus=bus), world.runner(bus=bus)):

        async def cutting() -> None:
            for _ in range(25):
                await asyncio.sleep(0.12)
                broker_proxy.reset()

        await asyncio.gather(writing(world, 4), cutting())
        await settled(world)


async def test_a_relay_and_a_reader_tell_that_they_do_nothing_and_that_they_are_well_again(
    world: World, broker_proxy: FaultProxy, running: Running, monkeypatch
) -> None:
    from rapport_chassis import consumer, relay, watchdog

    for module in (consumer, relay, watchdog):
        monkeypatch.setattr(module, "SILENCE", 1.5)
    bus = through(broker_proxy)
    sends = world.relay(bus=bus, options=replace(QUICK, send_within=1.0))
    reads = world.runner(bus=bus, options=replace(OPTIONS, watch_every=0.3))
    async with running(sends, reads):
        await writing(world, 0.5)
        await eventually(lambda: sends.trouble() is None and reads.trouble() is None)
        await broker_proxy.refuse()
        await writing(world, 0.5)
        await eventually(sends.trouble, within=15)
        await eventually(reads.trouble, within=15)
        await broker_proxy.accept()
        await eventually(lambda: sends.trouble() is None and reads.trouble() is None, within=20)
        await settled(world)
