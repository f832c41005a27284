"""Tests cannot reach another machine, and conditions have a deadline."""

import asyncio
import socket

import pytest
from rapport_testing.sockets import OutsideRefusedError, is_local
from rapport_testing.waiting import eventually

ELSEWHERE = "192.0.2.1"  # reserved for documentation (RFC 5737): nobody is there


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outward, pytest.raises(OutsideRefusedError, match=ELSEWHERE):
        outward.connect((ELSEWHERE, 80))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward, pytest.raises(OutsideRefusedError):
        outward.sendto(b"?", (ELSEWHERE, 53))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(OutsideRefusedError):
        socket.getaddrinfo("example.org", 443)


async def test_asyncio_is_guarded_too() -> None:
    with pytest.raises(OutsideRefusedError):
        await asyncio.open_connection(ELSEWHERE, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", b"127.0.0.1", None])
def test_this_machine_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "example.org", "169.254.169.254", "fe80::1%eth0", b"192.0.2.1"])
def test_everything_else_is_not(host: object) -> None:
    assert not is_local(host)


async def test_eventually_returns_the_first_true_answer() -> None:
    answers = iter([None, 0, "", "yes", "later"])
    assert await eventually(lambda: next(answers), every=0) == "yes"


async def test_eventually_takes_an_assertion_for_not_yet() -> None:
    numbers = iter(range(5))

    async def three() -> int:
        number = next(numbers)
        assert number >= 3
        return number

    assert await eventually(three, every=0) == 3


async def test_eventually_says_what_it_saw_last_when_time_is_up() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.05 s; last seen: \[\]"):
        await eventually(list, within=0.05)
