from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel
from rapport_profiles.consents.domain import ConsentState, Statement, standing

from .asking import register

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def said(purpose: str, channel: str | None, state: str) -> Statement:
    return Statement(purpose, channel, ConsentState(state), NOW)


def test_the_newest_statement_that_covers_a_channel_holds():
    history = [
        said("survey", None, "granted"),
        said("survey", "phone", "withdrawn"),
        said("marketing", "phone", "granted"),
    ]
    assert standing(history, ConsentPurpose.SURVEY, Channel.PHONE) is ConsentState.WITHDRAWN
    assert standing(history, ConsentPurpose.SURVEY, Channel.EMAIL) is ConsentState.GRANTED
    assert standing(history, ConsentPurpose.SURVEY) is ConsentState.GRANTED
    assert standing(history, ConsentPurpose.CARE) is ConsentState.UNKNOWN
    assert standing([*history, said("survey", None, "withdrawn")], ConsentPurpose.SURVEY, Channel.EMAIL) == "withdrawn"


@pytest.mark.usefixtures("clean")
async def test_consent_is_what_was_said_last_and_keeps_its_history(http, as_level):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}/consents"
    evidence = {"kind": "call-recording", "text": "recording 4711, minute 3, of 138 0013 8000"}
    for decision, channel in (("granted", None), ("withdrawn", "phone")):
        said = {"purpose": "survey", "channel": channel, "decision": decision, "evidence": evidence}
        assert (await http.post(path, json=said)).status_code == 201
    shown = (await http.get(path)).json()
    state = {(one["purpose"], one["channel"]): one["state"] for one in shown["standing"]}
    assert state["survey", None] == "granted" and state["survey", "phone"] == "withdrawn"
    assert state["marketing", None] == "unknown"
    assert [one["state"] for one in shown["history"]] == ["granted", "withdrawn"]
    assert shown["history"][0]["evidence"] == "recording 4711, minute 3, of 138 0013 8000"
    for level, seen in ((1, None), (2, "recording 4711, minute 3, of ***"), (3, "recording 4711, minute 3, of ***")):
        async with as_level(level) as client:
            first = (await client.get(path)).json()["history"][0]
        assert (first["evidence"], first["masked"]) == (seen, ["evidence"])
    future = {"purpose": "care", "decision": "granted", "said_at": "2999-01-01T00:00:00Z", "evidence": evidence}
    assert (await http.post(path, json=future)).json()["code"] == "time-in-the-future"
