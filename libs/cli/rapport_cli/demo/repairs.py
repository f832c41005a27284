"""Repairs of the demonstration: asked for by customers, done by a vendor, judged by the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport_cli.demo.acts import CLERK, MANAGER, Act, People, act, ago, moments, text
from rapport_cli.demo.steps import Steps, wait_for

REPAIRS = "/complaints/v1/repairs"
VENDOR = "demo-vendor"

VISIT = (act("start"), act("record-visit", worker="w-3", outcome="parts-fitted"), act("complete"))
TAKEN = (act("accept"), act("assign-vendor", vendor=VENDOR, reason="nearest"), act("schedule"))


@dataclass(frozen=True, slots=True)
class Repair:
    """What is done with one that was requested so long before now."""

    category: str
    acts: tuple[Act, ...]
    since: timedelta


WAYS: dict[str, Repair] = {
    "accepted after rework": Repair(
        "appliance",
        (*TAKEN, *VISIT, act("refuse-result", reason="still-broken"), act("schedule"), *VISIT, act("accept-result")),
        timedelta(days=3),
    ),
    "part of a complaint": Repair(
        "water", (*TAKEN, act("link-complaint"), *VISIT, act("accept-result")), timedelta(hours=5)
    ),
    "too late": Repair("lift", TAKEN, timedelta(days=30)),
    "cancelled": Repair("gas", (act("accept"), act("cancel", reason="customer-withdrew")), timedelta(hours=2)),
}


@dataclass
class RepairDesk:
    """Repairs for these customers; one belongs to `complaint`."""

    people: People
    steps: Steps
    complaint: str | None
    customers: list[str]

    def repair(self) -> dict[str, int]:
        """How many went which way. Raises CommandError."""
        body = {"categories": [], "in_use": True}
        self.people[MANAGER].call("PUT", f"/complaints/v1/vendors/{VENDOR}", json=body)
        with self.steps.step("Repairing", len(WAYS)) as step:
            for number, (name, way) in enumerate(WAYS.items()):
                repair = self._carry(way, self.customers[number % len(self.customers)])
                if name == "too late":
                    wait_for(lambda: self._late(repair), "breach of a repair's limit")  # noqa: B023 - asked at once
                step.done(number + 1)
                step.say(f"{number + 1} repairs, the last {name}")
        return dict.fromkeys(WAYS, 1)

    def _carry(self, way: Repair, customer: str) -> str:
        times = moments(ago() - way.since, len(way.acts))
        opened = {"category": way.category, "note": "It does not work.", "customer_id": customer, "at": next(times)}
        repair = self.people.open(REPAIRS, opened)
        acts = [Act(each.verb, {**self._filled(each.verb), **each.given}) for each in way.acts]
        self.people.carry(
            f"{REPAIRS}/{repair}", [each for each in acts if self.complaint or each.verb != "link-complaint"], times
        )
        return repair

    def _filled(self, verb: str) -> dict[str, Any]:
        known: dict[str, dict[str, Any]] = {
            "schedule": {"appointment_at": text(ago())},
            "link-complaint": {"complaint_id": self.complaint},
        }
        return known.get(verb, {})

    def _late(self, repair: str) -> bool | None:
        limits = self.people[CLERK].get(f"{REPAIRS}/{repair}")["limits"]
        return any(limit["breached_at"] for limit in limits) or None
