"""How often: 429 with Retry-After, and others are not affected (drill 51)."""

from __future__ import annotations

import pytest
from rapport_chassis.security.callers import ANYBODY, Callers
from rapport_chassis.security.limits import Limiter, Rates
from rapport_chassis.security.scopes import Public, Scope
from rapport_kernel.errors import TooMany, Unauthenticated


async def test_a_burst_is_refused_and_others_are_not() -> None:
    limiter = Limiter(Rates(principal="5/minute"))
    for left in range(4, -1, -1):
        standing = await limiter.principal("person:one")
        assert (standing.remaining, standing.exceeded) == (left, False)
        standing.check()
    for _ in range(20):
        standing = await limiter.principal("person:one")
        with pytest.raises(TooMany) as refused:
            standing.check()
        assert 1 <= refused.value.retry_after == standing.reset <= 60
    assert not (await limiter.principal("person:two")).exceeded


async def test_public_routes_are_counted_by_address() -> None:
    callers = Callers(None, None, Limiter(Rates(public="3/minute")))
    for _ in range(3):
        assert await callers.admit(Public, {}, "192.0.2.1") is ANYBODY
    with pytest.raises(TooMany):
        await callers.admit(Public, {}, "192.0.2.1")
    assert await callers.admit(Public, {}, "192.0.2.2") is ANYBODY


async def test_guessing_is_slowed() -> None:
    callers = Callers(None, None, Limiter(Rates(failures="3/minute")))
    guess = {b"authorization": b"Bearer guess"}
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await callers.admit(Scope("notes:read"), guess, "192.0.2.1")
    with pytest.raises(TooMany):
        await callers.admit(Scope("notes:read"), guess, "192.0.2.1")
    with pytest.raises(Unauthenticated):
        await callers.admit(Scope("notes:read"), guess, "192.0.2.2")


def test_a_rate_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="couldn't parse"):
        Limiter(Rates(principal="often"))
