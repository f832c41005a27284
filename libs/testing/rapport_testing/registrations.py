"""Where a service is named beside its own folders: what discovery cannot find. docs/new-service.md is the recipe."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

import yaml

ROLES = ("api", "worker", "relay")


def topics(text: str) -> set[str]:
    """The services that have a topic of their own in the catalogue."""
    return {owner for name, owner in re.findall(r'Topic\(\s*"rapport\.([a-z-]+)",\s*"([a-z-]+)"', text) if name == owner}


def containers(text: str) -> set[str]:
    """The services of a compose file that have a container for every role, each with its own database address, and a job
    that migrates as the owner."""
    found = yaml.safe_load(text)["services"]
    named = {each["environment"].get("RAPPORT_SERVICE") for each in found.values() if "environment" in each} - {None}
    return {
        name
        for name in named
        if all(_contains(found.get(f"{name}-{role}"), name, role) for role in ROLES)
        and found.get(f"{name}-migrate", {}).get("volumes") == [f"./deploy/secrets/owners/{name}:/run/secrets:ro"]
    }


def _contains(container: Mapping[str, Mapping[str, str]] | None, name: str, role: str) -> bool:
    return (
        container is not None
        and container["environment"]["RAPPORT_SERVICE"] == name
        and ["serve", "--role", role] == list(container["command"])[:3]
        and f"./deploy/secrets/databases/{name}:/run/secrets:ro" in container["volumes"]
    )


def paths(text: str) -> set[str]:
    """The services to which the gateway leads."""
    return {name for names in re.findall(r"\^/\(\?<name>([a-z|-]+)\)/", text) for name in names.split("|")}


def documents(text: str) -> set[str]:
    """The services whose documents the gateway lists at `/`."""
    return set(re.findall(r'"/([a-z-]+)/docs"', text))


def listed(text: str) -> set[str]:
    """The services that README.md lists."""
    return {
        name for line in re.findall(r"^services/ +(.*)$", text, re.MULTILINE) for name in re.findall(r"[a-z-]{3,}", line)
    }


def linked(text: str) -> set[str]:
    """The services whose READMEs the guide for front ends links to."""
    return set(re.findall(r"\(\.\./services/([a-z-]+)/README\.md\)", text))


PLACES: dict[str, dict[str, Callable[[str], set[str]]]] = {
    "contracts/rapport_contracts/topics.py": {"a topic of its own": topics},
    "docker-compose.yml": {"a container for each role": containers},
    "deploy/gateway/rapport.conf": {"its path": paths, "its documents": documents},
    "README.md": {"its line": listed},
    "docs/front-end.md": {"a link to its README": linked},
}
"""The files in which a service is named, what is said there, and how to read it."""


def wrongly_registered(services: Collection[str], file: str, text: str) -> list[str]:
    """What a file of `PLACES` says of services that are not there, and does not say of those that are."""
    wrong = []
    for what, read in PLACES[file].items():
        named = read(text)
        wrong += [f"{file}: {name} lacks {what}" for name in sorted(set(services) - named)]
        wrong += [f"{file}: {what} for {name}, which is no service" for name in sorted(named - set(services))]
    return wrong
