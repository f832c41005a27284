"""How often: per principal, per address on public routes, per address for callers that nobody knows, and how many guesses.

Counted in the memory of each replica: with n replicas behind a gateway the limit is up to n times as high.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, WindowStats, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from rapport_kernel.errors import TooMany


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits as `<count>/<unit>`: of one principal, of one address on public routes, of failed logins of one address, and of
    look-ups of one principal that found nobody."""

    principal: str = "30000/minute"
    public: str = "1200/minute"
    failures: str = "60/minute"
    misses: str = "120/hour"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands with one limit: `quota` requests in a window of `window` seconds, `remaining` of them are left,
    all are there again after `reset` seconds. `exceeded` when this request was one too many."""

    policy: str
    quota: int
    window: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """As of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset}',
        }

    def check(self) -> None:
        """Raises TooMany with `retry_after` in seconds when it was one too many."""
        if self.exceeded:
            raise TooMany(retry_after=max(1, self.reset))


class Limiter:
    """Counts, and says how a caller stands."""

    def __init__(self, rates: Rates) -> None:
        """Raises ValueError for a rate that cannot be read."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._principal = parse(rates.principal)
        self._public = parse(rates.public)
        self._failures = parse(rates.failures)
        self._misses = parse(rates.misses)

    async def principal(self, principal: str) -> Standing:
        """One request of a known caller."""
        return await self._hit(self._principal, "principal", principal)

    async def public(self, address: str) -> Standing:
        """One request on a public route."""
        return await self._hit(self._public, "public", address)

    async def failed(self, address: str) -> Standing:
        """One login that failed; a caller that is known is never slowed by it."""
        return await self._hit(self._failures, "failures", address)

    async def check_guess(self, principal: str, values: int) -> None:
        """Before so many values are looked up at once. Raises TooMany `too-many-misses` when the caller could not miss with
        all of them: it is asked before, so that a refusal says nothing about them."""
        if not await self._limiter.test(self._misses, "misses", principal, cost=values):
            window: WindowStats = await self._limiter.get_window_stats(self._misses, "misses", principal)
            raise TooMany("too-many-misses", retry_after=max(1, math.ceil(window.reset_time - time.time())))

    async def missed(self, principal: str, values: int) -> None:
        """So many values were nobody's. Requests that were let in side by side may together miss more than is left."""
        if values:
            await self._limiter.hit(self._misses, "misses", principal, cost=values)

    async def _hit(self, item: RateLimitItem, kind: str, who: str) -> Standing:
        good = await self._limiter.hit(item, kind, who)
        window: WindowStats = await self._limiter.get_window_stats(item, kind, who)
        reset = max(0, math.ceil(window.reset_time - time.time()))
        return Standing(kind, item.amount, item.get_expiry(), max(0, window.remaining), reset, not good)
