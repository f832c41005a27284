"""The guide for analysts in Java and SQL: its blocks, run as they are written, and held against what Rapport says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rapport_cli.local import jars
from rapport_testing.product import Product

from .test_exporting import PUSH, exported, tailed

GUIDE = (Path(__file__).parents[2] / "docs" / "analyst.md").read_text()
AT = "2026-03-03T09:00:{:02}+08:00"
CALLS = {f"{call}-{outcome}": (call, outcome) for call in range(1, 41) for outcome in ("answered", "abandoned")}
"""Seconds in the queue, and how it ended; as many as the figures ask for before they have a value."""


def block(language: str) -> str:
    """The only block of this language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def called(product: Product, wait_for: Callable[..., Any]) -> None:
    """Contacts are on the topics, first without their queue, then amended."""
    told = [
        {"event_id": f"{call}-{kind}", "call_id": call, "type": kind, "occurred_at": at, **more}
        for call, (waited, outcome) in CALLS.items()
        for kind, at, more in (
            ("started", AT.format(0), {}),
            ("queued", AT.format(0), {"queue": "cards"}),
            ("connected", AT.format(waited), {"agent": "agent-7"}),
            ("ended", AT.format(waited), {"outcome": outcome}),
            ("wrapped_up", AT.format(waited), {}),
        )
        if (kind, outcome) != ("connected", "abandoned")
    ]

    def push(events: list[dict[str, str]], until: str) -> None:
        with product.client() as client:
            results = client.post(PUSH, json={"events": events}).raise_for_status().json()["results"]
        ids = {each["interaction_id"] for each in results}
        wait_for(lambda: ids <= {each["subject"] for each in tailed(product) if each["type"] == until})

    push([each for each in told if each["type"] != "queued"], "interaction.completed.v1")
    push([each for each in told if each["type"] == "queued"], "interaction.amended.v1")


def test_the_guide_names_the_jars_that_the_stack_has():
    assert re.findall(r"kafka(?:-clients:|-)(\d[\d.]*)", GUIDE) == [jars.VERSION] * 2


@pytest.mark.usefixtures("called")
def test_the_consumer_in_java_counts_what_is_on_the_topics(product, tmp_path):
    program = tmp_path / "Consumer.java"
    program.write_text(block("java"))
    operator = product.running["kafka_user"], product.running["kafka_password"]
    properties = tmp_path / "analyst.properties"
    properties.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="{operator[0]}" password="{operator[1]}";\n'
    )
    before = Counter(each["type"] for each in tailed(product))
    done = subprocess.run(
        [sys.executable, "-m", "rapport_testing.java", program, product.running["kafka"], properties],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = Counter(each["type"] for each in tailed(product))
    counted = Counter({kind: int(count) for count, kind in (line.split() for line in done.stdout.splitlines())})
    assert before["interaction.completed.v1"] >= len(CALLS)
    assert before <= counted <= after, {
        kind: (before[kind], counted[kind], after[kind]) for kind in before | counted | after
    }


@pytest.mark.usefixtures("called")
def test_the_query_says_what_the_api_says(product, tmp_path):
    exported(product, tmp_path / "events.jsonl")
    with duckdb.connect(config={"file_search_path": str(tmp_path)}) as database:
        (row,) = database.execute(block("sql")).fetchall()
    with product.client() as client:
        told = client.get("/interactions/v1/stats").raise_for_status().json()
    assert [round(each, 2) for each in row] == [told[name]["value"] for name in ("average_speed_of_answer", "service_level")]
