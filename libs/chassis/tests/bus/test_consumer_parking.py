"""What cannot be applied is parked, and the later events of its key with it; the others go on."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from bus_widgets import (
    Running,
    World,
    books_balance,
    committed,
    consumed,
    record,
)
from rapport_chassis.parked import read_headers
from rapport_kernel.ids import new_id


async def test_the_same_id_with_another_body_is_parked_as_a_conflict(world: World, running: Running) -> None:
    widget, event_id, when = new_id(), new_id(), datetime.now(UTC)
    first = record(widget, 1, event_id=event_id, when=when)
    other = record(widget, 1, event_id=event_id, when=when, note="another")
    runner = world.runner()
    async with running(runner):
        await world.publish(first, first)
        await consumed(world, runner, 2)
        await world.publish(other)
        await consumed(world, runner, 3)
        inside = new_id()  # both in one batch
        batch = [record(widget, n, event_id=inside, when=when, note=str(n)) for n in (2, 3)]
        await world.publish(*batch, partition=1)
        await consumed(world, runner, 5)
    parked = await world.parked()
    assert (parked[0]["reason"], parked[0]["value"]) == ("conflict", other[1])
    assert await world.value("SELECT count(*) FROM moves WHERE event_id = $1", event_id) == 1
    assert await world.value("SELECT count(*) FROM moves WHERE event_id = $1", inside) <= 1
    books_balance(world, runner)


def poison() -> dict[str, tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]:
    key, value, headers = record(new_id(), 1)

    def without(name: str) -> list[tuple[str, bytes]]:
        return [(n, v) for n, v in headers if n != name]

    def instead(name: str, other: bytes) -> list[tuple[str, bytes]]:
        return [*without(name), (name, other)]

    good = value
    return {
        "bad JSON": (key, b'{"widget_id": ', headers),
        "bad UTF-8": (key, b'{"widget_id": "\xff\xfe"}', headers),
        "a list": (key, b"[]", headers),
        "wrong type": (key, b'{"widget_id": 7}', headers),
        "NaN": (key, b"NaN", headers),
        "deep": (key, b"[" * 100_000, headers),
        "no id": (key, good, without("ce_id")),
        "no time": (key, good, without("ce_time")),
        "no sequence": (key, good, without("ce_sequence")),
        "no headers": (key, good, []),
        "id is no id": (key, good, instead("ce_id", b"seven")),
        "header is no UTF-8": (key, good, instead("ce_actor", b"\xff\xfe\xfd")),
        "time without offset": (key, good, instead("ce_time", b"2026-01-01T00:00:00")),
        "time in a far future": (key, good, instead("ce_time", b"2999-01-01T00:00:00Z")),
        "null value": (key, None, headers),
        "empty value": (key, b"", headers),
        "empty key": (b"", good, headers),
        "no key": (None, good, headers),
    }


async def test_poison_is_parked_with_its_bytes_and_the_next_key_is_unaffected(world: World, running: Running) -> None:
    runner = world.runner()
    cases = poison()
    after: list = []
    sent = []
    for key, value, headers in cases.values():
        fresh = str(new_id()).encode() if key else key  # a key of its own, or all of them would follow the first
        about = [(name, fresh if name == "ce_subject" and fresh else text) for name, text in headers]
        sent.append((fresh, value, about))
        good = record(new_id(), 1)
        sent.append(good)
        after.append(good)
    # each poisonous envelope needs an id of its own, else they are duplicates of each other
    sent = [(key, value, _own_id(headers)) for key, value, headers in sent]
    async with running(runner):
        await world.publish(*sent)
        await consumed(world, runner, len(sent))
    found = await world.parked()
    assert len(found) == len(cases)
    assert [row["value"] for row in found] == [value for _, value, _ in cases.values()]
    assert len(await world.rows("SELECT FROM moves")) == len(after)
    books_balance(world, runner)
    assert sum((await committed(world, world.group)).values()) == len(sent)
    reasons = {row["reason"] for row in found}
    assert reasons == {"invalid", "bad-envelope", "no-type", "time-out-of-range", "no-value", "no-key"}


def _own_id(headers):
    return [(name, str(new_id()).encode() if name == "ce_id" and len(value) == 36 else value) for name, value in headers]


async def test_what_the_park_tells_about_an_error_holds_nothing_of_the_input(world: World, running: Running) -> None:
    secret = "+8613800138000"
    widget = new_id()
    bodies = [
        b'{"widget_id": "' + secret.encode() + b'"}',
        b'{"widget_id": {"' + secret.encode() + b'": 1}}',
    ]
    runner = world.runner()
    async with running(runner):
        await world.publish(*(record(new_id(), 1, body=body) for body in bodies))
        await world.publish(record(widget, 1, note="refuse"))
        await consumed(world, runner, 3)
    for row in await world.parked():
        assert secret not in row["detail"] + row["reason"]
    assert "Invalid refused-by-test" in (await world.parked())[2]["detail"]


@pytest.mark.parametrize("each", [False, True])
async def test_a_refused_key_is_quarantined_in_order_and_the_others_go_on(world: World, running: Running, each) -> None:
    bad, good = new_id(), new_id()
    records = [record(bad, 1, note="refuse")]
    for sequence in range(2, 202):
        records += [record(bad, sequence), record(good, sequence)]
    runner = world.runner(world.subscription(each=each))
    async with running(runner):
        await world.publish(*records)
        await consumed(world, runner, len(records))
    found = await world.parked()
    assert [row["reason"] for row in found] == ["refused", *["follows"] * 200]
    assert [int(_header(row, "ce_sequence")) for row in found] == list(range(1, 202))
    assert [row[0] for row in await world.rows("SELECT sequence FROM moves ORDER BY nr")] == list(range(2, 202))
    books_balance(world, runner)


def _header(row, name: str) -> str:
    value = dict(read_headers(orjson.loads(row["headers"])))[name]
    assert value is not None
    return value.decode()
