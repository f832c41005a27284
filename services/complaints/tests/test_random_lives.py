"""Random walks over HTTP through every other life that is published: whatever is asked in whatever order is done or refused,
the tables hold, and the facts agree with the history (DONE 10). Complaints and recovery cases have walks of their own."""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from rapport_testing.web import TokenMaker, client_of

from .declared import MACHINES
from .desk import SCOPES, Desk

Thing = dict[str, Any]
Bodies = dict[str, list[dict[str, Any]]]
NOTED = {"note": "Seen."}
REASON = {"reason": "other"}
STEPS = 80
KNOWN_BEFOREHAND = {
    *("not-allowed", "scope-missing", "level-too-low", "vendor-missing", "has-complaint", "dismissed", "gaps-open"),
    *("steps-missing", "steps-open", "already-major", "not-major"),
}
"""Refusals that the thing itself tells: what is allowed is not refused so."""
WALKED_ELSEWHERE = {"complaint": "test_random_roads.py", "clock": "test_walk.py", "recovery": "test_recovery.py"}
FOLLOWS = {
    "compensation": "moved by its recovery case, whose walk adds up the ledger",
    "customer-link": "one use or one revocation",
    "back-test": "completes by itself; may be cancelled once",
}
"""Lives without moves of their own to choose from."""


async def repair(desk: Desk) -> Thing:
    for code in ("v-1", "v-2"):
        await desk.put(f"/vendors/{code}", {})
    return dict(await desk.post("/repairs", {"category": "water", "note": "The tap drips."}))


async def incident(desk: Desk) -> Thing:
    return dict(await desk.post("/incidents", {"incident_type": "equipment-failure", "note": "Nothing is heard."}))


async def drill(desk: Desk) -> Thing:
    return dict(await desk.post("/drills", {"plan": "general", "planned_for": "2026-12-10T01:00:00Z"}))


async def change(desk: Desk) -> Thing:
    body = {"dimension": "category", "group": "delivery", "owner": "unit-a", "note": "Never scanned."}
    return dict(await desk.post("/changes", body))


async def major(desk: Desk) -> Thing:
    filed = await desk.act(await desk.until("assigned"), "mark-major", reason="press")
    (case,) = (await desk.get("/major-cases", {"complaint": filed["id"]}))["items"]
    return dict(case)


async def win_back(desk: Desk) -> Thing:
    rules = [{"reason": "repeated_complaints", "count": 1, "days": 365, "quiet_days": 1}]
    await desk.put("/win-back-policies/standard", {"name": "x", "rules": rules})
    customer = str(new_id())
    await desk.file(customer_id=customer)
    await desk.fire()
    (task,) = (await desk.get("/win-backs", {"customer": customer}))["items"]
    return dict(task)


@dataclass(frozen=True, slots=True)
class Life:
    """How to begin one, what may be asked of it, and which moves an action makes where they have other names. `acts_on`: the
    path of actions, where it is not its own; `final`: actions that end it, which are asked seldom."""

    begin: Callable[[Desk], Awaitable[Thing]]
    plural: str
    bodies: Bodies
    moves: dict[str, set[str]] = field(default_factory=dict)
    acts_on: str | None = None
    final: frozenset[str] = frozenset()
    history: bool = True


GAP = {"code": "no-line", "owner": "unit-a", "due_at": "2027-01-31T10:00:00Z"}
STEP = {"owner": "unit-a", "due_at": "2027-01-31T10:00:00Z"}
CHECKLIST = ("team", "inform-staff", "inform-customers", "extra-capacity", "all-clear", "nothing-of-the-kind")
LIVES: dict[str, Life] = {
    "repair": Life(
        repair,
        "repairs",
        {
            "accept": [{}, NOTED],
            "assign-vendor": [{"vendor": "v-1"}, {"vendor": "v-2", "reason": "nearest"}, {"vendor": "v-9"}],
            "schedule": [{"appointment_at": "2099-01-01T00:00:00Z"}, {"appointment_at": "2020-01-01T00:00:00Z"}],
            "start": [{}],
            "record-visit": [{"worker": "w-3", "outcome": "parts-missing", **NOTED}],
            "complete": [{}, {"at": "2020-01-01T00:00:00Z"}],
            "accept-result": [{}],
            "refuse-result": [REASON],
            "cancel": [REASON],
            "link-complaint": [{"complaint_id": "filed"}, {"complaint_id": str(new_id())}],
        },
        moves={"link-complaint": set()},
        final=frozenset({"cancel", "accept-result"}),
    ),
    "incident": Life(
        incident,
        "incidents",
        {
            "classify": [{"level": level} for level in (1, 2, 3, 4)],
            "dismiss": [REASON],
            "declare": [{}, NOTED],
            "change-level": [{"level": 1, **REASON}, {"level": 3, **REASON}],
            "activate-plan": [{"plan": "general"}, {"plan": "nobodys"}],
            "complete-step": [{"step": code} for code in CHECKLIST],
            "update": [NOTED, {**NOTED, "touchpoints": ["hotline"], "categories": ["delivery"]}],
            "contain": [{}],
            "restore": [{}],
            "review": [{"cause": "ageing", **NOTED}],
            "close": [{}],
            "link-complaint": [{"complaint_id": "filed"}, {"complaint_id": str(new_id())}],
            "unlink-complaint": [{"complaint_id": "filed", **REASON}],
        },
        moves={"link-complaint": set(), "unlink-complaint": set()},
        final=frozenset({"dismiss"}),
    ),
    "drill": Life(
        drill,
        "drills",
        {
            "hold": [{"participants": 12}, {"participants": 1, **NOTED}],
            "cancel": [REASON],
            "record-gaps": [{"gaps": []}, {"gaps": [GAP]}, {"gaps": [GAP, {**GAP, "code": "no-list"}]}],
            "close-gap": [{"gap": "no-line"}, {"gap": "no-list"}, {"gap": "none"}],
            "close": [{}],
        },
        final=frozenset({"cancel"}),
    ),
    "change": Life(
        change,
        "changes",
        {
            "link-complaint": [{"complaint_id": "filed"}, {"complaint_id": str(new_id())}],
            "plan-steps": [{"steps": [{**STEP, "code": f"s{n}"}]} for n in range(6)],
            "unfreeze": [REASON, {}],
            "start": [{}],
            "complete-step": [{"step": f"s{n}"} for n in range(7)],
            "refreeze": [{"standard": "sop-17"}],
            "record-effect": [{"days": 28}, {"days": 1}],
            "close": [{}],
            "abandon": [REASON],
        },
        moves={"plan-steps": {"plan-step"}},
        final=frozenset({"abandon"}),
    ),
    "major-case": Life(
        major,
        "major-cases",
        {
            "complete-major-step": [{"step": code} for code in ("take-over", "inform-management", "nothing-of-the-kind")],
            "lower-major": [REASON],
            "mark-major": [REASON],
        },
        moves={"complete-major-step": {"complete-step"}, "lower-major": {"lower"}, "mark-major": set()},
        acts_on="complaints",
        history=False,
    ),
    "win-back": Life(
        win_back,
        "win-backs",
        {
            "start": [{"owner": "staff-7"}, {"owner": "unit-b", **NOTED}],
            "close": [{"outcome": "won_back"}, {"outcome": "lost", **NOTED}, {"outcome": "dreamt"}],
        },
        final=frozenset({"close"}),
    ),
}


def test_every_published_life_is_walked_at_random() -> None:
    assert set(LIVES) | set(WALKED_ELSEWHERE) | set(FOLLOWS) == set(MACHINES)
    assert not set(LIVES) & (set(WALKED_ELSEWHERE) | set(FOLLOWS))


@pytest.mark.parametrize("name", LIVES)
def test_a_walk_can_make_every_move_of_the_table(name: str) -> None:
    life = LIVES[name]
    made = set().union(*(life.moves.get(action, {action}) for action in life.bodies))
    by_itself = {"close"} if name == "major-case" else set()  # closed with its complaint
    assert made | by_itself == {move.name for move in MACHINES[name].moves}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", LIVES)
async def test_a_random_walk_is_done_or_refused_and_its_history_agrees(
    desk: Desk, served: Service[Work], tokens: TokenMaker, name: str, seed: int
) -> None:
    life, table, dice = LIVES[name], MACHINES[name], random.Random(f"{name} {seed}")
    filed = await desk.file()
    thing = await seen(desk.http, life, (await life.begin(desk))["id"])
    answers: set[int] = set()
    client = desk.http
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="judge-1")) as other:
        for _ in range(STEPS):
            action = chosen(life, thing, dice)
            body = {key: filed["id"] if said == "filed" else said for key, said in dice.choice(life.bodies[action]).items()}
            on = thing["complaint_id"] if life.acts_on else thing["id"]
            answer = await asked(client, f"{life.acts_on or life.plural}/{on}:{action}", body, dice)
            answers.add(answer.status_code)
            assert answer.status_code in {200, 404, 409, 412, 422}, (action, body, answer.text)
            client = dice.choice([desk.http, other])
            before, thing = thing, await seen(client, life, thing["id"])
            judge(name, life, action, answer, before, thing)
    assert {200, 409} <= answers, answers
    assert thing["state"] in table.states
    if life.history:
        await agrees(desk, name, life, thing)


async def seen(client: httpx.AsyncClient, life: Life, name: str) -> Thing:
    """The thing as this caller sees it; `allowed` is that of what its actions act on."""
    thing: Thing = (await client.get(f"/complaints/v1/{life.plural}/{name}")).json()
    if life.acts_on:
        acted_on = (await client.get(f"/complaints/v1/{life.acts_on}/{thing['complaint_id']}")).json()
        thing["allowed"] = [action for action in acted_on["allowed"] if action in life.bodies]
    return thing


def chosen(life: Life, thing: Thing, dice: random.Random) -> str:
    """Mostly what is allowed; what ends it seldom, so that walks are long."""
    every = [action for action in life.bodies if action not in life.final or dice.random() < 0.06]
    likely = [action for action in every if action in thing["allowed"]]
    return dice.choice(likely if likely and dice.random() < 0.7 else every or list(life.bodies))


async def asked(client: httpx.AsyncClient, path: str, body: dict[str, Any], dice: random.Random) -> httpx.Response:
    """Sometimes with a version that nobody has read."""
    headers = {"If-Match": '"999"'} if dice.random() < 0.05 else {}
    return await client.post(f"/complaints/v1/{path}", json=body, headers=headers)


def judge(name: str, life: Life, action: str, answer: httpx.Response, before: Thing, after: Thing) -> None:
    """What was refused changed nothing and was not allowed, or would do for another body; what was done was allowed, and is
    a move of the table."""
    table, said = MACHINES[name], (name, action, before["allowed"], answer.text)
    assert set(after["allowed"]) <= set(life.bodies), said
    if answer.status_code != 200:
        assert {**after, "allowed": before["allowed"]} == before, said
        assert action not in before["allowed"] or answer.json()["code"] not in KNOWN_BEFOREHAND, said
        return
    assert action in before["allowed"], said
    moves = life.moves.get(action, {action})
    reached = {table.target(before["state"], move) for move in moves if move in table.allowed(before["state"])}
    assert after["state"] in (reached or {before["state"]}), said
    assert after["version"] >= before["version"], said


async def agrees(desk: Desk, name: str, life: Life, thing: Thing) -> None:
    """The history is a walk through the table that ends in the state shown; each fact of it was published in order."""
    table = MACHINES[name]
    past = (await desk.get(f"/{life.plural}/{thing['id']}/history", {"limit": 200}))["items"]
    assert past[-1]["to_state"] == thing["state"]
    for earlier, later in itertools.pairwise(past):
        assert later["from_state"] == earlier["to_state"]
        if later["move"] in {move.name for move in table.moves}:
            assert table.target(later["from_state"], later["move"]) == later["to_state"]
        else:
            assert later["from_state"] == later["to_state"], later["move"]
    rows = await desk.db.fetch(
        "SELECT sequence::bigint AS n FROM outbox WHERE aggregateid::text = $1 ORDER BY position", thing["id"]
    )
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1)), "facts are counted without gaps"
    assert thing["version"] == len(rows)
