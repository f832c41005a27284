"""Who may do what with which thing, out of the documents: every refusal that is about an object or about who exactly calls,
provoked, with somebody who gets in. Scopes and levels are in `test_access_matrix.py`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_kernel.ids import new_id
from rapport_testing.web import TokenMaker

from .absent import OVER, WRITTEN, new_link
from .operations import Operation, operations_of
from .provoked import Case, Provoke
from .refusals import Pair, pairs_of
from .rows import gaps, provoke_of
from .stock import Stock, stock_of
from .things import Ask, House, house_of, intake_link

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was provoked: pairs of operation and code, calls, and where an answer was not what the document says."""

    pairs: int
    calls: int
    deviations: Sequence[str]


async def provoke(house: House, pair: Pair, case: Case) -> list[str]:
    """What came otherwise than the document says."""
    promised, found = (pair.status, pair.code), list[str]()
    for ask in (case.refused, *case.more):
        came = await house.ask(ask)
        if (came.status, came.code) != promised:
            found.append(f"{ask.method} {ask.path}: {came.status} {came.code}, promised {pair.code}: {came.body[:300]!r}")
    came = await house.ask(case.admitted)
    if came.status in {401, 403} or came.status >= 500 or came.code == pair.code:
        found.append(f"{pair.operation.name}: {came.status} {came.code} for whom {pair.code} is not: {came.body[:300]!r}")
    return found


async def walk(
    house: House, stock: Stock, pairs: Iterable[Pair], rows: Callable[[Operation, str], Provoke | None] = provoke_of
) -> Counted:
    """Provoke each; what removes a thing goes last."""
    count, before, deviations = 0, house.calls, list[str]()
    for pair in sorted(pairs, key=lambda pair: pair.operation.method == "DELETE"):
        count += 1
        made = rows(pair.operation, pair.code)
        if made is None:
            deviations.append(f"{pair.operation.name}: nobody says how {pair.code} is provoked")
        else:
            deviations += await provoke(house, pair, await made(house, stock, pair.operation))
    return Counted(count, house.calls - before, deviations)


async def told_apart(house: House, stock: Stock, operation: Operation, credential: str) -> list[str]:
    """Whether somebody learns from their refusal that a thing is there."""
    paths = [operation.filled(**stock.there(operation)), operation.filled(**{n: stock.nothing(n) for n in operation.names})]
    there, nothing = [await house.ask(Ask(operation.method, each, credential)) for each in paths]
    if there.status == 403 and there.same_as(nothing):
        return []
    return [f"{operation.name}: {there.status} {there.code} of a thing, {nothing.status} {nothing.code} of nothing"]


def strangers(house: House, operation: Operation) -> Iterator[str]:
    """Those who have every right but the one: another scope, a level too low."""
    service = operation.path.split("/")[1]
    scopes = {each.scope for each in operations_of(house.documents[service]) if each.scope} - {operation.scope}
    yield house.token(*sorted(scopes))
    if operation.level > 1:
        yield house.right(operation, level=operation.level - 1)


def of_a_thing(house: House) -> list[Operation]:
    """Operations with an id in their path that ask for a scope."""
    every = (each for document in house.documents.values() for each in operations_of(document))
    return [each for each in every if each.names and each.scope is not None]


@pytest_asyncio.fixture(scope="module")
async def house(services: Mapping[str, Service[Any]], tokens: TokenMaker) -> AsyncIterator[House]:
    async with house_of(services, tokens) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def stock(house: House) -> Stock:
    return await stock_of(house)


async def test_nobody_learns_from_a_refusal_whether_a_thing_is_there(
    house: House, stock: Stock, record_property: Any
) -> None:
    operations, before, found = of_a_thing(house), house.calls, list[str]()
    for operation in operations:
        for credential in strangers(house, operation):
            found += await told_apart(house, stock, operation, credential)
    counts = {"operations": len(operations), "calls": house.calls - before, "deviations": len(found)}
    record_property("things that are not told", counts)
    print(f"\nthings that are not told: {counts}")  # noqa: T201
    assert found == [] and len(operations) > 200


async def test_every_refusal_of_the_documents_meets_whom_it_is_for_and_nobody_else(
    house: House, stock: Stock, record_property: Any
) -> None:
    pairs, began = pairs_of(house.documents.values()), time.monotonic()
    assert gaps(pairs) == []
    found = await walk(house, stock, pairs)
    counts = {"pairs": found.pairs, "calls": found.calls, "deviations": len(found.deviations)}
    record_property("access to objects", counts)
    seconds = time.monotonic() - began
    print(f"\naccess to objects: {counts} in {seconds:.0f} s; {dict(Counter(each.code for each in pairs))}")  # noqa: T201
    assert list(found.deviations) == []
    assert found.pairs == len(pairs) > 480 and found.calls >= 2 * found.pairs


async def test_a_link_opens_its_own_door_and_says_nothing_at_any_other(house: House, record_property: Any) -> None:
    doors = [each for document in house.documents.values() for each in operations_of(document) if each.names == ["token"]]
    kinds = {each.path.split("/")[3]: each for each in doors}
    over = {kind: _token(await new_link(house, door)) for kind, door in kinds.items()}
    for service, query in OVER.items():
        await house.rows(service, query)
    links = {kind: _token(await new_link(house, door)) for kind, door in kinds.items()}
    before, found = house.calls, list[str]()
    for door in doors:
        kind = door.path.split("/")[3]
        others = [each for held in (links, over) for of, each in held.items() if of != kind]
        for page in (False, True):
            found += await at_door(house, door, over[kind], [*others, *spoiled(links[kind])], page=page)
    for door in doors:
        came = await house.ask(_with(door, links[door.path.split("/")[3]], page=False))
        found += [] if came.status < 400 else [f"{door.name}: {came.status} {came.code} for its own link"]
    counts = {"doors": len(doors), "calls": house.calls - before, "deviations": len(found)}
    record_property("links", counts)
    print(f"\nlinks: {counts}")  # noqa: T201
    assert found == [] and len(doors) == 5 and set(kinds) == {"f", "s", "r"}


async def at_door(house: House, door: Operation, over: str, strange: Iterable[str], *, page: bool) -> list[str]:
    """What is told there beside: nothing opens, what is strange is unknown, and what is over is told so."""
    unknown = await house.ask(_with(door, "A" * 43, page=page))
    late = await house.ask(_with(door, over, page=page))
    both = (unknown.status, late.status)
    found = [] if both == (404, 410) else [f"{door.name}: {both} for what is unknown and over"]
    for token in strange:
        came = await house.ask(_with(door, token, page=page))
        if not came.same_as(unknown):
            found.append(f"{door.name}: {came.status} {came.code} for a link that is none there")
    return found


def spoiled(token: str) -> list[str]:
    """Another character at either end and in the middle, cut, longer, in other letters."""
    changed = [token[:at] + ("B" if token[at] != "B" else "C") + token[at + 1 :] for at in (0, 20, 42)]
    return [*changed, token[:-1], token[1:], token + "A", token.swapcase()]


def _token(path: str) -> str:
    return path.rpartition("/")[2]


def _with(door: Operation, token: str, *, page: bool) -> Ask:
    written = WRITTEN.get(door.name)
    form = written.get("answers", written) if page and written is not None else written
    return Ask(door.method, door.filled(token=token), body=form, page=page)


async def test_the_link_of_a_customer_who_was_erased_is_one_that_nobody_knows(house: House) -> None:
    customer = str(new_id())
    [door] = [each for each in operations_of(house.documents["complaints"]) if each.name in WRITTEN]
    link = _token(await intake_link(house, customer_id=customer))
    await house.erase("complaints", customer)
    for page in (False, True):
        unknown, erased = [await house.ask(_with(door, each, page=page)) for each in ("A" * 43, link)]
        assert erased.status == 404 and erased.same_as(unknown)


async def test_the_walk_sees_a_door_that_is_not_as_its_document_says(house: House, stock: Stock) -> None:
    document = house.documents["complaints"]
    show, acknowledge = [
        next(each for each in operations_of(document) if each.name.endswith(name))
        for name in ("GET /complaints/v1/complaints/{complaint_id}", "{complaint_id}:acknowledge")
    ]
    right = [Pair(show, "not-found", 404), Pair(acknowledge, "staff-id-not-opaque", 403)]
    assert (await walk(house, stock, right)).deviations == []
    wrong = [
        Pair(show, "staff-id-not-opaque", 403),  # who reads may be called anything
        Pair(show, "not-found", 410),
        Pair(show, "letter-erased", 404),  # no row
    ]
    for pair in wrong:
        assert (await walk(house, stock, [pair])).deviations, pair

    async def swapped(house: House, stock: Stock, operation: Operation) -> Case:
        made = provoke_of(operation, "not-found")
        assert made is not None
        case = await made(house, stock, operation)
        return replace(case, refused=case.admitted, admitted=case.refused)

    assert len((await walk(house, stock, right[:1], lambda *_: swapped)).deviations) == 2
    assert await told_apart(house, stock, show, house.right(show)), "who may see it is told"
    every = pairs_of(house.documents.values())
    assert len(gaps([*every, Pair(show, "letter-erased", 404)])) == 1
    assert len(gaps([each for each in every if each.code != "not-yours"])) == 1
