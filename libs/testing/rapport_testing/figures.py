"""Whether a service answers with the figures that it declares, all of them and no others."""

from __future__ import annotations

from typing import Any

from rapport_contracts.figures import definitions


def declared(service: str) -> set[tuple[str, int]]:
    """Key and version of each definition of a service."""
    return {(each.key, each.version) for each in definitions(service).values()}


def definitions_in(*answers: Any) -> set[tuple[str, int]]:
    """Key and version of each definition that these answers name, wherever they do."""
    found: set[tuple[str, int]] = set()
    for node in answers:
        if isinstance(node, dict):
            named = node.get("definition")
            if isinstance(named, dict) and "key" in named:
                found.add((named["key"], named["version"]))
            found |= definitions_in(*node.values())
        elif isinstance(node, list):
            found |= definitions_in(*node)
    return found
