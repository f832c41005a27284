"""Files of other systems through `rapport import`: the figures are those of plain arithmetic, once and for ever."""

from __future__ import annotations

import importlib.resources
import json
from collections import Counter
from datetime import date

import pytest
from rapport_testing.product import pages

from .files import bank_file, city_file, regulator_file, survey_file


def imported(product, *arguments):
    report = json.loads(product.run("import", *arguments, "--json").stdout)
    assert report["rows"] == sum(report[name] for name in RESULTS)
    return {name: count for name in RESULTS if (count := report[name])}


INTERACTIONS = "/interactions/v1/interactions"
RESULTS = ("accepted", "duplicate", "late", "quarantined", "rejected", "unmappable")


def values(stats):
    return {name: figure["value"] for name, figure in stats.items() if isinstance(figure, dict)}


def shipped(name, **changes):
    text = (importlib.resources.files("rapport_cli") / "mappings" / f"{name}.yaml").read_text()
    for old, new in changes.items():
        assert f"\n{old}: {name}\n" in text or f"\n  {old}: phone\n" in text
        text = text.replace(f"\n{old}: {name}\n", f"\n{old}: {new}\n").replace(f"\n  {old}: phone\n", f"\n  {old}: {new}\n")
    return text


def test_a_bank_s_calls_count_as_arithmetic_counts_them_in_any_order_and_however_often(product, wait_for, tmp_path):
    bank = bank_file(1500, date(1999, 3, 1))
    file = bank.write(tmp_path / "calls.tsv")
    assert len({row[1] for row in bank.rows}) < len(bank.rows)
    assert bank.figures["negative_durations"] > 10
    with product.client() as client:

        def figures(**more):
            stats = client.get("/interactions/v1/stats", params={**bank.period, **more}).json()
            return values(stats)

        assert imported(product, "calls", file, "--mapping", "bank-calls") == {"accepted": 1500}
        wait_for(lambda: figures()["offered"] + figures()["phantom"] >= 1500)
        assert figures() == bank.figures
        by_command = json.loads(
            product.run("stats", "calls", "--from", "1999-02-28T22:00:00Z", "--to", "1999-03-03T22:00:00Z", "--json").stdout
        )
        assert values(by_command) == bank.figures
        assert imported(product, "calls", file, "--mapping", "bank-calls") == {"duplicate": 1500}

        other = tmp_path / "other.yaml"
        other.write_text(shipped("bank-calls", source="other-bank", channel="chat"))
        mixed = bank.write(tmp_path / "mixed.tsv", shuffled=3)
        assert imported(product, "calls", mixed, "--mapping", other) == {"accepted": 1500}
        wait_for(lambda: figures(channel="chat")["offered"] + figures(channel="chat")["phantom"] >= 1500)
        assert figures(channel="chat") == figures(channel="phone") == bank.figures

        known = sum(count for customer, count in bank.calls_of.items() if customer != "0")

        def linked():
            found = Counter(each["customer_id"] for each in pages(client, INTERACTIONS, **bank.period, channel="phone"))
            return found if found.total() - found[None] == known else None

        found = wait_for(linked)
        anonymous = found.pop(None)
        assert anonymous == bank.calls_of.pop("0")
        assert sorted(found.values()) == sorted(bank.calls_of.values())


def test_an_airport_s_survey_counts_who_answered_and_nobody_else(product, tmp_path):
    file = survey_file(tmp_path / "survey.csv", 900)
    for taken in ("accepted", "duplicate"):
        result = imported(product, "survey", file.path, "--mapping", "airport-survey")
        assert result == {taken: file.valid, "rejected": file.off}
        score = json.loads(product.run("stats", "survey", "airport-survey", "--json").stdout)
        assert (score["value"], score["n"], score["excluded"]) == (file.nps, file.valid, {"out_of_scale": file.off})
        every = json.loads(product.run("stats", "survey", "--json").stdout)
        assert every["airport-survey"]["value"] == score["value"]
        interval = score["interval"]
        assert interval["low"] == pytest.approx(file.nps - file.half, abs=0.011)
        assert interval["high"] == pytest.approx(file.nps + file.half, abs=0.011)


@pytest.mark.parametrize(
    ("mapping", "make", "received"),
    [
        ("city-requests", city_file, date(2001, 5, 2)),
        ("regulator-complaints", regulator_file, date(2002, 5, 2)),
    ],
)
def test_complaints_of_others_are_taken_over_as_they_stand(product, tmp_path, mapping, make, received):
    file = make(tmp_path / "complaints.csv", 700, received)
    assert imported(product, "complaints", file.path, "--mapping", mapping) == {"accepted": 700}
    with product.client() as client:
        assert file.matches(client.get("/complaints/v1/stats", params=file.period).json())
        assert imported(product, "complaints", file.path, "--mapping", mapping) == {"duplicate": 700}
        assert file.matches(client.get("/complaints/v1/stats", params=file.period).json())
