"""The catalogue: every version that the API answers is told as it is, and enough of it to count with; nothing of persons."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.clocks.domain.policies import CalendarData, LimitUnit, Rule, SlaPolicy, Target, calendar_of
from rapport_complaints.clocks.store import CALENDARS
from rapport_contracts.catalogue import entry_id
from rapport_contracts.complaints import CATALOGUE
from rapport_contracts.complaints.catalogue import CalendarPublished, Limit, SlaPolicyPublished, SlaRule
from rapport_contracts.complaints.dictionary_of_findings import LIMIT_UNITS

from .desk import Desk
from .reckoning import business_minutes, day_minutes

Told = dict[str, Any]
OWN = {"entry_id", "code", "version", "effective_from", "published_at"}
POLICIES = {
    "assignment-rules": "assignment-rules",
    "authority-policy": "authority-policies",
    "emergency-plan": "emergency-plans",
    "emergency-policy": "emergency-policies",
    "escalation-policy": "escalation-policies",
    "incident-type": "incident-types",
    "major-policy": "major-policies",
    "recovery-policy": "recovery-policies",
    "repair-policy": "repair-policies",
    "trend-policy": "trend-policies",
    "win-back-policy": "win-back-policies",
}
"""Kinds of the one type for all the rest that something is shipped of, and where the API has them."""
NIGHT = {
    "name": "Night",
    "zone": "Europe/Berlin",
    "week": {
        **{day: [{"opens": "08:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:30"}] for day in ("tue", "fri")},
        "sat": [{"opens": "22:00", "closes": "06:00"}],
    },
    "holidays": {"2026-04-03": "Good Friday", "2026-03-31": "moved"},
    "make_up_days": {"2026-03-29": "clocks change", "2026-04-03": "worked all the same"},
    "make_up_hours": [{"opens": "01:00", "closes": "05:00"}],
}
EARLY = {**NIGHT, "week": {"wed": [{"opens": "00:00", "closes": "00:00"}]}, "make_up_hours": [], "holidays": {}}

FAR = {**EARLY, "zone": "Asia/Shanghai"}


async def told(desk: Desk) -> list[Told]:
    """What waits for the topic of the catalogue, as it will stand there; taken out."""
    return [{"type": fact.event_type, **json.loads(fact.write())} for fact in await desk.facts(CATALOGUE)]


async def told_anew(desk: Desk, served: Service[Work]) -> list[Told]:
    """All that there is, as after an upgrade."""
    await told(desk)
    async with served.works(Actor.system("test")) as work:
        for kind in served.told:
            await kind.tell(work)
    return await told(desk)


def as_answered(fact: Told) -> Any:
    """The body that the API answers, out of what was told."""
    rest = {name: value for name, value in fact.items() if name not in OWN | {"type", "kind"}}
    match fact["type"]:
        case "calendar.published.v1":
            week: dict[str, list[Any]] = {}
            for hours in rest["week"]:
                week.setdefault(hours["weekday"], []).append({"opens": hours["opens"], "closes": hours["closes"]})
            days = {name: {each["day"]: each["name"] for each in rest[name]} for name in ("holidays", "make_up_days")}
            return {**rest, **days, "week": week}
        case "taxonomy.published.v1":
            sources: dict[str, dict[str, str]] = {}
            for each in rest["sources"]:
                sources.setdefault(each["source"], {})[each["source_category"]] = each["category"]
            nodes = {n["code"]: {"parent": n["parent"], **n["names"], "active": n["active"]} for n in rest["nodes"]}
            return {"name": rest["name"], "entries": nodes, "sources": sources}
        case "complaints-policy.published.v1":
            return rest["body"]
        case _:
            return rest


def without_texts(body: Any) -> Any:
    """The same without what the steps of a checklist tell staff to do."""
    steps = body.get("steps")
    cut = [{name: value for name, value in step.items() if name != "text"} for step in steps or ()]
    return {**body, "steps": cut} if steps is not None else body


def same(fact: Told, item: dict[str, Any], kind: str) -> None:
    """One version as told, and as the API answers it."""
    assert fact["entry_id"] == str(entry_id(kind, item["code"], item["version"]))
    assert {name: fact[name] for name in ("code", "version", "effective_from", "published_at")} == {
        "code": item["code"],
        "version": item["version"],
        "effective_from": item["effective_from"],
        "published_at": item["recorded_at"],
    }
    assert as_answered(fact) == without_texts(item["body"])
    assert fact.get("kind", kind) == kind


PATHS = {"calendar": "calendars", "sla-policy": "sla-policies", "taxonomy": "taxonomies", **POLICIES}


@pytest.mark.parametrize("kind", PATHS)
async def test_what_is_put_is_told_at_once_and_what_is_shipped_is_told_with_it(
    desk: Desk, served: Service[Work], kind: str
) -> None:
    first = (await desk.get(f"/{PATHS[kind]}"))["items"][0]
    made = await desk.put(f"/{PATHS[kind]}/{first['code']}", first["body"])
    (fact,) = await told(desk)
    same(fact, made, kind)
    every = (await desk.get(f"/{PATHS[kind]}"))["items"]
    facts = {each["entry_id"]: each for each in await told_anew(desk, served)}
    assert facts[fact["entry_id"]] == fact
    for item in every:
        same(facts[str(entry_id(kind, item["code"], item["version"]))], item, kind)
    ours = [each for each in facts.values() if each.get("kind", each["type"].split(".")[0]) == kind]
    assert len(ours) == len(every) >= 2


async def test_a_pack_that_is_installed_is_told(desk: Desk) -> None:
    made = await desk.post("/policy-packs/internal-strict:install", {})
    (fact,) = await told(desk)
    same(fact, made, "sla-policy")


async def test_of_staff_their_team_is_told_and_nothing_else(desk: Desk, served: Service[Work]) -> None:
    member = {"team": "north", "skills": ["sign-language"], "capacity": 3, "calendar": "cn"}
    await desk.put("/staff/s-17", member)
    await desk.put("/staff/s-17", {**member, "team": "south", "active": False})
    facts = await told(desk)
    assert [{name: value for name, value in each.items() if name not in OWN} for each in facts] == [
        {"type": "team-member.published.v1", "team": "north", "active": True},
        {"type": "team-member.published.v1", "team": "south", "active": False},
    ]
    assert [(each["code"], each["version"]) for each in facts] == [("s-17", 1), ("s-17", 2)]
    assert [each for each in await told_anew(desk, served) if each["code"] == "s-17"] == facts


async def test_a_vendor_is_told(desk: Desk) -> None:
    made = await desk.put("/vendors/v-3", {"categories": ["lift"]})
    (fact,) = await told(desk)
    same(fact, made, "vendor")


async def test_what_is_not_for_readers_of_the_topic_is_not_there(desk: Desk, served: Service[Work]) -> None:
    text = "Call Mr. Li, 13812345678."
    plan = {"name": "Fire", "steps": [{"code": "call", "text": text, "role": "lead"}]}
    await desk.put("/emergency-plans/fire", plan)
    major = (await desk.get("/major-policies/standard"))["body"]
    await desk.put("/major-policies/standard", {**major, "steps": [{"code": "call", "text": text, "role": "lead"}]})
    guide = (await desk.get("/handling-guides"))["items"][0]
    await desk.put(f"/handling-guides/{guide['code']}", guide["body"])
    letter = (await desk.get("/letter-templates"))["items"][0]
    await desk.put(f"/letter-templates/{letter['code']}", letter["body"])
    budget = {"name": "North", "currency": "CNY", "amount": "98765.00", "period": "month"}
    await desk.put("/compensation-budgets/north", budget)
    facts = await told_anew(desk, served)
    assert {"call"} == {step["code"] for each in facts if each["version"] > 1 or each["code"] == "fire"
                        for step in each["body"]["steps"]}  # fmt: skip
    everything = json.dumps(facts, ensure_ascii=False)
    for secret in ("13812345678", "98765", "clerk-1", "recorded_by", guide["body"]["guide"]["zh"], '"texts"'):
        assert secret not in everything


async def test_one_key_for_each_version_however_often_it_is_told(desk: Desk, served: Service[Work]) -> None:
    once, again = await told_anew(desk, served), await told_anew(desk, served)
    assert once == again
    assert len({each["entry_id"] for each in once}) == len(once) > 15


def test_the_types_have_every_field_that_limits_are_reckoned_from() -> None:
    assert set(SlaPolicyPublished.model_fields) - OWN == set(SlaPolicy.model_fields)
    assert set(SlaRule.model_fields) == set(Rule.model_fields)
    assert set(Limit.model_fields) == set(Target.model_fields)
    assert set(CalendarPublished.model_fields) - OWN == set(CalendarData.model_fields)
    assert set(LIMIT_UNITS) == set(LimitUnit)


SPANS = random.Random(7)


def spans(first: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """Some between whole minutes, of up to a week."""
    starts = [first + timedelta(minutes=SPANS.randrange(days * 1440)) for _ in range(12)]
    return [(start, start + timedelta(minutes=SPANS.randrange(7 * 1440))) for start in starts]


@pytest.mark.parametrize(
    ("code", "versions", "first", "days"),
    [
        ("cn", [], datetime(2026, 2, 10, tzinfo=UTC), 30),
        ("cn", [], datetime(2026, 9, 25, tzinfo=UTC), 20),
        ("night", [NIGHT], datetime(2026, 3, 24, tzinfo=UTC), 14),
        ("night", [EARLY, (NIGHT, "2026-03-30T22:30:00Z")], datetime(2026, 3, 24, tzinfo=UTC), 14),
        ("moved", [NIGHT, (FAR, "2026-03-30T22:30:00Z")], datetime(2026, 3, 24, tzinfo=UTC), 14),
        ("autumn", [{**NIGHT, "make_up_days": {"2026-10-25": "x"}}], datetime(2026, 10, 20, tzinfo=UTC), 10),
    ],
    ids=["spring festival", "national day", "clocks go forward", "new hours", "another zone", "clocks go back"],
)  # fmt: skip
async def test_business_time_is_reckoned_from_what_was_told_alone(
    desk: Desk, served: Service[Work], code: str, versions: list[Any], first: datetime, days: int
) -> None:
    for each in versions:
        body, since = each if isinstance(each, tuple) else (each, "2020-01-01T00:00:00Z")
        await desk.put(f"/calendars/{code}", {**body, "effective_from": since})
    facts = [each for each in await told_anew(desk, served) if each["type"] == "calendar.published.v1"]
    calendar = [each for each in facts if each["code"] == code]
    async with served.works(Actor.system("test")) as work:
        ours = calendar_of(await work.store(CALENDARS).of(code))
    counted = [(business_minutes(calendar, a, b), ours.between(a, b) / timedelta(minutes=1)) for a, b in spans(first, days)]
    assert [theirs for theirs, _ in counted] == [product for _, product in counted]
    assert sum(theirs for theirs, _ in counted) > 1_000
    assert day_minutes(calendar) == ours.day_length / timedelta(minutes=1)
