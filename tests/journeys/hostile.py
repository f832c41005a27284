"""Requests that nobody means well with: every operation that the services publish, called with what it does not ask for."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

CANARY = "zq7kanarienvogel"
"""Stands in every part of every request; nothing of a request comes back, so it is never seen again."""
READS = {"GET", "HEAD"}
MOVING = {"audit", "relay_lease", "timers", "checkpoint", "published"}
"""Tables (by the beginning of their names) that change without anybody's word: that somebody has read is written down, the
lease of the relay is renewed, timers look at the time, a checkpoint comes every hour."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an OpenAPI document. `path` has its parameters in braces."""

    method: str
    path: str
    body: bool
    query: tuple[str, ...]

    @property
    def name(self) -> str:
        """As the document has it."""
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Findings:
    """What was answered: how often which status, and everything that must not be."""

    answers: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def look(self, operation: Operation, answer: httpx.Response) -> None:
        """Count one answer. Wrong: any 5xx, a write that succeeded, anything of the request in the answer."""
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        if answer.status_code >= 500:
            self.wrong.append(f"{operation.name}: {answer.status_code}")
        if answer.status_code < 400 and operation.method not in READS:
            self.wrong.append(f"{operation.name}: a write succeeded ({answer.status_code})")
        if CANARY.encode() in answer.content or any(CANARY in value for value in answer.headers.values()):
            self.wrong.append(f"{operation.name}: the input came back ({answer.status_code})")

    @property
    def total(self) -> int:
        """How many requests were answered."""
        return sum(self.answers.values())


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """All operations of one document."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            query = tuple(each["name"] for each in said.get("parameters", ()) if each["in"] == "query")
            streams = "text/event-stream" in said["responses"].get("200", {}).get("content", {})  # goes on and on: its head
            yield Operation("HEAD" if streams else method.upper(), path, "requestBody" in said, query)


def requests(operation: Operation, count: int, dice: random.Random) -> Iterator[httpx.Request]:
    """`count` requests at one operation, the same for the same dice."""
    for _ in range(count):
        path = re.sub(r"{\w+}", lambda _: dice.choice(SEGMENTS if operation.body else STRANGERS), operation.path)
        headers = {"X-Canary": CANARY, "Content-Type": dice.choice(CONTENT_TYPES)}
        if dice.random() < 0.3:
            headers[dice.choice(HEADERS)] = dice.choice((CANARY, '"1"', "*", '"99999999999999999999"', "\x01", "-"))
        query = _query(operation, dice)
        content = None if operation.method in READS else _body(dice)
        yield httpx.Request(operation.method, f"http://target{path}{query}", headers=headers, content=content)


async def fingerprint(databases: Sequence[str]) -> dict[str, str]:
    """Number and content of the rows of every table in these databases, but for those that move by themselves."""
    found = {}
    for database in databases:
        connection = await asyncpg.connect(database)
        try:
            for row in await connection.fetch(_TABLES):
                name = row["relname"]
                if not any(name.startswith(moving) for moving in MOVING):
                    content = await connection.fetchval(_CONTENT.format(table=f'"{name}"'))
                    found[f"{database.rsplit('/', 1)[1]}.{name}"] = content
        finally:
            await connection.close()
    return found


async def traces(databases: Sequence[str]) -> list[str]:
    """The tables that hold the canary anywhere, those that move by themselves included."""
    found = []
    for database in databases:
        connection = await asyncpg.connect(database)
        try:
            for name in [row["relname"] for row in await connection.fetch(_TABLES)]:
                held = await connection.fetchval(_TRACE.format(table=f'"{name}"'), *_SPELLINGS)
                found += [f"{database.rsplit('/', 1)[1]}.{name}"] * held
        finally:
            await connection.close()
    return found


def _query(operation: Operation, dice: random.Random) -> str:
    if dice.random() < 0.5:
        return ""
    name = dice.choice((*operation.query, "limit", "after", "sort", CANARY))
    return f"?{name}={dice.choice(SEGMENTS)}" + (f"&{name}={CANARY}" if dice.random() < 0.3 else "")


def _body(dice: random.Random) -> bytes:
    """Never what any operation asks for: an object of ours has no field of that name."""
    whole = json.dumps({CANARY: dice.choice(VALUES), "reason": dice.choice(VALUES), "events": dice.choice(VALUES)}).encode()
    match dice.randrange(8):
        case 0 | 1:
            return dice.randbytes(dice.randrange(1, 400)) + CANARY.encode()
        case 2:
            return whole[: dice.randrange(1, len(whole))]
        case 3:
            at = dice.randrange(len(whole))
            return whole[:at] + dice.randbytes(1) + whole[at:]
        case 4:
            return json.dumps(dice.choice((CANARY, [CANARY], [[]], 7, None, True))).encode()
        case 5:
            depth = dice.choice((50, 3000))
            return b'{"%s":' % CANARY.encode() + b"[" * depth + b"]" * depth + b"}"
        case 6:
            return b'{"%s": NaN, "at": 1e999, "at": "\\ud800", "note": "\\u0000"}' % CANARY.encode()
        case _:
            return whole


SEGMENTS = (
    *(
        CANARY,
        "standard",
        "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8",
        "0",
        "-1",
        "%00",
        "x%ff",
        "%E5%BC%A0",
        "..%2f..",
        "%27%3B--",
    ),
    *("9" * 40, "a" * 300, "null", "true", "2026-02-30", "%F0%9F%92%A3"),
)
STRANGERS = tuple(each for each in SEGMENTS if each != "standard")
"""For what takes no body: `standard` is the name of policies that are there."""
CONTENT_TYPES = ("application/json",) * 8 + ("application/x-www-form-urlencoded", "text/plain", f"text/{CANARY}", "")
HEADERS = ("If-Match", "Idempotency-Key", "Traceparent", "Accept", "Accept-Language", "Content-Encoding", "X-Forwarded-For")
VALUES: tuple[Any, ...] = (
    CANARY,
    "",
    0,
    -1,
    1e300,
    None,
    [],
    {},
    [{}],
    {CANARY: CANARY},
    "\u0000",
    "2026-02-30T25:00:00",
    "💣",
)

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
_CONTENT = "SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t"
_TRACE = "SELECT EXISTS (SELECT FROM {table} t WHERE position($1 IN t::text) > 0 OR position($2 IN t::text) > 0)"
_SPELLINGS = CANARY, CANARY.encode().hex()
"""As text, and as PostgreSQL shows it in a bytea."""
