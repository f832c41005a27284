"""A chain holds, or says which row is the first that does not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from rapport_kernel.chain import (
    BEYOND,
    CHANGED,
    CUT,
    MISSING,
    Broken,
    Head,
    Link,
    beginning,
    canonical,
    check,
    digest,
    document_digest,
    moment,
    seal,
)

SUBJECT = UUID("01a217bf-a94a-70f3-a605-10b954b61cee")


def chain(n: int, subject: UUID = SUBJECT) -> tuple[list[Link], Head]:
    head, links = beginning(subject), []
    for place in range(n):
        link = seal(head, {"move": f"m{place}", "投诉": [None, True, place]})
        head = Head(link.seq, link.hash)
        links.append(link)
    return links, head


def test_a_chain_is_sha256_over_the_hash_before_and_canonical_json() -> None:
    start = hashlib.sha256(b"rapport chain 01a217bf-a94a-70f3-a605-10b954b61cee").digest()
    assert (
        canonical({"b": "投", "a": [1, None, False, {"d": "", "c": -2}]})
        == '{"a":[1,null,false,{"c":-2,"d":""}],"b":"投"}'.encode()
    )
    assert seal(beginning(SUBJECT), {"x": 1}).hash == hashlib.sha256(start + b'{"x":1}').digest()


@pytest.mark.parametrize("n", [0, 1, 7])
def test_what_was_not_touched_is_intact(n: int) -> None:
    links, head = chain(n)
    assert check(SUBJECT, links, head) is None
    assert check(SUBJECT, [], None) is None


@pytest.mark.parametrize("place", range(5))
def test_a_changed_row_is_named(place: int) -> None:
    links, head = chain(5)
    links[place] = replace(links[place], content={**links[place].content, "move": "other"})
    assert check(SUBJECT, links, head) == Broken(place + 1, CHANGED)


@pytest.mark.parametrize("place", range(5))
def test_a_removed_row_is_named(place: int) -> None:
    links, head = chain(5)
    del links[place]
    assert check(SUBJECT, links, head) == Broken(place + 1, MISSING if place < 4 else CUT)


def test_rows_that_changed_places_are_named() -> None:
    links, head = chain(5)
    links[1], links[2] = replace(links[2], seq=2), replace(links[1], seq=3)
    assert check(SUBJECT, links, head) == Broken(2, CHANGED)


def test_a_chain_does_not_hold_for_another_subject() -> None:
    links, head = chain(2)
    assert check(UUID(int=7), links, head) == Broken(1, CHANGED)


def test_the_head_is_held_against_the_rows() -> None:
    links, head = chain(3)
    assert check(SUBJECT, links, None) == Broken(3, BEYOND)
    assert check(SUBJECT, links, Head(2, links[1].hash)) == Broken(3, BEYOND)
    assert check(SUBJECT, links, Head(3, b"x")) == Broken(3, CHANGED)
    assert check(SUBJECT, [], head) == Broken(1, CUT)


@pytest.mark.parametrize("value", [1.5, b"x", {1: "x"}, {1, 2}, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_content_is_only_what_has_one_way_of_being_written(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"x": value})
    links, head = chain(1)
    assert check(SUBJECT, [replace(links[0], content={"x": value})], head) == Broken(1, CHANGED)


def test_instants_are_written_in_utc_with_microseconds() -> None:
    assert moment(datetime(2026, 11, 20, 10, 0, tzinfo=timezone(timedelta(hours=8)))) == "2026-11-20T02:00:00.000000Z"


def test_words_take_part_by_a_salted_digest() -> None:
    assert digest(b"s" * 32, "投诉") == hashlib.sha256(b"s" * 32 + "投诉".encode()).digest()
    assert digest(b"s" * 32, "投诉") != digest(b"t" * 32, "投诉")


def test_a_document_is_digested_without_its_own_digest() -> None:
    assert document_digest({"b": 1.5, "a": "投"}) == hashlib.sha256('{"a":"投","b":1.5}'.encode()).hexdigest()
    assert document_digest({"b": 1.5, "a": "投", "sha256": "x"}) == document_digest({"a": "投", "b": 1.5})
