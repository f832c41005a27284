"""Whatever happens in whatever order: no 5xx, and what must always hold, holds. And what requests may cost."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from rapport_contracts.complaints.cases import ComplaintReopened, ComplaintWithdrawn
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_kernel.ids import new_id

from .world import API, NOW, closed, completed, linked, received


class Walk:
    """Random facts and requests about a few customers."""

    def __init__(self, world, public, seed: int) -> None:
        self.world, self.public, self.chance = world, public, random.Random(seed)
        self.customers = [new_id() for _ in range(6)]
        self.calls, self.complaints, self.links = [], [], []
        self.statuses: Counter = Counter()

    async def step(self) -> None:
        often = [self.call, self.answer, self.send]
        doing = self.chance.choice([*often, *often, self.link, self.complain, self.end, self.consent, self.care])
        await doing()

    async def call(self) -> None:
        known = self.chance.choice([None, *self.customers])
        outcome = self.chance.choice(["answered", "answered", "abandoned"])
        made = completed(customer=known, outcome=outcome, agents=("a",) if outcome == "answered" else ())
        self.calls.append(made.interaction_id)
        await self.world.tell(made)

    async def link(self) -> None:
        if self.calls:
            await self.world.tell(linked(self.chance.choice(self.calls), self.chance.choice(self.customers)))

    async def complain(self) -> None:
        self.complaints.append((new_id(), self.chance.choice(self.customers)))
        await self.world.tell(received(*self.complaints[-1]))

    async def end(self) -> None:
        if not self.complaints:
            return
        complaint, customer = self.chance.choice(self.complaints)
        await self.world.tell(
            self.chance.choice(
                [
                    closed(complaint, customer),
                    ComplaintWithdrawn(complaint_id=complaint, customer_id=customer, withdrawn_at=NOW),
                    ComplaintReopened(complaint_id=complaint, customer_id=customer, episode=2, reopened_at=NOW),
                ]
            )
        )

    async def consent(self) -> None:
        customer, channel = self.chance.choice(self.customers), self.chance.choice([None, "phone"])
        if self.chance.random() < 0.3:
            told = ConsentWithdrawn(customer_id=customer, purpose="survey", channel=channel, withdrawn_at=NOW)
        else:
            told = ConsentGranted(customer_id=customer, purpose="survey", channel=channel, granted_at=NOW)
        await self.world.tell(told)

    async def send(self) -> None:
        if self.chance.random() < 0.5:  # the gap between reminders passes
            await self.world.rows("UPDATE invitations SET remind_after = sent_at")
        page = (await self.world.http.get(f"{API}/invitations", headers=self.world.gateway)).json()["items"]
        ready = [one for one in page if one["state"] in {"scheduled", "sent", "opened"}]
        page = ready if ready and self.chance.random() < 0.8 else page
        if page:
            chosen = self.chance.choice(page)
            answer = await self.world.send(chosen["id"])
            self.judge(answer, "send" in chosen["allowed"])
            if answer.status_code == 200:
                self.links.append(answer.json()["link"].removeprefix("https://ask.example"))

    async def answer(self) -> None:
        if self.links:
            path = self.chance.choice(self.links)
            self.note(await self.public.get(path))
            score = self.chance.choice([0, 3, 9, 11, "9.5", ""])
            self.note(await self.public.post(path, json={"answers": {"score": score}}))

    async def care(self) -> None:
        cases = (await self.world.http.get(f"{API}/follow-ups")).json()["items"]
        verb, body = self.chance.choice(
            [
                ("record-attempt", {"reached": True}),
                ("record-attempt", {"reached": False}),
                ("record-cause", {"cause": "c"}),
                ("record-action", {"action": "a"}),
                ("confirm", {"satisfied": True}),
                ("close", None),
            ]
        )
        for case in cases:
            answer = await self.world.http.post(f"{API}/follow-ups/{case['id']}:{verb}", json=body)
            missed_again = case["state"] == "unreachable" and body == {"reached": False}  # reaching them is still possible
            self.judge(answer, verb in case["allowed"] and not missed_again)

    def judge(self, answer, allowed: bool) -> None:
        """What is allowed is not refused for what the thing itself tells; what is not is refused."""
        self.note(answer)
        assert allowed or answer.status_code == 409, answer.text
        assert not allowed or answer.json().get("code") not in {"not-allowed", "too-early"}, answer.text

    def note(self, answer) -> None:
        assert answer.status_code < 500, answer.text
        self.statuses[answer.status_code] += 1


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_walk_breaks_nothing(world, public, seed) -> None:
    walk = Walk(world, public, seed)
    for _ in range(80):
        await walk.step()
    rows = await world.rows(
        """
        SELECT i.*, r.id AS answer, d.reason AS last FROM invitations i LEFT JOIN responses r ON r.invitation_id = i.id
        LEFT JOIN LATERAL (
            SELECT reason FROM decisions d WHERE d.invitation_id = i.id ORDER BY number DESC LIMIT 1
        ) d ON true
        """
    )
    assert {200, 409} <= set(walk.statuses), walk.statuses
    sends: Counter = Counter()
    for row in rows:
        assert (row["state"] == "completed") == (row["answer"] is not None)
        assert row["last"] == row["reason"] or row["state"] == "opted_out"
        assert row["state"] != "considered"
        if row["state"] == "scheduled":
            assert row["customer_id"] is not None
        sends[row["customer_id"]] += row["sent_at"] is not None
    assert all(count <= 1 for count in sends.values()), "two surveys within seven days"
    waiting = {row["customer_id"] for row in rows if row["state"] == "scheduled"}
    complaining = {row["customer_id"] for row in await world.rows("SELECT customer_id FROM complaints WHERE open")}
    assert not waiting & complaining
    considered = Counter(fact["invitation_id"] for _, fact in await world.published("survey.considered"))
    trail = Counter(str(row["invitation_id"]) for row in await world.rows("SELECT invitation_id FROM decisions"))
    assert considered == trail


async def test_what_a_request_costs(world, public) -> None:
    invitation = await world.invited()
    with world.statements() as seen:
        sent = await world.send(invitation)
    assert len(seen) <= 12, seen
    path = sent.json()["link"].removeprefix("https://ask.example")
    with world.statements() as seen:
        await public.get(path)
    assert len(seen) <= 5, seen
    with world.statements() as seen:
        await public.post(path, json={"answers": {"score": 2, "comment": "slow"}})
    assert len(seen) <= 15, seen  # two of them look for the link, before the answer is read
    for listed in ("invitations", "responses", "follow-ups", "surveys"):
        with world.statements() as seen:
            await world.http.get(f"{API}/{listed}")
        most = 4 if listed == "responses" else 2  # comments are unsealed, and who looks at them is written down
        assert len(seen) <= most, (listed, seen)
