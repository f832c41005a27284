"""Complaints out of some calls, carried by people step by step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_cli.client import Api
from rapport_cli.demo.steps import Steps

SAID = {
    "cards": ("card-payment", "The same payment was taken twice."),
    "loans": ("loan-terms", "The rate is not the one I was offered."),
    "app-help": ("app-failure", "The app signs me out before I can pay."),
    "deliveries": ("delivery", "The parcel was left in the rain."),
}
CAUSES, REMEDIES = ("process", "system", "method", "attitude"), ("apology", "refund", "information", "points")
ENOUGH_TO_GO = timedelta(minutes=2)

Act = tuple[str, dict[str, Any]]

BEGIN: tuple[Act, ...] = (
    ("acknowledge", {"method": "phone"}),
    ("assess", {"severity": "medium"}),
    ("assign", {"assignee": "complaints-desk-2"}),
    ("start-investigation", {}),
    ("record-step", {"method": "record_review", "note": "The records of the day were read."}),
)
PAUSED: tuple[Act, ...] = (
    ("pause", {"reason": "awaiting_customer", "note": "They are looking for the receipt."}),
    ("resume", {}),
)
PROPOSE: tuple[Act, ...] = (
    ("set-root-cause", {"latent_risk": False}),
    ("propose", {"note": "We explained what we can do."}),
)
REFUSED: tuple[Act, ...] = (
    ("record-decision", {"accepted": False, "reason": "not-enough"}),
    ("record-step", {"method": "customer_talk", "note": "They told us what they had expected."}),
    *PROPOSE,
)
END: tuple[Act, ...] = (
    ("record-decision", {"accepted": True}),
    ("resolve", {}),
    ("give-feedback", {"method": "phone"}),
    ("close", {}),
)
WITHDRAWN: tuple[Act, ...] = (("withdraw", {"reason": "settled-otherwise"}),)

WAYS: dict[str, tuple[Act, ...]] = {
    "left open": BEGIN,
    "closed after a refused proposal": (*BEGIN, *PROPOSE, *REFUSED, *END),
    "withdrawn": (*BEGIN[:3], *WITHDRAWN),
    "closed after a pause": (*BEGIN, *PAUSED, *PROPOSE, *END),
    "closed": (*BEGIN, *PROPOSE, *END),
}


@dataclass
class Casework:
    """Files and carries complaints. `paused` is then a complaint that waited, with its resolution clock."""

    api: Api
    dice: random.Random
    steps: Steps
    paused: tuple[str, str] | None = None
    closed: set[str] = field(default_factory=set)
    _ends: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> dict[str, int]:
        """How many went which way."""
        return {"filed": self._ends.total(), **{way: self._ends[way] for way in WAYS}}

    def file(self, contacts: list[dict[str, Any]]) -> None:
        """One complaint out of each of these contacts; each goes its way."""
        ways = list(WAYS)
        with self.steps.step("Handling complaints", len(contacts)) as step:
            for number, contact in enumerate(contacts):
                way = ways[number] if number < len(ways) else "closed"
                self._carry(contact, way)
                step.done(number + 1)
                step.say(", ".join(f"{count} {name}" for name, count in self._ends.items()))

    def _carry(self, contact: dict[str, Any], way: str) -> None:
        category, problem = SAID.get(contact["contact_type"], ("service", "Nobody called me back."))
        acts = WAYS[way]
        moments = _moments(contact["ended_at"], len(acts) + 1)
        complaint = self.api.post(
            "/complaints/v1/complaints",
            {
                "interaction_id": contact["id"], "received_at": next(moments), "channel": "phone", "category": category,
                "problem": problem, "remedy_sought": "That it is put right.", "touchpoint": "hotline",
                "contact": {"phone": f"1391001{self.dice.randrange(10_000):04d}"},
            },
            once=True,
        )["id"]  # fmt: skip
        chosen = {"set-root-cause": {"cause": self.dice.choice(CAUSES)}, "propose": {"remedy": self.dice.choice(REMEDIES)}}
        for verb, given in acts:
            body = {**given, **chosen.get(verb, {}), "at": next(moments)}
            self.api.post(f"/complaints/v1/complaints/{complaint}:{verb}", body, once=True)
        if way == "closed after a pause":
            clocks = self.api.get(f"/complaints/v1/complaints/{complaint}/clocks")["items"]
            self.paused = complaint, next(clock["id"] for clock in clocks if clock["pauses"])
        self._ends[way] += 1
        if acts[-1][0] == "close":
            self.closed.add(complaint)


def _moments(since: str, count: int) -> Iterator[str]:
    """`count` moments between then and now, in order, so that clocks have something to count."""
    start = datetime.fromisoformat(since)
    gap = max(timedelta(), datetime.now(UTC) - ENOUGH_TO_GO - start) / count
    return ((start + gap * number).astimezone(UTC).isoformat().replace("+00:00", "Z") for number in range(count + 1))
