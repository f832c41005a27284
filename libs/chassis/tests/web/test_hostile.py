"""Any bytes give an answer, no answer gives them back, and nothing is stored (drill 41, invariant N10)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic_core import _pydantic_core
from rapport_chassis.problems import register
from rapport_chassis.tables import idempotency_keys
from rapport_chassis.web.app import WebApp, who_may_call
from sqlalchemy import func, select

CANARY = "13812345678"
JSON = {"content-type": "application/json"}


@pytest_asyncio.fixture
async def stored(db: Any, count: Callable[[], Any]) -> AsyncIterator[None]:
    """Nothing that the test sends may be stored."""

    async def rows() -> tuple[int, int]:
        async with db.engine.connect() as connection:
            kept = (await connection.execute(select(func.count()).select_from(idempotency_keys))).scalar_one()
        return await count(), kept

    before = await rows()
    yield
    assert await rows() == before


WORDS = b'{"words": "%s"}'
HOSTILE: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("null", b"null"),
    ("text", b'"13812345678"'),
    ("list", b"[1]"),
    ("not json", b"{words: 13812345678}"),
    ("cut", b'{"words": "13812345678'),
    ("two values", b'{"words": "a"} {"words": "b"}'),
    ("lone surrogate", WORDS % rb"\ud800"),
    ("lone trail surrogate", WORDS % rb"\udc00 13812345678"),
    ("lone surrogate in a key", rb'{"words": "a", "extra": {"\ud800": 1}}'),
    ("NUL", WORDS % rb"\u0000"),
    ("NUL as it is", WORDS % b"\x00"),
    ("NUL in open data", rb'{"words": "a", "extra": {"a": ["\u0000"]}}'),
    ("NUL in a key", rb'{"words": "a", "extra": {"a\u0000": 1}}'),
    ("control character", WORDS % rb"a\u001b[31m"),
    ("delete", WORDS % b"\x7f"),
    ("C1 control", WORDS % "\x9b".encode()),
    ("not a character", WORDS % "\uffff".encode()),
    ("NaN", b'{"words": "a", "score": NaN}'),
    ("Infinity", b'{"words": "a", "score": Infinity}'),
    ("-Infinity", b'{"words": "a", "score": -Infinity}'),
    ("1e999", b'{"words": "a", "score": 1e999}'),
    ("NaN in open data", b'{"words": "a", "extra": {"a": NaN}}'),
    ("1e999 in open data", b'{"words": "a", "extra": {"a": [1e999]}}'),
    ("5000 digits", b'{"words": "a", "rank": ' + b"9" * 5000 + b"}"),
    ("5000 digits in open data", b'{"words": "a", "extra": {"a": ' + b"9" * 5000 + b"}}"),
    ("5000 digits as float", b'{"words": "a", "score": ' + b"9" * 5000 + b"}"),
    ("beyond the column", b'{"words": "a", "rank": 99999999999}'),
    ("deep lists", b'{"words": "a", "extra": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
    ("deep objects", b'{"words": "a", "extra": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"),
    ("invalid UTF-8", WORDS % b"\xff\xfe"),
    ("overlong UTF-8", WORDS % b"\xc0\xaf"),
    ("CESU surrogate", WORDS % b"\xed\xa0\x80"),
    ("UTF-16", '{"words": "13812345678"}'.encode("utf-16")),
    ("UTF-32", '{"words": "13812345678"}'.encode("utf-32")),
    ("byte order mark", b"\xef\xbb\xbf" + WORDS % b"a"),
    ("duplicate keys", b'{"words": "a", "words": "13812345678"}'),
    ("duplicate keys by escape", rb'{"words": "a", "\u0077ords": "b"}'),
    ("duplicate keys inside", b'{"words": "a", "extra": {"a": 1, "a": 2}}'),
    ("unknown field", b'{"words": "a", "13812345678": 1}'),
    ("wrong types", b'{"words": ["13812345678"], "rank": "13812345678", "extra": "13812345678"}'),
    ("too long", WORDS % (CANARY.encode() * 100)),
    ("a key of ours", b'{"words": "a", "marks": {"13812345678": "x"}}'),
    ("a UUID", b'{"words": "a", "about": "13812345678"}'),
    ("a time", b'{"words": "a", "due": "13812345678-01-01"}'),
    ("a telling validator", b'{"words": "a", "checked": "13812345678"}'),
    ("a tag", b'{"words": "a", "part": {"side": "13812345678"}}'),
    ("class name", b'{"words": "a", "__class__": "x"}'),
]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("name", [name for name, _ in HOSTILE])
async def test_a_hostile_body_is_refused(client: httpx.AsyncClient, agent: dict[str, str], name: str) -> None:
    body = dict(HOSTILE)[name]
    for key in ({}, {"Idempotency-Key": f"hostile {name}".replace(" ", "-")}):
        answer = await client.post("/notes/v1/notes", content=body, headers={**agent, **JSON, **key})
        assert answer.status_code in {400, 422}, (answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/xml"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/jsonp"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "br"},
    ],
)
async def test_another_type_of_body_is_refused(
    client: httpx.AsyncClient, agent: dict[str, str], headers: dict[str, str]
) -> None:
    for path in ("/notes/v1/notes", "/notes/v1/notes:push"):
        answer = await client.post(path, content=b'{"words": "a"}', headers={**agent, **headers})
        assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


def _bytes(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def _filled(path: str, uuid: str, number: str, word: str) -> str:
    path = path.replace("{note_id}", uuid).replace("{message_id}", number)
    return path.replace("{key_id}", word).replace("{name}", word)


def _mutations(seed: int) -> Iterator[bytes]:
    """Random bytes, and good bodies that were damaged: cut, flipped, doubled, spliced."""
    chance = random.Random(seed)
    good = [
        b'{"words": "13812345678", "rank": 3, "score": 1.5, "extra": {"a": [1, "x", null]}, "phone": "13812345678"}',
        b'[{"words": "13812345678", "rank": 1}]',
        b"wordz=13812345678&rank=1",
    ]
    while True:
        kind = chance.randrange(6)
        base = bytearray(chance.choice(good))
        if kind == 0:
            yield chance.randbytes(chance.randrange(200))
        elif kind == 1:
            yield bytes(base[: chance.randrange(len(base))])
        elif kind == 2:
            base[chance.randrange(len(base))] = chance.choice(b'\x00\xff\x80"{}[]:,\\')
            yield bytes(base).replace(b'"words"', b'"wordz"')
        elif kind == 3:
            yield bytes(base) * 2
        elif kind == 4:
            place = chance.randrange(len(base))
            yield bytes(base[:place]) + b"\xff" + chance.randbytes(3) + bytes(base[place:])
        else:
            yield b"".join(
                chance.choice([b"{", b"[", b'"', b":", b",", b"1e9", b"NaN", b"\\u", b"13812345678"]) for _ in range(30)
            )


@pytest.mark.usefixtures("stored")
async def test_ten_thousand_random_bodies_at_every_route(
    client: httpx.AsyncClient, app: WebApp, bearer: Callable[..., dict[str, str]]
) -> None:
    everything = bearer(*{one.scope for one in who_may_call(app) if one.scope is not None})
    routes = [route for route in app.routes if route.method != "GET"]
    assert len(routes) >= 10
    bodies = _mutations(seed=7)
    chance = random.Random(8)
    for number in range(10_000):
        route, body = routes[number % len(routes)], next(bodies)
        path = _filled(route.path, "018f2f9e-7b1c-7000-8000-000000000000", "7", "0123456789abcdef")
        kind = chance.choice(["application/json", "application/json", "application/x-www-form-urlencoded", "\xe9"])
        answer = await client.request(route.method, path, content=body, headers=_bytes({**everything, "content-type": kind}))
        assert answer.status_code < 500, (route.name, body, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text, (route.name, body)


@pytest.mark.usefixtures("stored")
async def test_random_paths_queries_and_headers(client: httpx.AsyncClient, app: WebApp, agent: dict[str, str]) -> None:
    chance = random.Random(9)
    # The AsyncAPI document has the number among its examples, whoever asks.
    routes = [route.path for route in app.routes if "broken" not in route.path and "asyncapi" not in route.path]
    for _ in range(2_000):
        junk = "".join(
            chance.choice(["%00", "%ff", "%0d%0aX: y", "..", "/", "é", "a", "&", "=", "%", "{", CANARY]) for _ in range(6)
        )
        path = _filled(chance.choice(routes), junk, junk, junk)
        headers = {
            "Authorization": chance.choice(
                [f"Bearer {junk.replace('é', 'e')}", "Basic eDp5", "Bearer", agent["Authorization"]]
            ),
            "If-Match": junk,
            "Idempotency-Key": junk,
            "traceparent": junk,
        }
        answer = await client.request(
            chance.choice(["GET", "POST", "PUT", "BREW"]), f"{path}?{junk}&limit={junk}", headers=_bytes(headers)
        )
        assert answer.status_code < 500, (path, answer.text)
        assert CANARY not in answer.text
        assert CANARY not in str(answer.headers)


def test_no_value_in_a_field_error_was_sent() -> None:
    """What pydantic finds is said in our words; of its values only those that come from our schema have a place in them."""
    ours = {
        "gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "expected", "expected_tags", "max_digits",
        "decimal_places", "whole_digits", "discriminator",
    }  # fmt: skip
    templates = {one["type"].replace("_", "-"): one["example_context"] or {} for one in _pydantic_core.list_all_errors()}
    known = {code: entry for code, entry in register().items() if code in templates and code != "extra-forbidden"}
    assert len(known) > 40
    for code, entry in known.items():
        assert set(entry.params) <= ours & set(templates[code]), code
