"""What the company does so that it does not happen again, and so that customers stay: changes, a back-test, win-backs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from rapport_cli.demo.acts import CLERK, MANAGER, Act, People, act, ago, moments, text
from rapport_cli.demo.steps import Steps, wait_for

CHANGES, WIN_BACKS = "/complaints/v1/changes", "/complaints/v1/win-backs"
PACK = "internal-strict"
TRIED = timedelta(days=60)
OUTCOMES = ("won_back", "lost", "not_reached")
STEPS = ("scan-at-handover", "train-shifts")
BEGIN = (act("plan-steps"), act("unfreeze", reason="root-cause-known"), act("start"))


@dataclass(frozen=True, slots=True)
class Change:
    """What is done with one that was proposed so long before now."""

    acts: tuple[Act, ...]
    since: timedelta


WAYS: dict[str, Change] = {
    "closed with its effect": Change(
        (
            *BEGIN,
            *(act("complete-step", step=step) for step in STEPS),
            act("refreeze", standard="sop-17-v2"),
            act("link-complaint"),
            act("record-effect", days=7),
            act("close"),
        ),
        timedelta(days=60),
    ),
    "behind its plan": Change(BEGIN, timedelta(days=30)),
    "abandoned": Change((act("plan-steps"), act("abandon", reason="supplier-changed")), timedelta(days=20)),
}


@dataclass
class Improving:
    """Changes for the cause that most complaints of the demonstration can have; `complaint` shows it, too."""

    people: People
    steps: Steps
    complaint: str | None = None

    def improve(self) -> dict[str, int]:
        """How many went which way. Raises CommandError."""
        with self.steps.step("Changing what caused it", len(WAYS)) as step:
            for number, (name, way) in enumerate(WAYS.items()):
                self._change(way)
                step.done(number + 1)
                step.say(f"{number + 1} changes, the last {name}")
        return dict.fromkeys(WAYS, 1)

    def try_policy(self) -> dict[str, int]:
        """What a stricter policy would have meant for the complaints of the last weeks. Raises CommandError."""
        period = {"received_from": text(ago() - TRIED), "received_before": text(ago())}
        with self.steps.step("Trying a stricter policy") as step:
            path = "/complaints/v1/sla-policies/standard:back-test"
            started = self.people[MANAGER].post(path, {"pack": PACK, **period})

            def over() -> dict[str, Any] | None:
                found: dict[str, Any] = self.people[MANAGER].get(f"/complaints/v1/back-tests/{started['id']}")
                return found if found["state"] != "running" else None

            done = wait_for(over, "end of a back-test")
            step.say(f"{done['newly_breached']} of {done['n']} limits would have been broken")
        return {name: done[name] for name in ("n", "changed", "newly_breached", "newly_met")}

    def win_back(self, customers: set[str]) -> dict[str, int]:
        """Win-backs that are asked for: three are closed, each with another outcome, one is begun. Raises CommandError."""
        with self.steps.step("Winning customers back") as step:
            found = self.people[CLERK].pages(WIN_BACKS, state="requested")
            ours = [each["id"] for each in found if each["customer_id"] in customers][: len(OUTCOMES) + 1]
            for number, win_back in enumerate(ours):
                closed = [act("close", outcome=OUTCOMES[number])] if number < len(OUTCOMES) else []
                acts = [act("start", owner="care-team"), *closed]
                self.people.carry(f"{WIN_BACKS}/{win_back}", acts, iter([text(ago())] * len(acts)))
            step.say(f"{len(ours)} begun, {min(len(ours), len(OUTCOMES))} closed")
        return {"begun": len(ours), "closed": min(len(ours), len(OUTCOMES))}

    def _change(self, way: Change) -> None:
        since = ago() - way.since
        times = moments(since, len(way.acts))
        due = text(since + way.since / 2)
        steps = {"steps": [{"code": code, "owner": "unit-logistics", "due_at": due} for code in STEPS]}
        filled: dict[str, dict[str, Any]] = {"plan-steps": steps, "link-complaint": {"complaint_id": self.complaint}}
        problem = {"dimension": "cause", "group": "process", "owner": "unit-logistics", "note": "Nobody scans."}
        change = self.people.open(CHANGES, {**problem, "at": next(times)})
        acts = [replace(each, given={**filled.get(each.verb, {}), **each.given}) for each in way.acts]
        self.people.carry(
            f"{CHANGES}/{change}", [each for each in acts if self.complaint or each.verb != "link-complaint"], times
        )
