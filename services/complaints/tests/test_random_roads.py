"""Random roads over HTTP: whatever is asked in whatever order is done or refused with a reason, and the history agrees."""

from __future__ import annotations

import itertools
import random

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.life import ENDED, LIFE
from rapport_testing.guards_service import actions_of
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .making import ACTIONS

NOTED = {"conflict-of-interest", "complete-major-step", "lower-major"}
"""What the history tells and the table does not: it leaves every state as it is."""
RARE = {"withdraw", "transfer", "mark-duplicate"}
KNOWN_BEFOREHAND = {
    *("not-allowed", "already-taken", "not-yours", "no-proposal-waits", "nothing-to-decide", "already-appealed"),
    *("nothing-to-appeal", "attempts-missing", "no-follow-up", "close-guard", "reopen-too-late", "already-major"),
    *("not-major", "complaint-over", "scope-missing", "level-too-low"),
}
"""Refusals that the complaint itself tells: what is allowed is not refused so."""


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_road_is_walked_or_refused_and_its_history_is_a_chain(
    desk: Desk, served: Service[Work], tokens: TokenMaker, seed: int
) -> None:
    chance = random.Random(seed)
    original = await desk.file()
    filed = await desk.file(subject_staff=["agent-9"])
    url, client = f"/complaints/v1/complaints/{filed['id']}", desk.http
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="judge-1")) as other:
        for step in range(150):
            if chance.random() < 0.7:  # mostly what is allowed
                likely = [name for name in filed["allowed"] if name not in RARE]
            else:
                likely = [name for name in ACTIONS if name not in RARE or chance.random() < 0.05]
            action = chance.choice(likely or list(ACTIONS))
            body = {**chance.choice(ACTIONS[action])}
            if action == "mark-duplicate":
                body["duplicate_of"] = original["id"]
            answer = await client.post(f"{url}:{action}", json=body)
            assert answer.status_code in {200, 409, 422 if action == "untag-handling" else 200}, (action, body, answer.text)
            client = chance.choice([desk.http, other])
            shown = (await client.get(url)).json()
            if answer.status_code == 409:
                assert shown["state"] == filed["state"], (action, answer.text)
                told = (
                    answer.json()["code"] in KNOWN_BEFOREHAND and body.get("accepted") is not False
                )  # that may be too late
                assert action not in filed["allowed"] or not told, (action, answer.text)
            elif answer.status_code == 200:
                assert action in filed["allowed"] or shown["version"] == filed["version"], (action, answer.text)
            filed = shown
            if step % 25 == 0:  # a list says the same; who only reads is allowed nothing
                rows = (await client.get("/complaints/v1/complaints")).json()["items"]
                assert [row["allowed"] for row in rows if row["id"] == filed["id"]] == [filed["allowed"]]
                low = tokens.bearer("complaints:read", subject="reader-1", level=1)
                assert (await client.get(url, headers=low)).json()["allowed"] == []
            if filed["state"] in ENDED:
                assert filed["due_at"] is None
    past = (await desk.get(f"/complaints/{filed['id']}/history", {"limit": 200}))["items"]
    for before, after in itertools.pairwise(past):
        assert after["from_state"] == before["to_state"]
        noted = after["move"] in NOTED
        assert after["to_state"] == (after["from_state"] if noted else LIFE.target(after["from_state"], after["move"]))


def test_no_action_is_left_out(served: Service[Work]) -> None:
    assert set(ACTIONS) == actions_of(served, "/complaints/{complaint_id}")
