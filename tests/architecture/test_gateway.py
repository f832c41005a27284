"""What stands before the services in each way of running says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rapport_chassis.problems import register
from rapport_chassis.web import problems
from rapport_cli.origin import Origin
from rapport_cli.services import described
from rapport_testing.web import Clients

ROOT = Path(__file__).parents[2]
CONF = (ROOT / "deploy" / "gateway" / "rapport.conf").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def refusals(conf: str) -> list[dict[str, Any]]:
    """The problems that the gateway answers by itself."""
    return [json.loads("{" + text + "}") for text in re.findall(r"^    /refused/\d+ '(.*)';$", conf, re.MULTILINE)]


def odd(conf: str) -> list[str]:
    """Where the gateway says something else of a problem than the register."""
    found = []
    for refusal in refusals(conf):
        code, entry = refusal["code"], register().get(refusal["code"])
        if refusal["type"] != problems.PROBLEM_BASE + code:
            found.append(f"{code}: {refusal['type']}")
        if entry is None or (entry.texts["en"].title, entry.status) != (refusal["title"], refusal["status"]):
            found.append(f"{code}: {refusal['status']} {refusal['title']}")
    return found


def test_the_gateway_says_of_an_error_what_the_services_say() -> None:
    assert {refusal["status"] for refusal in refusals(CONF)} == {400, 404, 405, 408, 413, 414, 429, 431, 500, 502, 504}
    said = re.findall(r"^    /refused/(\d+) '", CONF, re.MULTILINE)
    assert set(re.findall(r"/refused/(\d+);", CONF)) == set(said)
    assert odd(CONF) == []


@pytest.mark.parametrize(
    ("truth", "lie"),
    [
        ('"code":"head-too-slow"', '"code":"slow"'),
        ("problems/no-http", "problems/bad"),
        ("Method not allowed", "No such method"),
    ],
)
def test_a_gateway_that_says_something_else_is_found_out(truth: str, lie: str) -> None:
    assert truth in CONF and odd(CONF.replace(truth, lie)) != []


def is_safe(listens: str) -> bool:
    """Whether what comes there is encrypted, or from the gateway's own container."""
    return "ssl" in listens.split() or listens.startswith("127.0.0.1:")


def unencrypted(conf: str) -> list[str]:
    """Where the gateway listens without TLS, takes an old version of it, or answers without saying that it stays so."""
    found = [f"listens: {line}" for line in re.findall(r"^ *listen (.*);", conf, re.MULTILINE) if not is_safe(line)]
    versions = re.findall(r"^ *ssl_protocols (.*);", conf, re.MULTILINE)
    found += [f"takes {old}" for old in " ".join(versions).split() if old not in {"TLSv1.2", "TLSv1.3"}]
    public = conf.partition("    listen 127.0.0.1:")[0]
    places = [block.partition(" {") for block in re.split(r"^    location ", public, flags=re.MULTILINE)[1:]]
    return found + [f"{place}: not strict" for place, _, block in places if "Strict-Transport-Security $strict" not in block]


def test_the_gateway_speaks_tls_alone_and_says_so_with_every_answer() -> None:
    assert unencrypted(CONF) == []


@pytest.mark.parametrize(
    ("safe", "unsafe", "found"),
    [
        ("listen 8443 ssl;", "listen 8443 ssl;\n    listen 8080;", "listens: 8080"),
        ("TLSv1.2 TLSv1.3", "TLSv1 TLSv1.3", "takes TLSv1"),
        ("$again always;\n        add_header Strict-Transport-Security $strict", "$again", "/refused/: not strict"),
        ("10s;\n        add_header Strict-Transport-Security $strict always;", "10s;", "/: not strict"),
    ],
)
def test_a_gateway_that_is_not_strict_is_found_out(safe: str, unsafe: str, found: str) -> None:
    assert safe in CONF
    assert unencrypted(CONF.replace(safe, unsafe)) == [found]


async def test_the_front_page_is_the_same_behind_the_gateway_and_locally(clients: Clients) -> None:
    shown = re.search(r"return 200 '({\"services\".*})';", CONF)
    assert shown is not None
    local = await (await clients(Origin(described(), {}))).get("/")
    assert local.json() == json.loads(shown[1])


def test_every_role_is_looked_at_on_the_port_that_nobody_else_reaches() -> None:
    checked = COMPOSE["services"]["complaints-worker"]["healthcheck"]["test"][1]
    assert f" {COMPOSE['x-environment']['RAPPORT_MANAGEMENT_PORT']} /" in checked
    assert "ports" not in COMPOSE["services"]["complaints-api"]
    assert f"-api:{COMPOSE['x-environment']['RAPPORT_MANAGEMENT_PORT']}" not in CONF
