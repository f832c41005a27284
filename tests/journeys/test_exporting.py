"""The log as a file: complete, in order, in pieces that fit together, and safe from a run that was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rapport_testing.product import Product

PUSH = "/interactions/v1/interaction-events:batch?source=exporting"


def push(product: Product, number: int) -> None:
    """A contact of its own, told at once."""
    at = f"2026-03-02T09:{number:02}:00+08:00"
    events = [
        {"event_id": f"x{number}-1", "call_id": f"x{number}", "type": "started", "occurred_at": at},
        {"event_id": f"x{number}-2", "call_id": f"x{number}", "type": "ended", "occurred_at": at, "outcome": "phantom"},
    ]
    with product.client() as client:
        results = client.post(PUSH, json={"events": events}).raise_for_status().json()["results"]
    assert {each["result"] for each in results} == {"accepted"}


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def tailed(product: Product) -> list[dict[str, Any]]:
    told = product.run("events", "tail", "--from", "start", "--end", "--json").stdout
    return [json.loads(line) for line in told.splitlines()]


def exported(product: Product, file: Path, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(product.run("events", "export", file, "--quiet", "--json", *more).stdout)
    return found


def test_a_file_holds_what_is_on_the_topics_and_a_second_run_adds_what_came_since(product, wait_for, tmp_path):
    file = tmp_path / "events.jsonl"
    push(product, 1)
    wait_for(lambda: sum(each["data"].get("summary") is not None for each in tailed(product)))
    first = exported(product, file)
    assert first["lines"] == len(lines_of(file)) > 0

    push(product, 2)
    wait_for(lambda: len(tailed(product)) > first["lines"])
    with file.open("a") as torn:
        torn.write('{"id": "half of a li')  # a run that was killed
    second = exported(product, file)
    ids = [each["id"] for each in lines_of(file)]
    assert second["lines"] == len(ids) == len(set(ids)) > first["lines"]
    assert set(ids) >= {each["id"] for each in tailed(product)[: second["lines"]]}
    last: dict[str, int] = {}
    for each in (one for one in lines_of(file) if one["topic"] == "rapport.interactions"):  # others say what tests made up
        assert each["sequence"] > last.get(each["subject"], 0)
        last[each["subject"]] = each["sequence"]
    assert len(last) > 1
    assert file.stat().st_size == second["bytes"]


def test_parquet_holds_the_same_and_grows_by_parts(product, wait_for, tmp_path):
    folder, file = tmp_path / "events", tmp_path / "events.jsonl"
    push(product, 4)
    wait_for(lambda: sum(each["data"].get("summary") is not None for each in tailed(product)))
    first = exported(product, folder, "--format", "parquet")
    assert first["parts"] == 1
    push(product, 5)
    wait_for(lambda: len(tailed(product)) > first["lines"])
    (folder / "events-00002.parquet").write_bytes(b"of a run that was killed")
    (folder / "events-00002.new").write_bytes(b"half")
    second = exported(product, folder, "--format", "parquet")
    assert second["parts"] == 2
    exported(product, file)
    columns = (
        "id::VARCHAR, type, source, subject::VARCHAR, sequence, actor, correlation_id::VARCHAR, causation_id::VARCHAR,"
        " topic, partition, \"offset\", strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS time, data"
    )
    query = f"SELECT {columns} FROM read_parquet(?)"  # noqa: S608 - the columns above
    rows = duckdb.execute("SET TimeZone = 'UTC'").execute(query, [f"{folder}/*.parquet"]).fetchall()
    there = {row[0]: (*row[:-1], json.loads(row[-1])) for row in rows}
    assert len(rows) == len(there) == second["lines"]
    names = (
        *("id", "type", "source", "subject", "sequence", "actor", "correlation_id", "causation_id"),
        *("topic", "partition", "offset", "time", "data"),
    )
    lines = {each["id"]: tuple(each[name] for name in names) for each in lines_of(file)}
    assert {key: lines[key] for key in there} == there


def test_a_time_divides_the_log_in_two(product, wait_for, tmp_path):
    push(product, 3)
    wait_for(lambda: len(tailed(product)) > 3)
    everything = sorted(tailed(product), key=lambda each: each["time"])
    border = everything[len(everything) // 2]["time"]
    early, late = tmp_path / "early.jsonl", tmp_path / "late.jsonl"
    exported(product, early, "--until", border)
    exported(product, late, "--since", border)
    assert {each["id"] for each in lines_of(early)} == {each["id"] for each in everything if each["time"] < border}
    assert {each["id"] for each in lines_of(late)} >= {each["id"] for each in everything if each["time"] >= border}


def test_a_file_that_was_deleted_is_written_anew(product, tmp_path):
    file = tmp_path / "events.jsonl"
    first = exported(product, file)
    file.unlink()
    assert exported(product, file)["lines"] == len(lines_of(file)) >= first["lines"]


@pytest.mark.parametrize("wrong", ["cut", "part gone", "other wishes", "other form", "no export", "no time", "no topic"])
def test_what_cannot_be_is_refused_and_nothing_is_written(product, tmp_path, wrong: str):
    file = tmp_path / "events.jsonl"
    more = {"no time": ("--since", "yesterday"), "no topic": ("--topic", "rapport.nothing")}.get(wrong, ())
    if wrong == "no export":
        file.write_text("my notes")
    if wrong == "other wishes":
        exported(product, file)
        more = ("--topic", "rapport.profiles")
    if wrong == "other form":
        exported(product, file)
        more = ("--format", "parquet")
    if wrong == "part gone":
        more = ("--format", "parquet")
        exported(product, file, *more)
        (file / "events-00001.parquet").unlink()
    if wrong == "cut":
        exported(product, file)
        file.write_bytes(file.read_bytes()[:-1])
    before = file.read_bytes() if file.is_file() else None
    done = product.run("events", "export", file, "--quiet", *more, check=False)
    assert done.returncode != 0 and done.stderr
    assert "Traceback" not in done.stderr
    assert (file.read_bytes() if file.is_file() else None) == before
