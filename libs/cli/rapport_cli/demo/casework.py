"""Complaints out of some calls and letters, carried by people step by step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from rapport_cli.demo.acts import COMPLAINTS, Act, People, ago, moments, text
from rapport_cli.demo.steps import Steps, wait_for
from rapport_cli.demo.ways import ASKED_AGAIN, MAJOR_CHECKLIST, WAYS, Way

SAID = {
    "cards": ("card-payment", "The same payment was taken twice."),
    "loans": ("loan-terms", "The rate is not the one I was offered."),
    "app-help": ("app-failure", "The app signs me out before I can pay."),
    "deliveries": ("delivery", "The parcel was left in the rain."),
}
CAUSES, REMEDIES = ("process", "system", "method", "attitude"), ("apology", "refund", "information", "points")
USUAL = "closed"
PROMISED = timedelta(days=2)


@dataclass
class Casework:
    """Files and carries complaints. `paused` is then a complaint that waited, with its resolution clock."""

    people: People
    dice: random.Random
    steps: Steps
    paused: tuple[str, str] | None = None
    closed: set[str] = field(default_factory=set)
    oldest: datetime | None = None
    """When the first of them was received."""
    gone: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """The first complaint of each way, and the contact that it came out of."""
    _ends: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> dict[str, int]:
        """How many went which way."""
        return {"filed": self._ends.total(), **{way: self._ends[way] for way in WAYS}}

    def file(self, contacts: list[dict[str, Any]], usual: int) -> None:
        """A complaint for each way that there are people for, and `usual` more of the usual one, out of these contacts in
        turn. Raises CommandError."""
        ways = [name for name, way in WAYS.items() if self.people.can(way.acts)] + [USUAL] * usual
        if not contacts:
            return
        with self.steps.step("Handling complaints", len(ways)) as step:
            for number, name in enumerate(ways):
                self._file(name, WAYS[name], contacts[number % len(contacts)])
                step.done(number + 1)
                step.say(f"{self._ends.total()} in {len(self._ends)} ways, {len(self.closed)} closed")
        self._wait_for_limits()

    def _file(self, name: str, way: Way, contact: dict[str, Any]) -> None:
        earlier, contact = self.gone[way.after] if way.after else (None, contact)
        since = ago() - way.old if way.old else datetime.fromisoformat(contact["ended_at"])
        times = moments(since, len(way.acts), wait=way.wait)
        body = {**self._words(contact), "received_at": next(times)}
        if way.old:
            body |= {"customer_id": contact["customer_id"], "channel": "letter", "touchpoint": "branch"}
        else:
            body["interaction_id"] = contact["id"]
        if name == "recurrence":
            body["recurrence_of"] = earlier
        complaint = self.people.open(COMPLAINTS, body)
        self.gone.setdefault(name, (complaint, contact))
        self.oldest = since if self.oldest is None else min(self.oldest, since)
        self.carry(complaint, tuple(self.filled(name, each, earlier) for each in way.acts), times)
        if name == "closed after a pause":
            clocks = self.people["clerk"].get(f"{COMPLAINTS}/{complaint}/clocks")["items"]
            self.paused = complaint, next(clock["id"] for clock in clocks if clock["pauses"])
        self._ends[name] += 1

    def carry(self, complaint: str, acts: tuple[Act, ...], times: Iterator[str]) -> None:
        """Carry it. What the rule about many alike has declared major is closed with its checklist done. Raises
        CommandError."""
        thing = f"{COMPLAINTS}/{complaint}"
        listed = any(each.verb == "complete-major-step" for each in acts)
        answer: dict[str, Any] = {}
        for each in acts:
            moment = next(times)
            if each.verb == "close" and not listed and "major" in answer["flags"]:
                self.people.carry(thing, MAJOR_CHECKLIST, repeat(moment))
            answer = self.people.carry(thing, [each], repeat(moment))
        if acts and answer["state"] == "closed":
            self.closed.add(complaint)

    def _words(self, contact: dict[str, Any]) -> dict[str, Any]:
        category, problem = SAID.get(contact["contact_type"], ("service", "Nobody called me back."))
        phone = f"1391001{self.dice.randrange(10_000):04d}"
        return {
            "channel": "phone", "category": category, "problem": problem, "remedy_sought": "That it is put right.",
            "touchpoint": "hotline", "contact": {"phone": phone},
        }  # fmt: skip

    def filled(self, way: str, each: Act, earlier: str | None = None) -> Act:
        """With what is chosen at random, or known only now."""
        known: dict[str, dict[str, Any]] = {
            "set-root-cause": {"cause": self.dice.choice(CAUSES)},
            "propose": {"remedy": self.dice.choice(REMEDIES)},
            "promise": {"due_at": text(ago() + PROMISED)},
            "mark-duplicate": {"duplicate_of": earlier},
        }
        chosen = known.get(each.verb, {})
        if each.verb == "give-feedback" and way in ASKED_AGAIN:
            chosen = {"follow_up_at": text(ago() + ASKED_AGAIN[way])}
        return replace(each, given={**chosen, **each.given})

    def _wait_for_limits(self) -> None:
        """Until timers have noticed what ran out, and the ladder has brought it before somebody."""
        complaint, _ = self.gone["never acknowledged"]

        def noticed() -> list[dict[str, Any]] | None:
            clocks = self.people["clerk"].get(f"{COMPLAINTS}/{complaint}/clocks")["items"]
            shown = self.people["clerk"].get(f"{COMPLAINTS}/{complaint}")
            return clocks if all(clock["breached_at"] for clock in clocks) and shown["escalation_level"] else None

        with self.steps.step("Limits running out") as step:
            found = wait_for(noticed, "breach of a limit that has passed")
            step.say(", ".join(f"{clock['kind']} at {clock['breached_at']}" for clock in found))
