"""The compose stack from nothing: the road of the README, what is open to the outside, an outage."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import httpx
from rapport_cli.services import SERVICES

ROOT = Path(__file__).parents[2]
GUIDE = re.compile(r"^```sh stack\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh road\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_road_passes(stack):
    script = "set -eo pipefail\n" + "\necho\n".join(BLOCK.findall((ROOT / "README.md").read_text()))
    analyst = stack.granted("analyst", "road")
    environment = {
        **stack.environment,
        "TOKEN": stack.token(),
        "RAPPORT_URL": stack.url,
        "CURL_CA_BUNDLE": str(stack.authority),
        "RAPPORT_KAFKA": analyst.kafka,
        "RAPPORT_KAFKA_USER": analyst.kafka_user,
        "RAPPORT_KAFKA_PASSWORD": analyst.kafka_password.get_secret_value(),
        "RAPPORT_KAFKA_CA": str(analyst.kafka_ca),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    log = re.split(r'"next":null[^{}]*}', done.stdout)[-1]
    assert "complaint.closed.v1" in log and "follow-up.opened.v1" in log


def test_the_commands_of_the_operators_guide_work(stack):
    script = "set -eo pipefail\n" + "\n".join(GUIDE.findall((ROOT / "docs" / "operator.md").read_text()))
    assert script.count("docker compose") and script.count("make up")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_nothing_but_the_gateway_and_kafka_is_open_and_only_on_loopback(stack):
    listed = [json.loads(line) for line in stack.compose("ps", "--format", "json").splitlines()]
    listed = [each for each in listed if each["Service"] != "prometheus"]  # of a profile of its own: test_night.py
    published = {
        (each["Service"], port["URL"]) for each in listed for port in each["Publishers"] or [] if port["PublishedPort"]
    }
    assert published == {("gateway", "127.0.0.1"), ("kafka", "127.0.0.1")}


def test_health_and_metrics_are_not_behind_the_gateway(stack):
    with stack.client() as client:
        for service in SERVICES:
            for path in ("health/ready", "metrics"):
                assert client.get(f"/{service}/{path}").status_code == 404


def test_what_the_gateway_refuses_is_a_problem(stack):
    with httpx.Client(base_url=stack.url, verify=stack.trusting(), timeout=30) as client:
        refused = {
            404: client.get("/else"),
            405: client.post("/"),
            413: client.post("/complaints/v1/complaints", content=b"0" * 21_000_000),
            414: client.get(f"/complaints/{'a' * 20_000}"),
            431: client.get("/complaints/docs", headers={"X": "a" * 20_000}),
        }
    for status, answer in refused.items():
        told = answer.json()
        assert (answer.status_code, told["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "code", "detail", "trace_id"} <= told.keys()


def test_answers_come_packed_through_the_gateway(stack):
    with stack.client() as client:
        answer = client.get("/complaints/v1/state-machines", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip" and answer.json()["complaint"]
        kept = client.get("/complaints/v1/state-machines", headers={"If-None-Match": answer.headers["etag"]})
    assert kept.status_code == 304


def test_every_service_has_a_container_for_each_role(stack):
    services = set(stack.compose("config", "--services").split())
    assert {f"{s}-{r}" for s in SERVICES for r in ("api", "worker", "relay")} <= services


def test_the_database_may_go_and_come_back(stack):
    """A complaint is refused with 503 while the database is away, and taken again without anybody's help."""
    with stack.client() as client:
        new = {
            "received_at": "2026-03-02T10:00:00Z",
            "channel": "letter",
            "category": "delivery",
            "problem": "Late.",
            "contact": {"email": "somebody@example.org"},
        }
        assert client.post("/complaints/v1/complaints", json=new).status_code == 201
        stack.compose("stop", "--timeout", "5", "postgres")
        refused = client.post("/complaints/v1/complaints", json=new)
        assert refused.status_code == 503 and refused.headers["Retry-After"]
        stack.compose("start", "postgres")
        deadline = time.monotonic() + 90
        while client.post("/complaints/v1/complaints", json=new).status_code != 201:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        stack.compose("up", "--detach", "--wait", "--no-recreate", "complaints-api")
