"""Random roads over HTTP: whatever is asked in whatever order is done or refused with a reason, and the history agrees."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_complaints.cases.domain.life import ENDED, LIFE
from rapport_complaints.work import ComplaintsWork
from rapport_testing.guards_service import actions_of
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

ACTIONS: dict[str, list[dict[str, Any]]] = {
    "acknowledge": [{"method": "phone"}],
    "assess": [{"severity": "low"}, {"severity": "critical", "complex": True, "vulnerability": "access"}],
    "assign": [{"assignee": "agent-1"}, {"assignee": "agent-2"}, {"assignee": "agent-9"}],
    "claim": [{}],
    "auto-assign": [{}],
    "release": [{"reason": "end-of-shift"}],
    "promise": [{"due_at": "2099-01-01T00:00:00Z", "method": "email"}],
    "start-investigation": [{}],
    "record-step": [
        {"method": "site_visit", "note": "Seen."},
        {"method": "customer_talk", "note": "Heard.", "evidence": [{"kind": "text", "text": "Page 3."}]},
    ],
    "pause": [{"reason": "awaiting_customer"}, {"reason": "awaiting_third_party"}],
    "resume": [{}],
    "set-root-cause": [
        {"cause": "defect", "latent_risk": True},
        {"cause": "process", "latent_risk": False, "method": "five_whys", "whys": ["Nobody looked.", "No list."]},
    ],
    "propose": [
        {"remedy": "refund", "note": "The price."},
        {"remedy": "refund", "note": "All.", "amount": {"currency": "CNY", "amount": "49000.00"}},
    ],
    "approve-proposal": [{}],
    "refuse-proposal": [{"reason": "too-much"}],
    "record-decision": [{"accepted": True}, {"accepted": False}],
    "record-attempt": [{"method": "sms"}],
    "resolve": [{}],
    "give-feedback": [{"method": "letter"}, {"method": "letter", "follow_up_at": "2099-01-01T00:00:00Z"}],
    "reject": [{"grounds": ["misuse", "other"]}],
    "appeal": [{"reason": "wrong-facts"}],
    "decide-appeal": [
        {"upheld": True, "assignee": "agent-3", "reason": "new-facts"},
        {"upheld": True, "assignee": "agent-4", "reason": "new-facts"},
        {"upheld": False, "reason": "as-before"},
    ],
    "complete-follow-up": [{"result": "not_content"}],
    "escalate": [
        {"to": {"kind": "role", "code": "team-lead"}, "reason": "angry"},
        {"to": {"kind": "staff", "code": "agent-9"}, "reason": "angry", "level": 2},
    ],
    "mark-major": [{"reason": "press"}],
    "complete-major-step": [{"step": "call"}],
    "lower-major": [{"reason": "one-shop-only"}],
    "tag-handling": [{"tag": "emotional", "reason": "call-of-today"}],
    "untag-handling": [{"tag": "emotional", "reason": "unfair"}],
    "close": [{}],
    "reopen": [{"reason": "again"}],
    "withdraw": [{"reason": "settled"}],
    "transfer": [{"to": "legal", "reason": "not-ours"}],
    "mark-duplicate": [{}],
}
NOTED = {"conflict-of-interest", "complete-major-step", "lower-major"}
"""What the history tells and the table does not: it leaves every state as it is."""
RARE = {"withdraw", "transfer", "mark-duplicate"}


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_road_is_walked_or_refused_and_its_history_is_a_chain(
    desk: Desk, served: Service[ComplaintsWork], tokens: TokenMaker, seed: int
) -> None:
    chance = random.Random(seed)
    original = await desk.file()
    filed = await desk.file(subject_staff=["agent-9"])
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="judge-1")) as other:
        for _ in range(150):
            if chance.random() < 0.7:  # mostly what the state allows
                likely = [name for name in ACTIONS if set(filed["allowed"]) & moves_of(name) and name not in RARE]
            else:
                likely = [name for name in ACTIONS if name not in RARE or chance.random() < 0.05]
            action = chance.choice(likely or list(ACTIONS))
            body = {**chance.choice(ACTIONS[action])}
            if action == "mark-duplicate":
                body["duplicate_of"] = original["id"]
            client = chance.choice([desk.http, other])
            answer = await client.post(f"/complaints/v1/complaints/{filed['id']}:{action}", json=body)
            assert answer.status_code in {200, 409, 422 if action == "untag-handling" else 200}, (action, body, answer.text)
            shown = await desk.get(f"/complaints/{filed['id']}")
            if answer.status_code == 409:
                assert shown["state"] == filed["state"], (action, answer.text)
            filed = shown
            if filed["state"] in ENDED:
                assert filed["due_at"] is None
    past = (await desk.get(f"/complaints/{filed['id']}/history", {"limit": 200}))["items"]
    for before, after in itertools.pairwise(past):
        assert after["from_state"] == before["to_state"]
        noted = after["move"] in NOTED
        assert after["to_state"] == (after["from_state"] if noted else LIFE.target(after["from_state"], after["move"]))


def test_no_action_is_left_out(served: Service[ComplaintsWork]) -> None:
    assert set(ACTIONS) == actions_of(served, "/complaints/{complaint_id}")


def moves_of(action: str) -> set[str]:
    """The moves of the table that an action makes."""
    special = {
        "auto-assign": {"assign"},
        "pause": {"pause-for-customer", "pause-for-third-party"},
        "record-decision": {"accept", "refuse"},
        "decide-appeal": {"uphold-appeal", "dismiss-appeal"},
    }
    return special.get(action, {action})
