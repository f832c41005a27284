"""A demonstration, what it leaves on the topics, and from the topics alone every figure of the APIs: an export, the models
over it, and what the services say."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rapport_testing.product import Product, pages
from rapport_testing.warehouse import Warehouse

from .files import bank_file, city_file, regulator_file, survey_file

CALLS, COMPLAINTS, SCORES = "/interactions/v1/stats", "/complaints/v1/stats", "/satisfaction/v1/scores"
GROUPS = {
    CALLS: ("day", "month", "queue", "type", "channel", "touchpoint", "source", "agent"),
    COMPLAINTS: (
        *("month", "week", "status", "channel", "category", "source_category", "cause", "product", "severity"),
        *("touchpoint", "unit", "handler", "source"),
    ),
    SCORES: ("day", "month", "touchpoint", "agent", "source"),
}
TO_BE_FOUND = {
    *("clock.warned.v1", "clock.breached.v1", "clock.rescheduled.v1", "complaint.escalated.v1", "escalation.ended.v1"),
    *("complaint.rejected.v1", "decision.accepted.v1", "appeal.filed.v1", "appeal.upheld.v1", "appeal.dismissed.v1"),
    *("complaint.reopened.v1", "complaint.marked-duplicate.v1", "complaint.transferred.v1", "complaint.recurred.v1"),
    *("complaint.linked.v1", "complaint.claimed.v1", "complaint.released.v1", "conflict-of-interest.blocked.v1"),
    *("commitment.made.v1", "letter.issued.v1", "attachment.added.v1", "latent-risk.identified.v1"),
    *("complaint-follow-up.scheduled.v1", "complaint-follow-up.reached.v1", "complaint-follow-up.completed.v1"),
    *("complaint.declared-major.v1", "complaint.lowered-from-major.v1", "major-step.completed.v1", "major-step.missed.v1"),
    *("proposal-approval.requested.v1", "proposal.approved.v1", "proposal.refused.v1", "major-case.ended.v1"),
    *("recovery.identified.v1", "recovery.approved.v1", "recovery.rejected.v1", "recovery.declined.v1"),
    *("recovery.verified.v1", "recovery.failed.v1", "recovery.reversed.v1", "recovery.withdrawn.v1", "recovery.closed.v1"),
    *("compensation.awarded.v1", "compensation.paid.v1", "compensation.released.v1", "compensation.reversed.v1"),
    *("repair.completed.v1", "repair-result.refused.v1", "repair-result.accepted.v1", "repair-limit.breached.v1"),
    *("repair-vendor.assigned.v1", "repair-visit.recorded.v1", "repair.linked.v1", "repair.cancelled.v1"),
    *("incident.declared.v1", "incident-update.missed.v1", "incident-link.made.v1", "incident-link.removed.v1"),
    *("incident.updated.v1", "incident-level.changed.v1", "incident.restored.v1", "incident.closed.v1"),
    *("emergency-plan.activated.v1", "drill.held.v1", "drill-gap.closed.v1", "drill.closed.v1", "drill.cancelled.v1"),
    *("change.refrozen.v1", "change-effect.measured.v1", "change.closed.v1", "change-step.missed.v1", "change.abandoned.v1"),
    *("recovery.offered.v1", "incident.dismissed.v1", "back-test.completed.v1"),
    *( "consent.granted.v1", "consent.withdrawn.v1", "contact-point.verified.v1"),
    *("customer.corrected.v1", "identity-conflict.detected.v1", "identity-conflict.resolved.v1"),
}  # fmt: skip
"""What the demonstration leaves, whatever else there is."""
Key = tuple[str, str, str | None, str | None]
"""Definition, what it is grouped by, the group, and the part: a survey, or the state or channel that is counted."""
Told = tuple[float | None, int, float | None, float | None]
"""Value, n and the bounds of the interval."""


@pytest.fixture(scope="module")
def played(product: Product) -> dict[str, Any]:
    """What a demonstration told."""
    told: dict[str, Any] = json.loads(product.run("demo", "--calls", "40", "--days", "3", "--seed", "7", "--json").stdout)
    return told


@pytest.fixture(scope="module")
def filled(product: Product, played: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A demonstration, and a file of each kind."""
    assert played
    folder = tmp_path_factory.mktemp("files")
    survey = (importlib.resources.files("rapport_cli") / "mappings" / "airport-survey.yaml").read_text()
    own = folder / "survey.yaml"  # of its own, for other journeys count what the shipped one brings
    own.write_text(survey.replace("airport-survey", "another-airport"))
    files = (
        ("calls", "bank-calls", bank_file(300, date(1999, 4, 1), seed=4).write(folder / "calls.tsv")),
        ("survey", own, survey_file(folder / "survey.csv", 120, seed=5).path),
        ("complaints", "city-requests", city_file(folder / "city.csv", 60, date(2019, 5, 1), seed=6).path),
        ("complaints", "regulator-complaints", regulator_file(folder / "regulator.csv", 40, date(2019, 6, 1), seed=7).path),
    )
    for kind, mapping, file in files:
        product.run("import", kind, file, "--mapping", mapping)
    return product


def figures_of(
    node: Any, part: str | None = None, key: str | None = ""
) -> Iterator[tuple[str, str | None, str | None, Told]]:
    """Every figure in an answer: definition, part, group."""
    if not isinstance(node, dict):
        return
    if isinstance(node.get("definition"), dict) and "n" in node:
        bounds = node["interval"] or {"low": None, "high": None}
        yield node["definition"]["key"], part, key, (node["value"], node["n"], bounds["low"], bounds["high"])
    for name, inner in node.items():
        if name == "groups":
            for each in inner:
                yield from figures_of(each, part, each["key"])
        elif name.startswith("by_"):
            for counted, figure in inner.items():
                yield from figures_of(figure, counted, key)
        elif name not in {"definition", "interval"}:
            yield from figures_of(inner, part, key)


def asked(product: Product) -> tuple[dict[Key, Told], str]:
    """What the APIs answer, all together and in every group; and as of when complaints are so old."""
    found: dict[Key, Told] = {}
    as_of = ""
    with product.client() as client:
        surveys = list(pages(client, "/satisfaction/v1/surveys"))
        questions: list[tuple[str, str | None, dict[str, str]]] = [(CALLS, None, {}), (COMPLAINTS, None, {})]
        questions += [(SCORES, each["key"], {"survey": each["key"], "metric": each["metric"]}) for each in surveys]
        for path, part, params in questions:
            for group in ("", *GROUPS[path]):
                more = {"group_by": group} if group else {}
                answer = client.get(path, params={**params, **more}).raise_for_status().json()
                if path == COMPLAINTS and not group:
                    as_of = answer["total"]["as_of"]
                for definition, counted, key, told in figures_of(answer, part):
                    if (key == "") == (group == ""):
                        found[definition, group, key, counted] = told
    return found, as_of


def reckoned(events: Path, as_of: str) -> dict[Key, Told]:
    """What the models say."""
    rows = Warehouse(events=f"{events}/*.parquet", as_of=as_of).build().rows("SELECT * FROM figures")
    return {
        (row["definition"], row["group_by"], row["key"], row["part"]): (row["value"], row["n"], row["low"], row["high"])
        for row in rows
    }


def differences(told: dict[Key, Told], made: dict[Key, Told]) -> dict[Key, tuple[Told | None, Told | None]]:
    """What is not the same on both sides; figures of nothing need not be there."""
    return {
        key: (told.get(key), made.get(key))
        for key in told.keys() | made.keys()
        if not same(told.get(key), made.get(key), aging=key[0].startswith("complaints.age-") and key[1] != "")
    }


def same(told: Told | None, made: Told | None, *, aging: bool) -> bool:
    """To the last digit that is shown, of which either side may have rounded a half. Each answer has its own age."""
    if told is None or made is None:
        return (told or made or (None, 0))[1] == 0
    first = 1 if aging else 0
    return all(
        one == other or (one is not None and other is not None and abs(one - other) < 0.0101)
        for one, other in zip(told[first:], made[first:], strict=True)
    )


def test_the_demonstration_goes_every_way_and_each_leaves_its_facts(played, product):
    told = played
    for part in ("complaints", "recoveries", "repairs", "changes", "emergencies"):
        assert all(count > 0 for count in told[part].values()), told[part]
    assert all(count > 0 for count in told["identity"].values()), told["identity"]
    assert told["back_test"]["n"] > 0
    assert told["event_types"]["occurred"] < told["event_types"]["known"]

    lines = product.run("events", "tail", "--from", "start", "--end", "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    found = {event["type"] for event in events}
    assert TO_BE_FOUND - found == set()
    began = {event["data"]["started_at"][:10] for event in events if event["type"] == "interaction.started.v1"}
    assert len(began) >= 3, began
    assert told["event_types"]["events"] <= len(events)


def test_every_figure_of_the_apis_follows_from_the_topics(filled, wait_for, tmp_path):
    events = tmp_path / "events"
    left: dict[Key, Any] = {}

    def equal() -> int:
        """Timers act meanwhile: both sides are asked again until nothing has happened between them."""
        told, as_of = asked(filled)
        filled.run("events", "export", events, "--format", "parquet", "--quiet")
        left.clear()
        left.update(differences(told, reckoned(events, as_of)))
        return 0 if left else len(told)

    try:
        assert wait_for(equal, within=90, every=1) > 1_000
    except AssertionError:
        raise AssertionError(f"{len(left)} differ: {list(left.items())[:10]}") from None
    warehouse = Warehouse(events=f"{events}/*.parquet").build()
    assert warehouse.rows("SELECT * FROM figures WHERE version IS NULL") == []


def test_a_figure_that_differs_is_found():
    key = ("complaints.total", "", "", None)
    assert differences({key: (2.0, 2, None, None)}, {key: (3.0, 3, None, None)}) == {
        key: ((2.0, 2, None, None), (3.0, 3, None, None))
    }
    assert differences({key: (2.0, 2, None, None)}, {}) == {key: ((2.0, 2, None, None), None)}
    assert differences({key: (0.0, 0, None, None)}, {}) == {}


def test_what_was_lost_on_the_way_is_found_by_the_checkpoints(filled, wait_for, tmp_path):
    events = tmp_path / "events"

    def counted() -> bool:
        """A checkpoint of Complaints is there."""
        filled.run("events", "export", events, "--format", "parquet", "--quiet")
        rows = Warehouse(events=f"{events}/*.parquet").build().rows("SELECT DISTINCT source FROM checkpoints")
        return {"source": "complaints"} in rows

    wait_for(counted, within=90, every=2)
    whole = Warehouse(events=f"{events}/*.parquet").build()
    assert whole.failures("complete") == []
    torn = tmp_path / "torn.parquet"
    counted_type = whole.rows(
        "SELECT type FROM checkpoints WHERE source = 'complaints' AND type NOT LIKE '%checkpoint%' ORDER BY number LIMIT 1"
    )[0]["type"]
    whole.database.execute(
        "COPY (SELECT * FROM read_parquet(?) WHERE type <> ?) TO ? (FORMAT parquet)",
        [f"{events}/*.parquet", counted_type, str(torn)],
    )
    lost = Warehouse(events=str(torn)).build().failures("complete")
    assert [(each["source"], each["type"], each["here"]) for each in lost] == [("complaints", counted_type, 0)]
