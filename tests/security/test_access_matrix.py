"""Who may call what, out of the documents: every operation with every kind of caller, and what is somebody's own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.security.machine_keys import MACHINES_MAY
from rapport_chassis.service import Service
from rapport_chassis.web.router import Router
from rapport_cli.services import SERVICES
from rapport_testing.web import TokenMaker

from .operations import Operation, call, operations_of

pytestmark = pytest.mark.timeout(300)
LEVELS = (1, 2, 3, 4)
NO_RIGHT = {"scope-missing", "level-too-low"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a credential: what they hold, as the token or key says it."""

    name: str
    credential: str | None
    scopes: frozenset[str] = frozenset()
    level: int = 0
    known: bool = True


def expected(operation: Operation, caller: Caller) -> int:
    """What the document promises: 0 they get in, else the status of the refusal."""
    if operation.public:
        return 0
    if not caller.known:
        return 401
    if operation.scope is None or (operation.scope in caller.scopes and caller.level >= operation.level):
        return 0
    return 403


def found(status: int, body: bytes) -> int:
    """The same of an answer: whoever got in may be refused for what they ask, but not for who they are."""
    if status not in {401, 403}:
        return 0 if status else -1
    return status if status == 401 or json.loads(body)["code"] in NO_RIGHT else 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What was called: operations, calls, and where an answer was not what the document says."""

    operations: int
    calls: int
    deviations: Sequence[str]
    outcomes: Mapping[int, int]


class Matrix:
    """Callers of every kind for each operation."""

    def __init__(self, tokens: TokenMaker, scopes: Iterable[str], machines: Mapping[str, Caller]) -> None:
        self._tokens, self._all, self._machines = tokens, frozenset(scopes), machines
        self._made: dict[tuple[frozenset[str], int], str] = {}

    def callers(self, service: str, operation: Operation) -> list[Caller]:
        """Nobody, nonsense, all scopes but the right one at each level, the right one at each level, a machine."""
        own = frozenset({operation.scope}) if operation.scope else frozenset()
        others = self._all - own
        return [
            Caller("no token", None, known=False),
            Caller("garbage", "garbage.of.token", known=False),
            *(Caller(f"all others, {n}", self._token(others, n), others, n) for n in LEVELS),
            *(Caller(f"own, {n}", self._token(own, n), own, n) for n in LEVELS),
            self._machines[service],
        ]

    async def walk(self, service: str, app: Any, operations: Iterable[Operation]) -> Counted:
        """Call each operation as each of them."""
        count, calls, deviations, outcomes = 0, 0, [], Counter[int]()
        for operation in operations:
            count += 1
            for caller in self.callers(service, operation):
                status, body = await call(app, operation, operation.filled(), caller.credential)
                promised, came = expected(operation, caller), found(status, body)
                calls += 1
                outcomes[came] += 1
                if promised != came or status >= 500:
                    deviations.append(f"{operation.name} as {caller.name}: {status}, promised {promised}")
        return Counted(count, calls, deviations, outcomes)

    def _token(self, scopes: frozenset[str], level: int) -> str:
        key = (scopes, level)
        if key not in self._made:
            self._made[key] = self._tokens(*sorted(scopes), level=level, subject=f"caller-{level}")
        return self._made[key]


def scopes_in(documents: Iterable[Mapping[str, Any]]) -> set[str]:
    return {each.scope for document in documents for each in operations_of(document) if each.scope is not None}


@pytest_asyncio.fixture(scope="module")
async def matrix(services: Mapping[str, Service[Any]], tokens: TokenMaker) -> AsyncIterator[Matrix]:
    """With a machine key of each service, which holds all that a key may hold there."""
    scopes = scopes_in(service.asgi.openapi for service in services.values())
    machines = {}
    for name, service in services.items():
        own = sorted(each for each in scopes if each.startswith(f"{name}:") and each.rpartition(":")[2] in MACHINES_MAY)
        if not own:
            machines[name] = Caller("a machine of nobody", "rpt_0000000000000000_" + "x" * 43, known=False)
            continue
        making = Operation("POST", f"/{name}/v1/machine-keys", f"{name}:manage-keys", 1, public=False, says={})
        maker = tokens(*own, f"{name}:manage-keys", level=4, subject="maker")
        body = {"name": "a machine", "source": "pbx-a", "scopes": own, "level": 4}
        status, answer = await call(service.asgi, making, making.path, maker, body)
        assert status == 201, answer
        machines[name] = Caller("a machine", json.loads(answer)["key"], frozenset(own), 4)
    yield Matrix(tokens, scopes, machines)


async def test_every_operation_admits_whom_its_document_says_and_nobody_else(
    services: Mapping[str, Service[Any]], matrix: Matrix, record_property: Any
) -> None:
    counts = {}
    for name, service in services.items():
        counts[name] = await matrix.walk(name, service.asgi, operations_of(service.asgi.openapi))
        documented = [route for route in service.asgi.routes if not route.hidden]
        assert counts[name].operations == len(documented), f"every route of {name} is in its document, and was called"
    total = {
        "operations": sum(each.operations for each in counts.values()),
        "calls": sum(each.calls for each in counts.values()),
        "deviations": sum(len(each.deviations) for each in counts.values()),
    }
    record_property("access matrix", total)
    print(f"\naccess matrix: {total}; " + "; ".join(f"{name}: {dict(each.outcomes)}" for name, each in counts.items()))  # noqa: T201
    assert [line for each in counts.values() for line in each.deviations] == []
    assert set(counts) == set(SERVICES) and total["calls"] == 11 * total["operations"]
    refused = [each.outcomes for each in counts.values()]
    assert all(min(each[0], each[401], each[403]) > 50 for each in refused), "each kind of outcome was met in each service"


async def test_the_matrix_sees_a_door_that_is_not_as_its_document_says(
    services: Mapping[str, Service[Any]], matrix: Matrix
) -> None:
    service = services["complaints"]
    one = next(each for each in operations_of(service.asgi.openapi) if each.scope is not None and each.level == 2)
    right = await matrix.walk("complaints", service.asgi, [one])
    assert (right.calls, right.deviations) == (11, [])
    wrong = [replace(one, level=3), replace(one, level=1), replace(one, scope=None), replace(one, public=True),
             replace(one, scope="complaints:read" if one.scope != "complaints:read" else "complaints:file")]  # fmt: skip
    for each in wrong:
        assert (await matrix.walk("complaints", service.asgi, [each])).deviations, each


async def test_no_route_is_made_without_saying_who_may_call_it() -> None:
    router = Router(tags=["x"], about="x")
    with pytest.raises(TypeError, match="allow"):
        router.get("/open", summary="Open")  # type: ignore[call-arg]
