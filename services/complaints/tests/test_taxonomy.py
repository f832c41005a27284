"""Categories and causes as data (S56): what is shipped, what a tree is, what is classified how and under which version."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.shipped import shipped
from rapport_complaints.taxonomies.domain import Taxonomy
from rapport_contracts.complaints.cases import ComplaintImported
from rapport_contracts.complaints.vocabulary import CauseCode

from .desk import Desk, complaint
from .test_import import item, send

CATEGORIES, CAUSES = (shipped("taxonomies", Taxonomy)[name] for name in ("categories", "causes"))


def entries(*codes: str, **parents: str) -> dict[str, Any]:
    """A tree of these codes; `parents` says what is below what."""
    return {code: {"zh": "某", "en": code, "parent": parents.get(code)} for code in (*codes, *parents)}


def test_the_shipped_causes_are_those_of_the_requirement_and_what_it_does_not_name() -> None:
    assert {code.value for code in CauseCode} <= set(CAUSES.entries)
    assert [code for code, entry in CAUSES.entries.items() if entry.parent == "product"] == ["packaging", "defect"]
    assert [code for code, entry in CAUSES.entries.items() if entry.parent == "service"] == ["attitude", "method"]
    assert {"delivery", "card-payment", "unsorted"} <= set(CATEGORIES.entries)


@pytest.mark.parametrize(
    "body",
    [
        {"entries": {}},
        {"entries": entries(a="b", b="a")},
        {"entries": entries(a="a")},
        {"entries": entries(a="nobody")},
        {"entries": entries("a"), "sources": {"city": {"noise": "b"}}},
        {"entries": {"a": {"zh": "", "en": "a"}}},
        {"entries": {"a\x00": {"zh": "甲", "en": "a"}}},
    ],
)
async def test_what_is_no_tree_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Taxonomy.model_validate({"name": "t", **body})
    await desk.put("/taxonomies/categories", {"name": "t", **body}, status=422)
    assert len((await desk.get("/taxonomies"))["items"]) == 2


async def test_there_are_two_taxonomies_and_a_put_adds_a_version(desk: Desk) -> None:
    made = await desk.put("/taxonomies/causes", {"name": "t", "entries": entries("a", "b", c="a")})
    assert (made["code"], made["version"], made["body"]["entries"]["c"]["parent"]) == ("causes", 2, "a")
    assert (await desk.get("/taxonomies/causes"))["version"] == 2
    assert "product" in (await desk.get("/taxonomies/causes", {"version": 1}))["body"]["entries"]
    await desk.get("/taxonomies/causes", {"version": 9}, status=404)
    await desk.get("/taxonomies/colours", status=422)
    answer = await desk.http.put(
        "/complaints/v1/taxonomies/causes", json={"name": "t", "entries": entries("a")}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 412
    refused = await desk.put(
        "/taxonomies/causes", {"name": "t", "entries": entries("a"), "sources": {"x": {"y": "a"}}}, status=422
    )
    assert refused["code"] == "sources-of-causes"


async def test_an_unknown_category_is_accepted_flagged_and_counted(desk: Desk) -> None:
    known = await desk.file(category="card-payment")
    free = await desk.file(category="strange-matter")
    assert (known["flags"], known["category_version"]) == ([], 1)
    assert (free["category"], free["flags"], free["category_version"]) == ("strange-matter", ["unknown-category"], 1)
    listed = await desk.get("/complaints", {"flag": "unknown-category"})
    assert [each["id"] for each in listed["items"]] == [free["id"]]
    assert (await desk.get("/stats"))["unknown_category"]["value"] == 1
    await desk.act(free, "acknowledge", method="phone")
    assert (await desk.act(free, "assess", severity="low"))["flags"] == ["unknown-category"]
    assessed = await desk.act(free, "assess", severity="low", category="delivery")
    assert (assessed["category"], assessed["flags"]) == ("delivery", [])


async def test_a_complaint_keeps_the_version_that_it_was_classified_under(desk: Desk) -> None:
    before = await desk.until("investigating")
    later = {"name": "t", "entries": {**entries("delivery"), "old": {"zh": "旧", "en": "old", "active": False}}}
    await desk.put("/taxonomies/categories", later)
    after, old = await desk.file(), await desk.file(category="old")
    assert (before["category_version"], after["category_version"]) == (1, 2)
    assert (after["flags"], old["flags"]) == ([], ["unknown-category"])  # what is not in use any more is like unknown
    await desk.put("/taxonomies/causes", {"name": "t", "entries": entries("new-cause")})
    refused = await desk.act(before, "set-root-cause", 422, cause="process", latent_risk=False)
    assert (refused["code"], [wrong["path"] for wrong in refused["errors"]]) == ("unknown-cause", ["cause"])
    explained = await desk.act(before, "set-root-cause", cause="new-cause", latent_risk=False)
    assert (explained["cause"], explained["cause_version"], explained["category_version"]) == ("new-cause", 2, 1)


async def test_what_is_assessed_and_closed_names_the_version_of_its_category(desk: Desk) -> None:
    filed = await desk.until("acknowledged")
    await desk.put("/taxonomies/categories", {"name": "t", "entries": entries("delivery", "other")})
    await desk.act(filed, "assess", severity="low")
    await desk.act(filed, "assess", severity="low", category="other")
    facts = [fact for fact in await desk.facts() if fact.event_type == "complaint.assessed.v1"]
    assert [(fact.category, fact.category_version) for fact in facts] == [("delivery", 1), ("other", 2)]
    await desk.until("closed")
    closed = next(fact for fact in await desk.facts() if fact.event_type == "complaint.closed.v1")
    assert (closed.category, closed.category_version) == ("delivery", 2)


async def test_a_version_of_the_future_does_not_count_yet(desk: Desk) -> None:
    await desk.put(
        "/taxonomies/categories", {"name": "t", "entries": entries("x"), "effective_from": "2199-01-01T00:00:00Z"}
    )
    filed = await desk.file()
    assert (filed["category_version"], filed["flags"]) == (1, [])


async def test_codes_of_a_source_are_mapped_and_kept(desk: Desk) -> None:
    theirs = ["noise-residential", "illegal-parking", "rodent", "heat-hot-water", "never-heard-of"]
    ours = CATEGORIES.sources["city-requests"]
    items = [item(number, category=theirs[number % len(theirs)]) for number in range(60)]
    await send(desk, items, "city-requests")
    await send(desk, [item(99, category="illegal-parking")], "other-city")
    facts = [fact for fact in await desk.facts() if isinstance(fact, ComplaintImported)]
    assert {(fact.source_category, fact.category) for fact in facts[:60]} == {
        ("never-heard-of", "never-heard-of"), *((code, ours[code]) for code in theirs[:4])
    }  # fmt: skip
    assert (facts[60].category, facts[60].source_category) == ("illegal-parking", "illegal-parking")
    stats = await desk.get("/stats")

    def told(name: str) -> dict[str, int]:
        return {code: figure["value"] for code, figure in stats[name].items()}

    sent = [one["category"] for one in items]
    assert told("by_source_category") == Counter([*sent, "illegal-parking"])
    assert told("by_category") == Counter([*(ours.get(code, code) for code in sent), "illegal-parking"])
    assert stats["unknown_category"]["value"] == sent.count("never-heard-of") + 1
    listed = await desk.get("/complaints", {"source_category": "rodent", "limit": 200})
    assert {each["category"] for each in listed["items"]} == {"cleanliness"}


@pytest.mark.parametrize("code", ["entries", "1", "a.b", "a_b", "x--", "null"])
async def test_a_code_is_looked_up_as_it_is(desk: Desk, code: str) -> None:
    assert (await desk.file(category=code))["flags"] == ["unknown-category"]
    await desk.put("/taxonomies/categories", {"name": "t", "entries": entries(code)})
    assert (await desk.file(category=code))["flags"] == []


async def test_products_and_causes_can_be_listed(desk: Desk, served: Service[Work]) -> None:
    kettle = await desk.until("root_cause_identified", product="kettle-2")
    await desk.file(product="kettle-3")
    assert [each["id"] for each in (await desk.get("/complaints", {"product": "kettle-2"}))["items"]] == [kettle["id"]]
    assert [each["id"] for each in (await desk.get("/complaints", {"cause": "process"}))["items"]] == [kettle["id"]]
    assert {code: figure["value"] for code, figure in (await desk.get("/stats"))["by_cause"].items()} == {"process": 1}
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(product="a\x07b"))
    assert answer.status_code == 422
