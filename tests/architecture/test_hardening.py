"""Every container of the stack has no more than it needs: rights, memory, processes, logs, networks, secrets."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
ON_LOOPBACK = ("127.0.0.1:", "${RAPPORT_BIND:-127.0.0.1}:")
"""Where ports are published unless somebody says otherwise."""
NO_ROOT = r"\$\{RAPPORT_USER:-[1-9]\d*:[1-9]\d*\}"
MAY_WRITE = {"kafka"}
"""Its image writes its configuration into itself at the start."""
SECRETS = "./deploy/secrets"


def may_see(name: str) -> list[str]:
    """The folders of secrets that a container is given: of a service its own database and keys, of a server its own
    certificate, of a job that migrates the owner's address. The relay opens nothing; `databases` and `kafka-users` make
    everybody's users, `tools` all of the secrets."""
    service, _, role = name.rpartition("-")
    if name == "tools":
        return [SECRETS]
    if name == "databases":
        return [f"{SECRETS}/databases", f"{SECRETS}/owners"]
    if name in {"kafka", "kafka-users"}:
        return [f"{SECRETS}/kafka/broker" if name == "kafka" else f"{SECRETS}/kafka"]
    if role == "migrate":
        return [f"{SECRETS}/owners/{service}"]
    if role in {"api", "worker", "relay"}:
        keys = [f"{SECRETS}/keys/{service}"] if role != "relay" else []
        return [f"{SECRETS}/databases/{service}", f"{SECRETS}/kafka/rapport.{name.replace('-', '.')}", *keys]
    return [f"{SECRETS}/certificates/{name}"]


NETWORKS = {
    "api": {"front", "databases", "broker", "watch"},
    "worker": {"databases", "broker", "watch"},
    "relay": {"databases", "broker", "watch"},
    "migrate": {"databases"},
    "postgres": {"databases"},
    "databases": {"databases"},
    "kafka": {"broker"},
    "users": {"broker"},
    "gateway": {"front"},
    "tools": {"front", "databases", "broker"},
    "prometheus": {"watch", "shown"},
    "grafana": {"shown"},
}
"""By the last word of a container's name: the gateway stands before the APIs alone, who migrates comes to the database,
nobody to the broker who neither sends nor reads, and who looks at figures to nothing else."""


def may_reach(name: str) -> set[str]:
    """The networks of a container."""
    return NETWORKS[name.rpartition("-")[2]]


def is_rotated(logging: Mapping[str, Any]) -> bool:
    """Whether what a container writes has a bound, whatever Docker does by itself."""
    return logging.get("driver") == "json-file" and {"max-size", "max-file"} <= logging.get("options", {}).keys()


def too_much(services: Mapping[str, Any]) -> list[str]:
    """What a container has that it does not need."""
    found = []
    for name, each in services.items():
        found += [f"{name}: rights"] if each.get("cap_drop") != ["ALL"] else []
        found += [f"{name}: may gain rights"] if "no-new-privileges:true" not in each.get("security_opt", []) else []
        found += [f"{name}: writes into itself"] if not each.get("read_only") and name not in MAY_WRITE else []
        found += [f"{name}: no bound"] if not {"mem_limit", "pids_limit", "cpus"} <= each.keys() else []
        found += [f"{name}: logs without end"] if not is_rotated(each.get("logging", {})) else []
        found += [f"{name}: reaches {net}" for net in each.get("networks", ["everybody"]) if net not in may_reach(name)]
        mounted = [str(volume).partition(":")[0] for volume in each.get("volumes", [])]
        secret = [folder for folder in mounted if folder.startswith(SECRETS)]
        found += [f"{name}: sees {folder}" for folder in secret if folder not in may_see(name)]
        found += [f"{name}: root"] if name == "tools" and not re.fullmatch(NO_ROOT, str(each.get("user"))) else []
        published = [str(port) for port in each.get("ports", [])]
        found += [f"{name}: published to others" for port in published if not port.startswith(ON_LOOPBACK)]
    return found


def also(services: dict[str, Any], name: str, secrets: str) -> None:
    """Give a container one more folder of secrets."""
    services[name]["volumes"] = [*services[name]["volumes"], f"{SECRETS}/{secrets}:/more:ro"]


def test_no_container_has_more_than_it_needs() -> None:
    assert too_much(COMPOSE["services"]) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda s: s["postgres"].pop("cap_drop"), "postgres: rights"),
        (lambda s: s["kafka"].update(security_opt=[]), "kafka: may gain rights"),
        (lambda s: s["gateway"].update(read_only=False), "gateway: writes into itself"),
        (lambda s: s["complaints-api"].pop("mem_limit"), "complaints-api: no bound"),
        (lambda s: s["kafka"].pop("cpus"), "kafka: no bound"),
        (lambda s: s["gateway"].pop("logging"), "gateway: logs without end"),
        (lambda s: s["kafka"].update(logging={"driver": "json-file"}), "kafka: logs without end"),
        (lambda s: s["gateway"].update(networks=["front", "databases"]), "gateway: reaches databases"),
        (lambda s: s["profiles-worker"].update(networks=["front"]), "profiles-worker: reaches front"),
        (lambda s: s["profiles-migrate"].update(networks=["broker"]), "profiles-migrate: reaches broker"),
        (lambda s: s["tools"].pop("networks"), "tools: reaches everybody"),
        (lambda s: also(s, "profiles-relay", "keys/profiles"), "profiles-relay: sees ./deploy/secrets/keys/profiles"),
        (lambda s: also(s, "profiles-api", "keys"), "profiles-api: sees ./deploy/secrets/keys"),
        (lambda s: also(s, "profiles-api", "keys/complaints"), "profiles-api: sees ./deploy/secrets/keys/complaints"),
        (lambda s: also(s, "gateway", "authority"), "gateway: sees ./deploy/secrets/authority"),
        (lambda s: also(s, "gateway", "certificates"), "gateway: sees ./deploy/secrets/certificates"),
        (lambda s: s["tools"].update(user="${RAPPORT_USER:-0:0}"), "tools: root"),
        (lambda s: s["tools"].pop("user"), "tools: root"),
        (
            lambda s: also(s, "complaints-api", "owners/complaints"),
            "complaints-api: sees ./deploy/secrets/owners/complaints",
        ),
        (
            lambda s: also(s, "complaints-api", "kafka/rapport.complaints.relay"),
            "complaints-api: sees ./deploy/secrets/kafka/rapport.complaints.relay",
        ),
        (lambda s: s["gateway"].update(ports=["8080:8080"]), "gateway: published to others"),
    ],
)
def test_a_container_that_has_more_is_found(change: Callable[[dict[str, Any]], Any], name: str) -> None:
    services = copy.deepcopy(COMPOSE["services"])
    change(services)
    assert too_much(services) == [name]
