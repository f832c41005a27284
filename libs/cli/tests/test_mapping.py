"""What a mapping makes of a row, rule by rule, and what is said about mappings and rows that are wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from rapport_cli.importing.mapping import Mapping, MappingError, RowError, load, shipped

BANK = {
    "vru+line": "AA0101", "call_id": "33116", "customer_id": "9664491", "priority": "2", "type": "PS", "date": "990101",
    "vru_entry": "23:59:58", "vru_exit": "0:00:04", "vru_time": "6", "q_start": "0:00:04", "q_exit": "0:02:33",
    "q_time": "149", "outcome": "AGENT", "ser_start": "0:02:33", "ser_exit": "0:07:05", "ser_time": "272",
    "server": "MICHAL",
}  # fmt: skip


def mapping(item: dict[str, Any], **more: Any) -> Mapping:
    return Mapping.model_validate({"kind": "calls", "source": "x", "item": item, **more})


def made(rule: Any, row: dict[str, str], **more: Any) -> Any:
    return mapping({"value": rule}, **more).apply(row).get("value")


def written(folder: Path, text: str) -> str:
    file = folder / "m.yaml"
    file.write_text(text)
    return str(file)


def test_the_shipped_ones_are_listed_and_read() -> None:
    assert shipped() == ["airport-survey", "bank-calls", "city-requests", "regulator-complaints"]
    assert {load(name).source for name in shipped()} == set(shipped())


def test_a_call_past_midnight_belongs_to_the_next_day_and_its_id_is_composed() -> None:
    item = load("bank-calls").apply(BANK)
    assert item["event_id"] == item["call_id"] == "AA0101/33116/990101/23:59:58"
    assert item["occurred_at"] == "1999-01-01T21:59:58Z"
    ivr, queue, agent = item["segments"]
    assert ivr["ended_at"] == "1999-01-01T22:00:04Z"
    assert (queue["started_at"], queue["seconds"]) == ("1999-01-01T22:00:04Z", 149)
    assert (agent["agent"], agent["ended_at"]) == ("agent-13", "1999-01-01T22:07:05Z")
    assert item["identifiers"] == [{"kind": "member_number", "value": "9664491"}]
    assert (item["direction"], item["contact_type"], item["outcome"]) == ("inbound", "regular", "answered")


def test_nobody_is_nobody_and_what_did_not_happen_is_left_out() -> None:
    row = BANK | {"customer_id": "0", "q_start": "0:00:00", "ser_start": "0:00:00", "outcome": "PHANTOM"}
    item = load("bank-calls").apply(row | {"server": "NO_SERVER", "vru_time": "-3"})
    assert "identifiers" not in item and "agent" not in item
    assert [segment["kind"] for segment in item["segments"]] == ["ivr"]
    assert item["segments"][0]["seconds"] == -3


@pytest.mark.parametrize(
    ("rule", "row", "value"),
    [
        ("plain", {}, "plain"),
        (True, {}, True),
        ({"column": "a"}, {"a": "  x "}, "x"),
        ({"column": "a"}, {"a": "   "}, None),
        ({"column": "a", "blank": ["-", 0]}, {"a": "0"}, None),
        ({"column": "a", "codes": {1: "one"}}, {"a": "1"}, "one"),
        ({"column": "a", "codes": {"1": "one"}, "otherwise": "many"}, {"a": "7"}, "many"),
        ({"column": "a", "as": "number"}, {"a": "-0.5"}, -0.5),
        ({"column": "a", "as": "integer"}, {"a": "12"}, 12),
        ({"column": "a", "longest": 2}, {"a": "投诉处理"}, "投诉"),
        ({"join": ["a", "b"]}, {"a": "1", "b": " 2 "}, "1-2"),
        ({"join": ["a", "b"], "with": "/"}, {"a": "1", "b": ""}, "1/"),
        ({"join": ["a", "b"]}, {"a": "", "b": " "}, None),
        ({"date": "a"}, {"a": "2024-02-29"}, "2024-02-29T00:00:00Z"),
        ({"date": "a"}, {"a": ""}, None),
        ({"date": "a", "time": "b"}, {"a": "2024-02-29", "b": "25:00:01"}, "2024-03-01T01:00:01Z"),
        (
            {"date": "a", "time": "b", "anchor": "c"},
            {"a": "2024-02-29", "b": "0:10:00", "c": "13:00:00"},
            "2024-03-01T00:10:00Z",
        ),
        (
            {"date": "a", "time": "b", "anchor": "c"},
            {"a": "2024-02-29", "b": "9:00:00", "c": "9:00:05"},
            "2024-02-29T09:00:00Z",
        ),
        (
            [{"when": {"column": "a", "in": ["x"]}, "k": 1}, {"when": {"column": "a", "not": ["x"]}, "k": 2}],
            {"a": "x"},
            [{"k": 1}],
        ),
    ],
)
def test_rules(rule: Any, row: dict[str, str], value: Any) -> None:
    assert made(rule, row) == value


def test_times_are_those_of_the_time_zone() -> None:
    summer = made({"date": "a", "date_format": "%d/%m/%Y %H:%M"}, {"a": "01/07/2024 12:30"}, timezone="America/New_York")
    assert summer == "2024-07-01T16:30:00Z"


@pytest.mark.parametrize(
    ("rule", "row", "reason"),
    [
        ({"column": "a", "codes": {"1": "one"}}, {"a": "secret"}, "unknown-code"),
        ({"column": "a", "as": "number"}, {"a": "nan"}, "not-a-number"),
        ({"column": "a", "as": "number"}, {"a": "1e999"}, "not-a-number"),
        ({"column": "a", "as": "number"}, {"a": "1_000"}, "not-a-number"),
        ({"column": "a", "as": "integer"}, {"a": "1.0"}, "not-a-number"),
        ({"column": "a", "as": "integer"}, {"a": "9" * 5000}, "not-a-number"),
        ({"date": "a"}, {"a": "2023-02-29"}, "not-a-date"),
        ({"date": "a", "time": "b"}, {"a": "9999-12-31", "b": "30:00:00"}, "not-a-date"),
        ({"date": "a", "time": "b"}, {"a": "2023-02-28", "b": "9:61:00"}, "not-a-time"),
        ({"date": "a", "time": "b"}, {"a": "2023-02-28", "b": "noon"}, "not-a-time"),
    ],
)
def test_a_row_that_cannot_be_mapped_is_told_by_column_and_never_by_value(
    rule: Any, row: dict[str, str], reason: str
) -> None:
    with pytest.raises(RowError) as refused:
        made(rule, row)
    assert refused.value.reason == reason
    assert str(refused.value) in {f"{reason}: column a", f"{reason}: column b"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "letters"}, "kind: "),
        ({"timezone": "Mars/Base"}, "timezone: is no time zone"),
        ({"source": "two words"}, "source: "),
        ({"format": {"delimiter": "\n"}}, "format.delimiter: is no quote and no line end"),
        ({"format": {"encoding": "utf-99"}}, "format.encoding: is no encoding"),
        ({"extra": 1}, "extra: "),
        ({"survey": {"title": "no key"}}, "survey.key: a text is needed"),
        ({"survey": {"key": "a", "from": yaml.safe_load("2024-01-01")}}, "survey: texts, numbers"),
        ({"item": {"a": {"column": "x", "cods": {}}}}, "item.a.cods: "),
        ({"item": {"a": {"column": "x", "as": "float"}}}, "item.a.as: "),
        ({"item": {"a": [{"join": []}]}}, "item.a.0.join: "),
        ({"item": {"a": {"column": "x", "codes": {True: "y"}}}}, "have to stand in quotes"),
        ({"item": {"a": {"when": {"not": ["x"]}, "b": 1}}}, "item.a.when.column: "),
        ({"item": {"a": {"date": "x", "date_format": "%Q"}}}, "item.a.date_format: is no date format"),
        ({"item": {"a": None}}, "item.a: a rule"),
        ({"item": {"a": float("nan")}}, "item.a: a rule"),
        ({"item": {"a": yaml.safe_load("2024-01-01")}}, "dates in quotes"),
    ],
)
def test_a_wrong_mapping_is_told_before_the_first_row(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    whole = {"kind": "survey", "source": "x", "item": {"ref": {"column": "id"}}} | change
    with pytest.raises(MappingError) as refused:
        load(written(tmp_path, yaml.safe_dump(whole)))
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["a: [", "just words", "", "- 1\n- 2\n"])
def test_what_is_no_mapping_at_all(tmp_path: Path, text: str) -> None:
    with pytest.raises(MappingError, match=r"m\.yaml"):
        load(written(tmp_path, text))


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    for name in ("bank-cals", str(tmp_path), str(tmp_path / "none.yaml")):
        with pytest.raises(MappingError, match="airport-survey, bank-calls"):
            load(name)
