"""Policy packs: files that are read strictly, installed as versions, and several of them at once over one complaint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.policies import LimitUnit, Rule, SlaPolicy
from rapport_complaints.clocks.store import BadPack, read_packs, shipped
from rapport_contracts.complaints.vocabulary import Severity

from .desk import Desk, at, utc
from .making import OFFICE, act, assess, basis, brought_to, target, types, version
from .making import at as moment
from .making import clock as newest
from .test_edge_cases import NINE_TO_FIVE, policy

LONG_AGO = {"effective_from": "2026-01-01T00:00:00Z"}
FRIDAY = "2026-11-20T10:00"


async def both(desk: Desk, filed: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The clocks by policy and kind."""
    items = (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]
    return {(clock["policy"], clock["kind"]): clock for clock in items}


async def test_the_shipped_packs_are_listed_and_shown_with_where_their_limits_come_from(desk: Desk) -> None:
    assert [item["code"] for item in (await desk.get("/policy-packs"))["items"]] == [
        "cn-regulator",
        "internal-strict",
        "iso-10002",
    ]
    chinese = await desk.get("/policy-packs/cn-regulator")
    assert [rule["resolution"]["amount"] for rule in chinese["policy"]["rules"]] == [30, 15]
    assert chinese["policy"]["rules"][0]["extension"] == {"amount": 30, "unit": "calendar_days"}
    assert "S50" in chinese["sources"]
    await desk.get("/policy-packs/nobodys", status=404)
    await desk.post("/policy-packs/nobodys:install", {}, status=404)


async def test_installing_a_pack_adds_a_version_of_the_policy_and_is_audited(desk: Desk) -> None:
    made = await desk.post("/policy-packs/iso-10002:install", LONG_AGO)
    assert (made["code"], made["version"], made["effective_from"]) == ("iso-10002", 1, "2026-01-01T00:00:00.000000Z")
    assert (await desk.post("/policy-packs/iso-10002:install", {}))["version"] == 2
    await desk.post("/policy-packs/iso-10002:install", {}, 412, **{"If-Match": '"1"'})
    shown = await desk.get("/sla-policies/iso-10002", {"version": 1})
    assert shown["body"]["track"] == "iso-10002"
    audited = await desk.db.fetch("SELECT detail FROM audit WHERE action = 'policy-pack.install' ORDER BY seq DESC LIMIT 2")
    assert [json.loads(row["detail"]) for row in audited] == [{"version": 2, "edition": 1}, {"version": 1, "edition": 1}]


async def test_a_complaint_runs_under_several_packs_at_once_and_the_earliest_due_time_is_shown(desk: Desk) -> None:
    for code in ("cn-regulator", "internal-strict"):
        await desk.post(f"/policy-packs/{code}:install", LONG_AGO)
    filed = await desk.file(received_at=at(FRIDAY))
    clocks = await both(desk, filed)
    assert {name: clock["due_at"] for name, clock in clocks.items()} == {
        ("standard", "acknowledgement"): utc("2026-11-23T10:00"),  # one business day
        ("standard", "resolution"): utc("2026-12-11T10:00"),  # three weeks of five
        ("cn-regulator", "acknowledgement"): utc("2026-11-20T10:30"),  # half an hour
        ("cn-regulator", "resolution"): utc("2026-12-05T10:00"),  # fifteen days of the calendar, a Saturday
        ("internal-strict", "acknowledgement"): utc("2026-11-20T15:30"),  # two hours before lunch, two after it
        ("internal-strict", "resolution"): utc("2026-11-27T10:00"),  # five business days
    }
    assert (filed["policy"], filed["due_at"]) == ("standard", utc("2026-11-20T10:30"))

    told = await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-20T11:00"))
    clocks = await both(desk, filed)
    assert {name[0]: clock["in_time"] for name, clock in clocks.items() if name[1] == "acknowledgement"} == {
        "standard": True,
        "cn-regulator": False,
        "internal-strict": True,
    }
    assert told["due_at"] == utc("2026-11-27T10:00")

    await desk.act(filed, "assess", severity="critical", at=at("2026-11-20T11:00"))
    clocks = await both(desk, filed)
    assert {name[0]: clock["target"]["amount"] for name, clock in clocks.items() if name[1] == "resolution"} == {
        "standard": 30,
        "cn-regulator": 15,
        "internal-strict": 3,
    }
    assert clocks["internal-strict", "resolution"]["due_at"] == utc("2026-11-25T10:00")


async def test_all_clocks_of_a_complaint_pause_resume_and_are_met_together(desk: Desk) -> None:
    await desk.post("/policy-packs/cn-regulator:install", LONG_AGO)
    filed = await desk.until("investigating")
    await desk.act(filed, "pause", reason="awaiting_customer")
    resolution = [clock for name, clock in (await both(desk, filed)).items() if name[1] == "resolution"]
    assert [(clock["state"], clock["due_at"]) for clock in resolution] == [("paused", None)] * 2
    await desk.act(filed, "resume")
    for action, body in (
        ("set-root-cause", {"cause": "process", "latent_risk": False}),
        ("propose", {"remedy": "refund", "note": "The price."}),
        ("record-decision", {"accepted": True}),
    ):
        await desk.act(filed, action, **body)
    assert {clock["state"] for clock in (await both(desk, filed)).values()} == {"met"}


async def test_a_retired_policy_matches_nothing_any_more_and_its_clocks_run_on(desk: Desk) -> None:
    installed = await desk.post("/policy-packs/cn-regulator:install", LONG_AGO)
    before = await desk.file(received_at=at("2026-11-06T10:00"))
    ended = {**installed["body"], "retired": True, "effective_from": "2026-11-10T00:00:00Z"}
    await desk.put("/sla-policies/cn-regulator", ended)
    after = await desk.file(received_at=at("2026-11-11T10:00"))
    assert ("cn-regulator", "resolution") in await both(desk, before)
    assert {name[0] for name in await both(desk, after)} == {"standard"}
    await desk.act(before, "acknowledge", method="phone")
    await desk.act(before, "assess", severity="low", complex=True)
    assert (await both(desk, before))["cn-regulator", "resolution"]["target"]["amount"] == 30


async def test_a_policy_that_matches_only_once_the_complaint_is_assessed_counts_from_its_receipt(desk: Desk) -> None:
    await desk.put("/sla-policies/severe", policy(resolution=40, track="severe", rule={"severities": ["critical"]}))
    filed = await desk.file(received_at=at(FRIDAY))
    assert {name[0] for name in await both(desk, filed)} == {"standard"}
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-20T11:00"))
    await desk.act(filed, "assess", severity="critical", at=at("2026-11-20T15:00"))
    clocks = await both(desk, filed)
    assert ("severe", "acknowledgement") not in clocks  # that was done already
    # 40 h of 7.5 a day: 6.5 on Friday, four days of 7.5 to Thursday, and 3.5 of Friday
    assert clocks["severe", "resolution"]["due_at"] == utc("2026-11-27T14:00")


def test_a_clock_that_begins_late_has_waited_when_the_others_did() -> None:
    complaint = brought_to("awaiting_customer", reckoned=basis(resolution=target(10)))
    rule = Rule(acknowledgement=target(1), resolution=target(4))
    severe = SlaPolicy(name="s", calendar="office", track="severe", rules=[rule])
    beside = Basis(version(severe, "severe"), rule, [version(OFFICE, "office")])
    own = replace(basis(resolution=target(10)), beside=(beside,))
    assess(complaint, act(moment("2026-11-24 09:00")), severity="critical", basis=own)
    late = newest(complaint)
    assert (late.policy, late.state, late.due_at) == ("severe", "paused", None)
    assert types(complaint) == ["complaint.assessed", "clock.started", "clock.paused"]
    complaint.resume(act(moment("2026-11-25 09:00")), {"office": own.calendar})
    # it waits since the moment of receipt: all four hours are left, three before lunch and one after it
    assert late.due_at == moment("2026-11-25 14:30")


def test_what_had_no_target_and_waits_gets_a_clock_that_waits_and_goes_on() -> None:
    complaint = brought_to("awaiting_third_party", untargeted=True)
    assess(complaint, act(moment("2026-11-24 09:00")), basis=basis(resolution=target(10)))
    assert [(clock.kind, clock.state) for clock in complaint.clocks] == [("resolution", "paused")]
    complaint.resume(act(moment("2026-11-24 10:00")), {"office": basis().calendar})
    # received on Monday at nine and paused on Tuesday at nine: 7.5 h are used up, 2.5 are left
    assert newest(complaint).due_at == moment("2026-11-24 14:00")


def test_the_strict_pack_is_stricter_than_the_regulator_asks_and_the_chinese_one_allows_thirty_days_more() -> None:
    packs = shipped()
    assert {pack.policy.track for pack in packs.values()} == {"regulator", "iso-10002", "internal"}
    severe, involved, plain = packs["internal-strict"].policy.rules
    assert (severe.severities, involved.complex, plain.complex) == ([Severity.HIGH, Severity.CRITICAL], True, None)
    assert [rule.resolution.amount for rule in (severe, involved, plain)] == [3, 15, 5]
    complicated, simple = packs["cn-regulator"].policy.rules
    assert complicated.extension == target(30, LimitUnit.CALENDAR_DAYS)
    assert simple.extension is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"surprise": 1}, "surprise"),
        ({"edition": "1"}, "edition"),
        ({"sources": []}, "sources"),
        ({"policy": {"name": "x", "calendar": "cn", "rules": []}}, "policy.rules"),
        ({"code": "another"}, "named after another code"),
    ],
)
def test_a_pack_file_that_is_not_as_it_should_be_is_refused_with_the_place(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    good = shipped()["iso-10002"].model_dump(mode="json")
    (tmp_path / "iso-10002.json").write_text(json.dumps(good))
    assert list(read_packs(tmp_path)) == ["iso-10002"]
    (tmp_path / "iso-10002.json").write_text(json.dumps({**good, **change}))
    with pytest.raises(BadPack, match=says):
        read_packs(tmp_path)


@pytest.mark.parametrize(
    "rule",
    [
        {"extension": {"amount": 30, "unit": "calendar_days"}},  # the resolution is in business hours
        {"update": {"amount": 0, "unit": "business_days"}},
    ],
)
async def test_limits_that_do_not_fit_together_are_refused(desk: Desk, rule: dict[str, Any]) -> None:
    told = await desk.put("/sla-policies/bad", policy(rule=rule), status=422)
    assert told["code"] == "invalid-body"


async def test_rules_of_several_units_cannot_be_extended(desk: Desk) -> None:
    body = policy(rule={"extension": {"amount": 5, "unit": "business_hours"}})
    other = policy(rule={"resolution": {"amount": 5, "unit": "business_days"}})
    assert (await desk.put("/sla-policies/good", body))["version"] == 1
    told = await desk.put("/sla-policies/bad", {**body, "rules": body["rules"] + other["rules"]}, status=422)
    assert told["code"] == "invalid-body"


async def test_a_limit_that_its_calendar_never_reaches_is_refused_before_any_complaint_is(desk: Desk) -> None:
    await desk.put("/calendars/rare", {**NINE_TO_FIVE, "week": {"mon": [{"opens": "09:00", "closes": "10:00"}]}})
    body = policy("rare", rule={"resolution": {"amount": 10_000, "unit": "business_days"}})
    assert (await desk.put("/sla-policies/bad", body, status=422))["code"] == "never"
