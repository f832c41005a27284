"""Plays invented days through the public APIs only, as the systems and people of a contact centre would."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_cli.client import Api
from rapport_cli.demo.acts import MANAGER, People
from rapport_cli.demo.casework import Casework
from rapport_cli.demo.days import Days
from rapport_cli.demo.emergencies import Emergencies
from rapport_cli.demo.identity import Identity
from rapport_cli.demo.improving import Improving
from rapport_cli.demo.money import Money
from rapport_cli.demo.repairs import RepairDesk
from rapport_cli.demo.steps import Step, Steps, wait_for
from rapport_cli.demo.voices import Voices
from rapport_cli.demo.ways import WAYS
from rapport_cli.services import SERVICES

AT_THE_DESK = tuple(
    f"complaints:{verb}"
    for verb in (
        *("file", "read", "handle", "assign", "decide", "close", "recover", "repairs", "report", "emergencies", "changes"),
        "win-backs",
    )
)
"""What the person at the desk may."""
SCOPES = (
    *AT_THE_DESK, "complaints:approve", "complaints:configure", "complaints:stats",
    "interactions:manage-keys", "interactions:push", "interactions:read", "interactions:write", "interactions:quarantine",
    "profiles:read", "profiles:write", "profiles:resolve", "satisfaction:read", "satisfaction:send",
    "satisfaction:follow-up", "satisfaction:scores", "satisfaction:manage-keys",
)  # fmt: skip
"""What the person with authority may, who also keeps the systems."""
BATCH = 200
MOST_USUAL = 3
CALLS_PER_USUAL = 25
"""Complaints that go the usual way beside one of each way."""
KEY_DAYS = 2


@dataclass
class Play:
    """One demonstration. `as_program` makes an API client that carries a machine key instead of the person's token."""

    people: People
    days: Days
    dice: random.Random
    steps: Steps
    as_program: Callable[[str], Api]
    calls: dict[str, str] = field(default_factory=dict)
    """Interaction of each call."""

    @property
    def api(self) -> Api:
        """The client of the person with authority."""
        return self.people[MANAGER]

    def run(self) -> dict[str, Any]:
        """From the first event to the figures; what happened and where to look. Raises CommandError."""
        pushed = self._push()
        quarantined = self._settle_broken()
        contacts = self._wait_until_linked()
        cases = Casework(self.people, self.dice, self.steps)
        unhappy = self._unhappy(contacts)
        told = self._carry(cases, unhappy) if unhappy else {}
        finished = {each["id"] for each in contacts if each["state"] == "completed"}
        answered = Voices(self.api, self.as_program, self.dice, self.steps, finished, cases.closed).speak()
        customers = {each["customer_id"] for each in contacts}
        won = Improving(self.people, self.steps).win_back(customers)
        customer = answered.followed_up or next((each["customer_id"] for each in contacts), None)
        with self.steps.step("Reading the timeline") as step:
            entries = self._timeline(customer, answered.followed_up) if customer else 0
            step.say(f"{entries} entries of one customer")
        return {
            "calls": len({event["call_id"] for event in self.days.events}),
            "pushed": pushed,
            **quarantined,
            "linked": len(contacts),
            **told,
            "answers": answered.as_dict(),
            "win_backs": won,
            "timeline_entries": entries,
            "figures": self._figures(cases.oldest),
            "links": self._links(customer, cases.paused),
        }

    def _carry(self, cases: Casework, unhappy: list[dict[str, Any]]) -> dict[str, Any]:
        """What people do about what customers say: how many went which way, by subject."""
        customers = list(dict.fromkeys(each["customer_id"] for each in unhappy))
        identity = Identity(self.api, self.steps, customers).tell()
        cases.file(unhappy, min(MOST_USUAL, len(self.calls) // CALLS_PER_USUAL))
        found = sorted(cases.closed)
        improving = Improving(self.people, self.steps, next(iter(found), None))
        return {
            "identity": identity,
            "complaints": cases.told,
            "emergencies": Emergencies(self.people, self.steps, cases, unhappy).play(),
            "recoveries": Money(self.people, self.steps, found, customers).recover(),
            "repairs": RepairDesk(self.people, self.steps, next(iter(found), None), customers).repair(),
            "changes": improving.improve(),
            "back_test": improving.try_policy(),
        }

    def _push(self) -> dict[str, int]:
        """All events in batches with a machine key of the days' source; the key is withdrawn at the end."""
        made = self.api.post(
            "/interactions/v1/machine-keys",
            {"name": "Demonstration", "source": self.days.source, "scopes": ["interactions:push"], "days": KEY_DAYS},
        )
        results: Counter[str] = Counter()
        events = self.days.events
        with self.steps.step("Pushing events", len(events)) as step, self.as_program(made["key"]) as machine:
            for start in range(0, len(events), BATCH):
                answer = machine.post("/interactions/v1/interaction-events:batch", {"events": events[start : start + BATCH]})
                for event, result in zip(events[start : start + BATCH], answer["results"], strict=True):
                    results[result["result"]] += 1
                    if result.get("interaction_id"):
                        self.calls[event["call_id"]] = result["interaction_id"]
                step.done(start + BATCH)
                step.say(_listed(results))
        self.api.post(f"/interactions/v1/machine-keys/{made['id']}:revoke", {"reason": "end-of-demonstration"})
        return {name: results[name] for name in ("accepted", "duplicate", "late", "quarantined")}

    def _settle_broken(self) -> dict[str, int]:
        """One of the broken events is mended and replayed, another dropped; the others stay in the quarantine."""
        done = {"replayed": 0, "dropped": 0}
        with self.steps.step("Mending an event") as step:
            for item in self.api.pages("/interactions/v1/quarantine", source=self.days.source, state="waiting"):
                path = f"/interactions/v1/quarantine/{item['id']}"
                event = self.days.mended.get(json.loads(self.api.get(path)["content"]).get("event_id"))
                if event is None or all(done.values()):
                    continue
                if not done["replayed"]:
                    result = self.api.post(f"{path}:replay", {"event": event})["result"]
                    step.say(f"{item['reason']} in {item['where']}: replayed, {result}")
                    done["replayed"] = 1
                else:
                    self.api.post(f"{path}:drop", {"reason": "of-no-use"})
                    done["dropped"] = 1
        return done

    def _wait_until_linked(self) -> list[dict[str, Any]]:
        """The contacts of the days whose caller is known by now; all callers with a number have to be."""
        expected = {self.calls[call] for call in self.days.identified if call in self.calls}

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
        """The contacts of the days, of any source."""
        since: dict[str, Any] = {"from": _text(self.days.begin)}
        return list(self.api.pages("/interactions/v1/interactions", **since))

    def _unhappy(self, contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answered and finished calls, one of each customer, at random."""
        answered = [each for each in contacts if each["outcome"] == "answered" and each["ended_at"]]
        of_each = list({each["customer_id"]: each for each in answered}.values())
        return self.dice.sample(of_each, min(len(WAYS) + MOST_USUAL, len(of_each)))

    def _timeline(self, customer: str, followed_up: str | None) -> int:
        """How much the customer's timeline shows, once the closed follow-up has reached it."""
        path = f"/profiles/v1/customers/{customer}/timeline"

        def complete() -> list[dict[str, Any]] | None:
            entries = list(self.api.pages(path))
            return entries if followed_up is None or any(e["type"] == "follow-up.closed.v1" for e in entries) else None

        return len(wait_for(complete, "closed follow-up in the timeline"))

    def _figures(self, oldest: datetime | None) -> dict[str, Any]:
        """What the statistics say about the time of the days, whatever source it comes from; of complaints since the oldest
        that was filed."""
        period = {"from": _text(self.days.begin), "to": _text(datetime.now(UTC) + timedelta(minutes=1))}
        since = {"from": _text(oldest)} if oldest else {}
        return {
            "calls": self.api.get("/interactions/v1/stats", **period),
            "after-call": self.api.get("/satisfaction/v1/scores", metric="nps", survey="after-call", **period),
            "after-complaint": self.api.get("/satisfaction/v1/scores", metric="csat", survey="after-complaint", **period),
            "complaints": self.api.get("/complaints/v1/stats", **{**period, **since}),
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
