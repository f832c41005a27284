"""How often: per principal, per address on public routes, and per address for callers that nobody knows.

Counted in the memory of each replica: with n replicas behind a gateway the limit is up to n times as high.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from rapport_kernel.errors import TooMany


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits as `<count>/<unit>`: of one principal, of one address on public routes, of failed logins of one address."""

    principal: str = "30000/minute"
    public: str = "1200/minute"
    failures: str = "60/minute"


class Limiter:
    """Counts, and refuses with TooMany and `retry_after` in seconds."""

    def __init__(self, rates: Rates) -> None:
        """Raises ValueError for a rate that cannot be read."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._principal = parse(rates.principal)
        self._public = parse(rates.public)
        self._failures = parse(rates.failures)

    async def principal(self, principal: str) -> None:
        """One request of a known caller. Raises TooMany."""
        await self._hit(self._principal, "principal", principal)

    async def public(self, address: str) -> None:
        """One request on a public route. Raises TooMany."""
        await self._hit(self._public, "public", address)

    async def failed(self, address: str) -> None:
        """One login that failed. Raises TooMany once there were too many; a caller that is known is never slowed by it."""
        await self._hit(self._failures, "failures", address)

    async def _hit(self, item: RateLimitItem, kind: str, who: str) -> None:
        if await self._limiter.hit(item, kind, who):
            return
        window = await self._limiter.get_window_stats(item, kind, who)
        raise TooMany(retry_after=max(1, math.ceil(window.reset_time - time.time())))
