"""Steps with their evidence (S51), how root causes were found, latent risks (S52)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_contracts.complaints.finding import InvestigationStepRecorded, LatentRiskIdentified, RootCauseIdentified
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk
from .test_attachments import file

SECRET = "Li Lei at the north depot"
RISK = {"code": "parcels-without-scan", "likelihood": 4, "impact": 3, "owner": "depot-north"}
WHYS = ["Nobody looked for the parcel.", "No list shows it.", f"{SECRET} never asked for one."]
CAUSE = {"cause": "process", "latent_risk": True}


def step(**changes: Any) -> dict[str, Any]:
    return {"method": "record_review", "note": "The depot has no scan of the parcel.", **changes}


async def with_evidence(desk: Desk, **changes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A complaint with one step that rests on one thing of each kind."""
    filed = await desk.until("investigating", **changes)
    other = await desk.file()
    attached = await desk.post(f"/complaints/{filed['id']}/attachments", file())
    said = await desk.post(
        f"/complaints/{filed['id']}/communications", {"direction": "inbound", "channel": "phone", "kind": "update"}
    )
    evidence = [
        {"kind": "interaction", "id": str(new_id()), "text": None},
        {"kind": "attachment", "id": attached["id"], "text": None},
        {"kind": "communication", "id": said["id"], "text": None},
        {"kind": "complaint", "id": other["id"], "text": None},
        {"kind": "text", "id": None, "text": SECRET},
    ]
    await desk.act(filed, "record-step", **step(evidence=evidence))
    return filed, evidence


async def test_a_step_keeps_what_it_rests_on(desk: Desk, served: Service[Work]) -> None:
    filed, evidence = await with_evidence(desk)
    await desk.act(filed, "record-step", **step(method="site_visit"))
    shown = (await desk.get(f"/complaints/{filed['id']}/investigation"))["items"]
    assert [(each["method"], each["note"]) for each in shown] == [
        ("record_review", step()["note"]), ("site_visit", step()["note"])
    ]  # fmt: skip
    assert [each["evidence"] for each in shown] == [evidence, []]
    assert shown[0]["actor"] == "person:clerk-1"
    facts = [fact for fact in await desk.facts() if isinstance(fact, InvestigationStepRecorded)]
    assert [fact.evidence for fact in facts] == [[each["kind"] for each in evidence], []]
    with statements(served) as seen:
        await desk.get(f"/complaints/{filed['id']}/investigation")
    assert len(seen) <= 9, seen  # whatever the number of steps: time, page; time, complaint, clocks, pieces, key, audit


async def test_steps_come_in_pages(desk: Desk) -> None:
    filed = await desk.until("investigating")
    for number in range(5):
        await desk.act(filed, "record-step", **step(note=f"Step {number}."))
    path, found = f"/complaints/{filed['id']}/investigation", []
    page = await desk.get(path, {"limit": 2})
    while True:
        found += [each["note"] for each in page["items"]]
        if page["next"] is None:
            break
        page = await desk.get(path, {"limit": 2, "after": page["next"]})
    assert found == [f"Step {number}." for number in range(5)]


@pytest.mark.parametrize("kind", ["attachment", "communication", "complaint"])
async def test_evidence_that_is_not_there_is_none(desk: Desk, kind: str) -> None:
    filed = await desk.until("investigating")
    wrong = [{"kind": kind, "id": str(new_id())}]
    assert (await desk.act(filed, "record-step", 422, **step(evidence=wrong)))["code"] == "unknown-evidence"
    assert (await desk.get(f"/complaints/{filed['id']}/investigation"))["items"] == []


async def test_a_file_of_another_complaint_is_no_evidence(desk: Desk) -> None:
    filed, other = await desk.until("investigating"), await desk.file()
    attached = await desk.post(f"/complaints/{other['id']}/attachments", file())
    wrong = [{"kind": "attachment", "id": attached["id"]}]
    assert (await desk.act(filed, "record-step", 422, **step(evidence=wrong)))["code"] == "unknown-evidence"


@pytest.mark.parametrize(
    "evidence",
    [
        [{"kind": "text"}],
        [{"kind": "text", "text": ""}],
        [{"kind": "interaction"}],
        [{"kind": "interaction", "text": "a call"}],
        [{"kind": "text", "text": "a", "id": "018f6b1e-e6d3-7ad6-8bf9-10a6e0eb5bc8"}],
        [{"kind": "rumour", "text": "a"}],
        [{"kind": "text", "text": "a"}] * 21,
        [{"kind": "text", "text": "a" * 5001}],
        [{"kind": "interaction", "id": "42"}],
    ],
)
async def test_evidence_is_a_thing_or_words(desk: Desk, evidence: list[dict[str, Any]]) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "record-step", 422, **step(evidence=evidence))


async def test_the_plain_root_cause_of_before_is_enough(desk: Desk) -> None:
    filed = await desk.until("investigating")
    path = f"/complaints/{filed['id']}/root-cause"
    assert (await desk.get(path, status=404))["code"] == "no-root-cause"
    await desk.act(filed, "set-root-cause", cause="process", latent_risk=True, note="Never scanned.")
    shown = await desk.get(path)
    assert (shown["cause"], shown["cause_version"], shown["latent_risk"]) == ("process", 1, True)
    assert shown["note"] == "Never scanned."
    assert (shown["method"], shown["whys"], shown["branches"], shown["risk"]) == (None, [], [], None)
    assert not any(isinstance(fact, LatentRiskIdentified) for fact in await desk.facts())


async def test_five_whys_are_kept_in_their_order_and_the_risk_is_published(desk: Desk) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "set-root-cause", **CAUSE, method="five_whys", whys=WHYS, risk=RISK)
    shown = await desk.get(f"/complaints/{filed['id']}/root-cause")
    assert (shown["method"], shown["whys"], shown["risk"]) == ("five_whys", WHYS, RISK)
    facts = await desk.facts()
    risk = next(fact for fact in facts if isinstance(fact, LatentRiskIdentified))
    assert (risk.risk, risk.cause, risk.likelihood, risk.impact, risk.owner) == (
        "parcels-without-scan", "process", 4, 3, "depot-north"
    )  # fmt: skip
    cause = next(fact for fact in facts if isinstance(fact, RootCauseIdentified))
    assert (cause.method, cause.cause_version) == ("five_whys", 1)
    assert all(SECRET not in fact.model_dump_json() for fact in facts)


async def test_the_bones_of_the_diagram_and_a_later_cause_replaces_the_one_before(desk: Desk) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "set-root-cause", **CAUSE, method="five_whys", whys=WHYS)
    branches = [{"category": "people", "note": "Two were ill."}, {"category": "process", "note": "No list."}]
    await desk.act(filed, "set-root-cause", cause="method", latent_risk=False, method="fishbone", branches=branches)
    shown = await desk.get(f"/complaints/{filed['id']}/root-cause")
    assert (shown["cause"], shown["whys"], shown["branches"]) == ("method", [], branches)
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [each["detail"]["cause"] for each in history if each["move"] == "set-root-cause"] == ["process", "method"]


@pytest.mark.parametrize(
    "body",
    [
        {"method": "five_whys"},
        {"method": "five_whys", "whys": ["only one"]},
        {"method": "five_whys", "whys": ["why"] * 8},
        {"method": "five_whys", "whys": ["why", ""]},
        {"whys": WHYS},
        {"method": "fishbone"},
        {"method": "fishbone", "branches": [{"category": "weather", "note": "Rain."}]},
        {"method": "fishbone", "branches": [{"category": "people", "note": "Ill."}], "whys": WHYS},
        {"method": "dice"},
        {"risk": {**RISK, "likelihood": 0}},
        {"risk": {**RISK, "impact": 6}},
        {"risk": {**RISK, "impact": "high"}},
        {"risk": {**RISK, "owner": ""}},
        {"risk": RISK, "latent_risk": False},
        {"cause": "bad-luck"},
        {"cause": ""},
    ],
)
async def test_an_analysis_that_does_not_fit_its_method_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    filed = await desk.until("investigating")
    await desk.act(filed, "set-root-cause", 422, **{**CAUSE, **body})


async def test_words_are_sealed_shown_from_level_2_on_and_every_look_is_audited(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed, _ = await with_evidence(desk)
    await desk.act(filed, "set-root-cause", **CAUSE, method="five_whys", whys=WHYS)
    stored = [row["words"] for row in await desk.db.fetch("SELECT words FROM findings WHERE words IS NOT NULL")]
    assert len(stored) == 4 and all(b"depot" not in words for words in stored)
    path = f"/complaints/v1/complaints/{filed['id']}"
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        steps, cause = (await low.get(f"{path}/investigation")).json(), (await low.get(f"{path}/root-cause")).json()
    assert (steps["items"][0]["note"], steps["items"][0]["evidence"][4]["text"]) == (None, None)
    assert (cause["cause"], cause["note"], cause["whys"]) == ("process", None, [None] * 3)
    looks = "SELECT count(*) FROM audit WHERE action = 'complaint.root-cause-read' AND subject = $1"
    before = await desk.db.fetchval(looks, f"complaint:{filed['id']}")
    await desk.get(f"/complaints/{filed['id']}/root-cause")
    assert (before, await desk.db.fetchval(looks, f"complaint:{filed['id']}")) == (0, 1)


async def test_words_go_under_the_customers_key_and_are_gone_with_it(desk: Desk, served: Service[Work]) -> None:
    filed, evidence = await with_evidence(desk)
    await desk.act(filed, "set-root-cause", **CAUSE, method="five_whys", whys=WHYS)
    customer = new_id()
    async with served.works(Actor.system("test")) as work:
        await link_customer(work, UUID(filed["id"]), customer)
    steps = await desk.get(f"/complaints/{filed['id']}/investigation")
    assert steps["items"][0]["evidence"] == evidence
    assert (await desk.get(f"/complaints/{filed['id']}/root-cause"))["whys"] == WHYS
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    assert (await desk.get(f"/complaints/{filed['id']}/root-cause"))["whys"] == [None] * 3
    assert (await desk.get(f"/complaints/{filed['id']}/investigation"))["items"][0]["evidence"][4]["text"] is None


async def test_what_is_reopened_has_no_root_cause_until_it_is_found_again(desk: Desk) -> None:
    closed = await desk.until("closed")
    assert (closed["cause"], closed["cause_version"]) == ("process", 1)
    opened = await desk.act(closed, "reopen", reason="again")
    assert (opened["cause"], opened["cause_version"], opened["cause_at"]) == (None, None, None)
    await desk.get(f"/complaints/{closed['id']}/root-cause", status=404)


async def test_a_cause_was_found_when_it_was_first_named(desk: Desk) -> None:
    filed = await desk.until("investigating")
    first = await desk.act(filed, "set-root-cause", **CAUSE)
    again = await desk.act(filed, "set-root-cause", **CAUSE, note="Now with a list.")
    other = await desk.act(filed, "set-root-cause", cause="system", latent_risk=False)
    assert first["cause_at"] is not None
    assert first["cause_at"] == again["cause_at"] < other["cause_at"]
