"""Plays an invented day through the public APIs only, as the systems and people of a contact centre would."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_cli.client import Api
from rapport_cli.demo.casework import Casework
from rapport_cli.demo.day import Day
from rapport_cli.demo.steps import Step, Steps, wait_for
from rapport_cli.demo.voices import Voices
from rapport_cli.services import SERVICES

SCOPES = (
    "interactions:manage-keys", "interactions:push", "interactions:read", "interactions:quarantine",
    "profiles:read", "complaints:file", "complaints:read", "complaints:handle", "complaints:assign", "complaints:decide",
    "complaints:close", "complaints:stats", "satisfaction:read", "satisfaction:send", "satisfaction:follow-up",
    "satisfaction:scores",
)  # fmt: skip
BATCH = 200
MOST_COMPLAINTS = 12
CALLS_PER_COMPLAINT = 25
KEY_DAYS = 2


@dataclass
class Play:
    """One demonstration. `push_with` makes an API client that carries a machine key instead of the person's token."""

    api: Api
    day: Day
    dice: random.Random
    steps: Steps
    push_with: Callable[[str], Api]
    calls: dict[str, str] = field(default_factory=dict)
    """Interaction of each call."""

    def run(self) -> dict[str, Any]:
        """From the first event to the figures; what happened and where to look. Raises CommandError."""
        pushed = self._push()
        replayed = self._mend()
        contacts = self._wait_until_linked()
        cases = Casework(self.api, self.dice, self.steps)
        cases.file(self._unhappy(contacts))
        finished = {each["id"] for each in contacts if each["state"] == "completed"}
        answered = Voices(self.api, self.dice, self.steps, finished, cases.closed).speak()
        customer = answered.followed_up or next((each["customer_id"] for each in contacts), None)
        with self.steps.step("Reading the timeline") as step:
            entries = self._timeline(customer, answered.followed_up) if customer else 0
            step.say(f"{entries} entries of one customer")
        return {
            "calls": len({event["call_id"] for event in self.day.events}),
            "pushed": pushed,
            "replayed": replayed,
            "linked": len(contacts),
            "complaints": cases.told,
            "answers": answered.as_dict(),
            "timeline_entries": entries,
            "figures": self._figures(),
            "links": self._links(customer, cases.paused),
        }

    def _push(self) -> dict[str, int]:
        """All events in batches with a machine key of the day's source; the key is withdrawn at the end."""
        made = self.api.post(
            "/interactions/v1/machine-keys",
            {"name": "Demonstration", "source": self.day.source, "scopes": ["interactions:push"], "days": KEY_DAYS},
        )
        results: Counter[str] = Counter()
        events = self.day.events
        with self.steps.step("Pushing events", len(events)) as step, self.push_with(made["key"]) as machine:
            for start in range(0, len(events), BATCH):
                answer = machine.post("/interactions/v1/interaction-events:batch", {"events": events[start : start + BATCH]})
                for event, result in zip(events[start : start + BATCH], answer["results"], strict=True):
                    results[result["result"]] += 1
                    if result.get("interaction_id"):
                        self.calls[event["call_id"]] = result["interaction_id"]
                step.done(start + BATCH)
                step.say(_listed(results))
        self.api.post(f"/interactions/v1/machine-keys/{made['id']}:revoke", {"reason": "the demonstration is over"})
        return {name: results[name] for name in ("accepted", "duplicate", "late", "quarantined")}

    def _mend(self) -> int:
        """One of the broken events is looked at, mended and replayed; the others stay in the quarantine."""
        with self.steps.step("Mending an event") as step:
            waiting = self.api.pages("/interactions/v1/quarantine", source=self.day.source, state="waiting")
            for item in waiting:
                came = json.loads(self.api.get(f"/interactions/v1/quarantine/{item['id']}")["content"])
                event = self.day.mended.get(came.get("event_id"))
                if event is not None:
                    path = f"/interactions/v1/quarantine/{item['id']}:replay"
                    done = self.api.post(path, {"event": event})
                    step.say(f"{item['reason']} in {item['where']}: replayed, {done['result']}")
                    return 1
        return 0

    def _wait_until_linked(self) -> list[dict[str, Any]]:
        """The contacts of the day whose caller is known by now; all callers with a number have to be."""
        expected = {self.calls[call] for call in self.day.identified if call in self.calls}

        def linked(step: Step) -> list[dict[str, Any]] | None:
            found = [each for each in self._contacts() if each["id"] in expected and each["customer_id"]]
            step.done(len(found))
            step.say(f"{len(found)} calls, {len({each['customer_id'] for each in found})} customers")
            return found if len(found) == len(expected) else None

        if not expected:
            return []
        with self.steps.step("Recognising callers", len(expected)) as step:
            return wait_for(lambda: linked(step), "customer for every caller")

    def _contacts(self) -> list[dict[str, Any]]:
        """The contacts of the day, of any source."""
        since: dict[str, Any] = {"from": _text(self.day.begin)}
        return list(self.api.pages("/interactions/v1/interactions", **since))

    def _unhappy(self, contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Some answered and finished calls, of different customers."""
        answered = [each for each in contacts if each["outcome"] == "answered" and each["ended_at"]]
        of_each = list({each["customer_id"]: each for each in answered}.values())
        wanted = max(4, min(MOST_COMPLAINTS, len(self.calls) // CALLS_PER_COMPLAINT))
        return self.dice.sample(of_each, min(wanted, len(of_each)))

    def _timeline(self, customer: str, followed_up: str | None) -> int:
        """How much the customer's timeline shows, once the closed follow-up has reached it."""
        path = f"/profiles/v1/customers/{customer}/timeline"

        def complete() -> list[dict[str, Any]] | None:
            entries = list(self.api.pages(path))
            return entries if followed_up is None or any(e["type"] == "follow-up.closed.v1" for e in entries) else None

        return len(wait_for(complete, "closed follow-up in the timeline"))

    def _figures(self) -> dict[str, Any]:
        """What the statistics say about the time of the day, whatever source it comes from."""
        period = {"from": _text(self.day.begin), "to": _text(datetime.now(UTC) + timedelta(minutes=1))}
        return {
            "calls": self.api.get("/interactions/v1/stats", **period),
            "after-call": self.api.get("/satisfaction/v1/scores", metric="nps", survey="after-call", **period),
            "after-complaint": self.api.get("/satisfaction/v1/scores", metric="csat", survey="after-complaint", **period),
            "complaints": self.api.get("/complaints/v1/stats", **period),
        }

    def _links(self, customer: str | None, paused: tuple[str, str] | None) -> dict[str, str]:
        links = {f"docs of {name}": f"/{name}/docs" for name in SERVICES}
        if customer:
            links["timeline of a customer"] = f"/profiles/v1/customers/{customer}/timeline?limit=100"
        if paused:
            links["clock of a complaint that waited"] = f"/complaints/v1/complaints/{paused[0]}/clocks/{paused[1]}:explain"
        links["follow-ups to close"] = "/satisfaction/v1/follow-ups?state=opened"
        links["quarantine"] = "/interactions/v1/quarantine?state=waiting"
        return {name: self.api.url + path for name, path in links.items()}


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
