"""Every container of the stack has no more than it needs: rights, memory, processes, secrets."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
MAY_WRITE = {"kafka"}
"""Its image writes its configuration into itself at the start."""
KEYS = {"master_key", "index_key", "transport_key"}


def too_much(services: Mapping[str, Any]) -> list[str]:
    """What a container has that it does not need."""
    found = []
    for name, each in services.items():
        found += [f"{name}: rights"] if each.get("cap_drop") != ["ALL"] else []
        found += [f"{name}: may gain rights"] if "no-new-privileges:true" not in each.get("security_opt", []) else []
        found += [f"{name}: writes into itself"] if not each.get("read_only") and name not in MAY_WRITE else []
        found += [f"{name}: no bound"] if not {"mem_limit", "pids_limit"} <= each.keys() else []
        secrets = {held["source"] if isinstance(held, Mapping) else held for held in each.get("secrets", [])}
        found += [f"{name}: keys"] if name.endswith("-relay") and secrets & KEYS else []
        owns = any("/secrets/owners" in str(volume) for volume in each.get("volumes", []))
        found += [f"{name}: the owner's password"] if owns and name != "databases" and not name.endswith("-migrate") else []
        published = [str(port) for port in each.get("ports", [])]
        found += [f"{name}: published to others" for port in published if not port.startswith("127.0.0.1:")]
    return found


def test_no_container_has_more_than_it_needs() -> None:
    assert too_much(COMPOSE["services"]) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda s: s["postgres"].pop("cap_drop"), "postgres: rights"),
        (lambda s: s["kafka"].update(security_opt=[]), "kafka: may gain rights"),
        (lambda s: s["gateway"].update(read_only=False), "gateway: writes into itself"),
        (lambda s: s["complaints-api"].pop("mem_limit"), "complaints-api: no bound"),
        (lambda s: s["profiles-relay"].update(secrets=[{"source": "master_key"}]), "profiles-relay: keys"),
        (
            lambda s: s["complaints-api"].update(volumes=["./deploy/secrets/owners/complaints:/run/owners"]),
            "complaints-api: the owner's password",
        ),
        (lambda s: s["gateway"].update(ports=["8080:8080"]), "gateway: published to others"),
    ],
)
def test_a_container_that_has_more_is_found(change: Callable[[dict[str, Any]], Any], name: str) -> None:
    services = copy.deepcopy(COMPOSE["services"])
    change(services)
    assert too_much(services) == [name]
