"""Service recovery of the demonstration: what went wrong is put right, with money and without."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from rapport_cli.demo.acts import CLERK, QUALITY, Act, People, act, ago, managed, moments
from rapport_cli.demo.steps import Steps

CASES = "/complaints/v1/recovery-cases"
RECENT = timedelta(hours=6)


def _plan(amount: str) -> Act:
    """An apology and money back. Somebody at the desk may award 500 CNY alone, as shipped."""
    remedies = [{"kind": "apology"}, {"kind": "refund", "amount": amount, "currency": "CNY"}]
    return act("propose", remedies=remedies, reason="as-usual")


OFFER, TAKE, DO = act("offer", method="phone"), act("record-choice", accepted=True), act("execute")
DONE = (OFFER, TAKE, DO)
CLOSE = act("close")


@dataclass(frozen=True, slots=True)
class Recovery:
    """One case: of a complaint, or (`silent`) of a customer who never complained; begun so long before now."""

    acts: tuple[Act, ...]
    silent: bool = False
    since: timedelta = RECENT


RECOVERIES: dict[str, Recovery] = {
    "paid with approval, content": Recovery(
        (_plan("900.00"), managed("approve"), *DONE, Act("record-verdict", {"content": True}, QUALITY), CLOSE)
    ),
    "paid, not content, paid back": Recovery((_plan("120.00"), *DONE, Act("record-verdict", {"content": False}, QUALITY))),
    "paid": Recovery((_plan("80.00"), *DONE)),
    "not approved": Recovery((_plan("4000.00"), managed("reject", reason="too-much"), CLOSE)),
    "declined": Recovery((_plan("20.00"), OFFER, act("record-choice", accepted=False), CLOSE)),
    "withdrawn": Recovery((_plan("300.00"), act("withdraw", reason="not-our-failure"), CLOSE)),
    "put right without money": Recovery(
        (act("propose", remedies=[{"kind": "apology"}], reason="as-usual"), OFFER, DO, CLOSE), silent=True
    ),
    "offered": Recovery((_plan("50.00"), OFFER), silent=True, since=timedelta(days=20)),
}


@dataclass
class Money:
    """Recovery cases for these complaints and customers, in turn."""

    people: People
    steps: Steps
    complaints: list[str]
    customers: list[str]

    def recover(self) -> dict[str, int]:
        """How many cases went which way. Raises CommandError."""
        told: Counter[str] = Counter()
        wanted = {name: case for name, case in RECOVERIES.items() if self.people.can(case.acts)}
        with self.steps.step("Putting things right", len(wanted)) as step:
            for number, (name, case) in enumerate(wanted.items()):
                recovery = self._carry(number, case)
                if name == "paid, not content, paid back":
                    self._pay_back(recovery)
                told[name] += 1
                step.done(number + 1)
                step.say(f"{told.total()} cases")
        return {name: told[name] for name in RECOVERIES}

    def _carry(self, number: int, case: Recovery) -> str:
        times = moments(ago() - case.since, len(case.acts))
        body: dict[str, Any] = {"failure": "charged-twice", "category": "card-payment", "unit": "north", "at": next(times)}
        if case.silent or not self.complaints:
            body["customer_id"] = self.customers[number % len(self.customers)]
        else:
            body["complaint_id"] = self.complaints[number % len(self.complaints)]
        recovery = self.people.open(CASES, body)
        self.people.carry(f"{CASES}/{recovery}", case.acts, times)
        return recovery

    def _pay_back(self, recovery: str) -> None:
        """All of it comes back, in two parts."""
        (paid,) = self.people[CLERK].get(f"{CASES}/{recovery}/compensations")["items"]
        for amount in ("20.00", "100.00"):
            back = replace(managed("reverse", amount=amount, reason="paid-twice"), timed=False)
            self.people.carry(f"/complaints/v1/compensations/{paid['id']}", [back], iter([""]))
