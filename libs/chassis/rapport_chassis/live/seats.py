"""How many may listen: in all, and each caller. Counted in the memory of each process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client import Gauge
from rapport_kernel.errors import TooMany, Unavailable


@dataclass
class Seats:
    """At most `most` listeners at once, `each` of one caller; `taken` is the metric that says how many there are."""

    most: int
    each: int
    taken: Gauge
    _by_caller: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def seat(self, caller: str) -> Iterator[None]:
        """While this caller listens once more. Raises TooMany, Unavailable."""
        if self._by_caller[caller] >= self.each:
            raise TooMany("too-many-streams", retry_after=10, most=self.each)
        if self._by_caller.total() >= self.most:
            raise Unavailable("too-many-listeners", retry_after=10)
        self._by_caller[caller] += 1
        self.taken.inc()
        try:
            yield
        finally:
            self.taken.dec()
            self._by_caller[caller] -= 1
            if not self._by_caller[caller]:
                del self._by_caller[caller]
