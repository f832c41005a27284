"""What people of the contact centre do: single acts of three people, and roads of acts spread over the time they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_cli.client import Api

CLERK, MANAGER, QUALITY = "clerk", "manager", "quality"
"""Who acts: somebody at the desk (access level 2), somebody with authority (4), and somebody who had no part in it (4)."""
COMPLAINTS = "/complaints/v1/complaints"
SETTLED = timedelta(minutes=2)
"""Everything is over so long before now, so that clocks of two machines need not agree."""
REFUSED = 409


@dataclass(frozen=True, slots=True)
class Act:
    """A verb of the API and its body. `timed`: it says when it happened; `refused`: a rule forbids it, and that is told."""

    verb: str
    given: Mapping[str, Any] = field(default_factory=dict)
    by: str = CLERK
    timed: bool = True
    refused: bool = False


def act(verb: str, **given: Any) -> Act:
    """Somebody at the desk does it."""
    return Act(verb, given)


def managed(verb: str, **given: Any) -> Act:
    """Somebody with authority, who is not at the desk."""
    return Act(verb, given, MANAGER)


@dataclass(frozen=True, slots=True)
class People:
    """API clients by who acts. One token for all (`RAPPORT_TOKEN`) is one person: what takes two is left out then."""

    clients: Mapping[str, Api]
    alone: bool

    def __getitem__(self, who: str) -> Api:
        """Their client."""
        return self.clients[who]

    def can(self, acts: Iterable[Act]) -> bool:
        """Whether there are enough people for these."""
        return not self.alone or all(each.by == CLERK for each in acts)

    def open(self, path: str, body: Mapping[str, Any], *, by: str = CLERK) -> str:
        """The id of what is opened at `path`. Raises CommandError."""
        return str(self[by].post(path, dict(body), once=True)["id"])

    def carry(self, thing: str, acts: Iterable[Act], moments: Iterator[str]) -> dict[str, Any]:
        """One act after the other on `thing` (path with id), each at its moment; the last answer. Raises CommandError."""
        answer: dict[str, Any] = {}
        for each in acts:
            moment = next(moments)
            body = {**each.given, "at": moment} if each.timed else dict(each.given)
            path = f"{thing}{each.verb}" if each.verb.startswith("/") else f"{thing}:{each.verb}"
            if each.refused:
                self[each.by].call("POST", path, json=body, fine={REFUSED})
            else:
                answer = self[each.by].post(path, body, once=True)
        return answer


def ago(**long: float) -> datetime:
    """So long before now, UTC."""
    return datetime.now(UTC) - timedelta(**long)


def moments(since: datetime, count: int, *, wait: timedelta = timedelta()) -> Iterator[str]:
    """`since`, then `count` moments until now, evenly spread after a wait, so that clocks have something to count."""
    start = since + wait
    gap = max(timedelta(), datetime.now(UTC) - SETTLED - start) / max(count, 1)
    yield text(since)
    for number in range(count):
        yield text(start + gap * number)


def text(moment: datetime) -> str:
    """As the APIs take it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
