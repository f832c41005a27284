"""Who customers are: corrected, verified, consenting or not; and a visit with two numbers that are of two people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rapport_cli.client import Api
from rapport_cli.demo.acts import COMPLAINTS, ago, text
from rapport_cli.demo.steps import Steps, wait_for

CUSTOMERS = "/profiles/v1/customers"
CHANGED = 412
"""Somebody, or a call, changed the customer since they were read."""
PERSONAL: tuple[dict[str, Any], ...] = (
    {"name": "Li Wei", "occupation": "teacher", "kind": "individual"},
    {"name": "Wang Fang", "preferences": ["e-mail"], "kind": "individual"},
)
"""Of the first customers, a correction each; all invented."""
CONSENTS = (("marketing", "granted"), ("marketing", "withdrawn"), ("care", "granted"))
MOVES = ("activate", "fall-dormant")
VISIT: dict[str, Any] = {
    "channel": "store", "direction": "inbound", "agent": "agent-001", "touchpoint": "branch", "contact_type": "cards",
}  # fmt: skip
COMPLAINT: dict[str, Any] = {
    "channel": "store", "category": "waiting", "problem": "I queued for an hour.", "touchpoint": "branch",
}  # fmt: skip


@dataclass
class Identity:
    """Works on these customers, by the token of somebody who may (access level 2 and above)."""

    api: Api
    steps: Steps
    customers: list[str]

    def tell(self) -> dict[str, int]:
        """How many of what. Raises CommandError."""
        told = {"corrected": 0, "stages": 0, "verified": 0, "consents": 0, "conflicts": 0}
        with self.steps.step("Keeping profiles right") as step:
            for customer, personal in zip(self.customers, PERSONAL, strict=False):
                wait_for(lambda: self._correct(customer, personal), "correction of a customer")  # noqa: B023 - asked at once
                told["corrected"] += 1
                told["stages"] += self._move(customer)
                told["verified"] += self._verify(customer)
                for purpose, decision in CONSENTS:
                    evidence = {"kind": "call", "text": "Said on the phone."}
                    statement = {"purpose": purpose, "channel": "email", "decision": decision, "evidence": evidence}
                    self.api.post(f"{CUSTOMERS}/{customer}/consents", statement, once=True)
                    told["consents"] += 1
            told["conflicts"] = self._conflict()
            step.say(", ".join(f"{count} {name}" for name, count in told.items()))
        return told

    def _shown(self, customer: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.api.get(f"{CUSTOMERS}/{customer}")
        return shown

    def _correct(self, customer: str, personal: dict[str, Any]) -> Any:
        """None: they were changed meanwhile."""
        match = {"If-Match": f'"{self._shown(customer)["version"]}"'}
        return self.api.call("PATCH", f"{CUSTOMERS}/{customer}", json=personal, headers=match, fine={CHANGED})

    def _move(self, customer: str) -> int:
        """The moves that are left to them; of one whom an earlier demonstration moved there are fewer."""
        done = 0
        for move in MOVES:
            if move in self._shown(customer)["stage_moves"]:
                self.api.post(f"{CUSTOMERS}/{customer}:change-stage", {"move": move, "reason": "bought"}, once=True)
                done += 1
        return done

    def _verify(self, customer: str) -> int:
        """Their contact points that nobody has verified yet."""
        unverified = [each for each in self._shown(customer)["identifiers"] if each["verified_at"] is None]
        for each in unverified:
            self.api.post(f"{CUSTOMERS}/{customer}/identifiers/{each['id']}:verify", once=True)
        return len(unverified)

    def _conflict(self) -> int:
        """Somebody comes to a branch with the numbers of two customers, and complains: a person decides whose contact it is,
        and so whose complaint. 0 where that was decided for the same numbers before."""
        numbers = [self._number(customer) for customer in self.customers[:2]]
        if len(numbers) < 2 or None in numbers:  # noqa: PLR2004 - two of them
            return 0
        visit = {**VISIT, "started_at": text(ago(minutes=10)), "ended_at": text(ago(minutes=5))}
        visit["identifiers"] = [{"kind": "phone", "value": number} for number in numbers]
        contact = self.api.post("/interactions/v1/interactions", visit, once=True)["id"]
        filing = {**COMPLAINT, "interaction_id": contact, "received_at": visit["ended_at"], "contact": {"phone": numbers[0]}}
        complaint = self.api.post(COMPLAINTS, filing, once=True)["id"]

        def decided() -> list[str] | None:
            """The open conflict that the contact waits for; none where it has its customer already."""
            if self.api.get(f"/interactions/v1/interactions/{contact}")["customer_id"]:
                return []
            conflicts = self.api.pages("/profiles/v1/conflicts", state="open")
            ids = [each["id"] for each in conflicts if set(each["candidates"]) == set(self.customers[:2])]
            return ids or None

        waiting = wait_for(decided, "identity conflict")
        for conflict in waiting:
            ruling = {"customer_id": self.customers[0], "reason": "showed-their-card"}
            self.api.post(f"/profiles/v1/conflicts/{conflict}:resolve", ruling, once=True)
        wait_for(lambda: self.api.get(f"{COMPLAINTS}/{complaint}")["customer_id"], "customer of a complaint")
        return len(waiting)

    def _number(self, customer: str) -> str | None:
        found = (each["value"] for each in self._shown(customer)["identifiers"] if each["kind"] == "phone")
        return next(found, None)
