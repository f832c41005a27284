"""Emergencies of the demonstration: an incident from the report to the review, and drills that show what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport_cli.demo.acts import CLERK, COMPLAINTS, Act, People, act, ago, managed, moments, text
from rapport_cli.demo.casework import Casework
from rapport_cli.demo.steps import Steps, wait_for
from rapport_cli.demo.ways import WAYS

INCIDENTS, DRILLS = "/complaints/v1/incidents", "/complaints/v1/drills"
PLACE = {"touchpoints": ["mobile-app"], "categories": ["app-failure"]}
BEGAN, HEARD, DECLARED = timedelta(hours=4), timedelta(hours=3.5), timedelta(hours=3)
"""Before now: it began, customers complained, it was declared."""
PLAN = "general"
SOON = timedelta(days=14)

DECLARE = (act("classify", level=2), managed("declare"))
WORK = (
    act("activate-plan", plan=PLAN),
    *(act("complete-step", step=step) for step in ("team", "frontline", "notice")),
    act("update", note="Half of the customers can sign in again."),
    managed("change-level", level=1, reason="nobody-can-pay"),
    act("complete-step", step="fallback"),
    act("update", note="The cause is known."),
    act("contain"),
    act("restore"),
    act("review", cause="ageing-equipment", note="Certificates expire without a warning."),
    act("complete-step", step="all-clear"),
    managed("close"),
)
GAP = "no-substitute"
HELD = (
    act("hold", participants=12),
    act("record-gaps"),
    act("close-gap", gap=GAP),
    act("close"),
)


@dataclass
class Emergencies:
    """Plays them. Complaints of the incident are filed by `cases`, for these contacts."""

    people: People
    steps: Steps
    cases: Casework
    contacts: list[dict[str, Any]]

    def play(self) -> dict[str, int]:
        """How many of which. Raises CommandError."""
        with self.steps.step("An emergency") as step:
            linked = self._incident()
            step.say(f"declared, {linked} complaints, restored, reviewed, closed")
        self.people.carry(f"{INCIDENTS}/{self._report('cyber-attack')}", [act("dismiss", reason="false-alarm")], _now())
        with self.steps.step("Emergency drills") as step:
            self.people.carry(f"{DRILLS}/{self._drill()}", [self._filled(each) for each in HELD], moments(ago(), len(HELD)))
            self.people.carry(f"{DRILLS}/{self._drill()}", [act("cancel", reason="real-emergency")], _now())
            step.say("one held, with a gap that was closed; one cancelled")
        return {"incidents closed": 1, "incidents dismissed": 1, "linked": linked, "drills held": 1, "drills cancelled": 1}

    def _incident(self) -> int:
        """Complaints are linked when it is declared, when they are filed, by hand; one turns out not to belong."""
        before = [self._complaint(contact, text(ago() - HEARD)) for contact in self.contacts[:2]]
        incident = self._report("equipment-failure", began=BEGAN, at=DECLARED)
        thing = f"{INCIDENTS}/{incident}"
        at_once = iter([text(ago() - DECLARED)] * len(DECLARE))
        self.people.carry(thing, DECLARE, at_once)
        wait_for(lambda: self._linked(thing, len(before)), "complaints linked to the incident")
        wait_for(lambda: self._missed(thing), "update that was missed")
        after = self._complaint(self.contacts[-1], text(ago(minutes=30)))
        other = self.cases.gone["left open"][0]
        self.people.carry(thing, [Act("link-complaint", {"complaint_id": other}, timed=False)], iter([""]))
        self.people.carry(thing, [Act("unlink-complaint", {"complaint_id": other}, timed=False)], iter([""]))
        self.people.carry(thing, WORK, moments(ago(minutes=20), len(WORK)))
        for complaint in (*before, after):
            acts = tuple(self.cases.filled("closed", each) for each in WAYS["closed"].acts)
            self.cases.carry(complaint, acts, moments(ago(minutes=15), len(acts)))
        return len(before) + 1

    def _report(self, kind: str, *, began: timedelta = timedelta(hours=1), at: timedelta = timedelta(minutes=50)) -> str:
        times = {"began_at": text(ago() - began), "at": text(ago() - at)}
        return self.people.open(INCIDENTS, {"incident_type": kind, **PLACE, "note": "Nobody can sign in.", **times})

    def _complaint(self, contact: dict[str, Any], received_at: str) -> str:
        body = {
            "customer_id": contact["customer_id"], "received_at": received_at, "channel": "app", "category": "app-failure",
            "problem": "I cannot sign in.", "touchpoint": "mobile-app", "contact": {"phone": "13910010000"},
        }  # fmt: skip
        return self.people.open(COMPLAINTS, body)

    def _drill(self) -> str:
        return self.people.open(DRILLS, {"plan": PLAN, "planned_for": text(ago())})

    def _filled(self, each: Act) -> Act:
        if each.verb != "record-gaps":
            return each
        gaps = [{"code": GAP, "owner": "service-lead", "due_at": text(ago() + SOON)}]
        return Act(each.verb, {"gaps": gaps})

    def _linked(self, thing: str, count: int) -> bool | None:
        return len(self.people[CLERK].get(f"{thing}/complaints")["items"]) >= count or None

    def _missed(self, thing: str) -> bool | None:
        return self.people[CLERK].get(thing)["missed_updates"] > 0 or None


def _now() -> Iterator[str]:
    return iter([text(ago())])
