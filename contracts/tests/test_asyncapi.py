"""The AsyncAPI document is one: read by an independent model of AsyncAPI 3, every reference leads somewhere."""

from __future__ import annotations

import json
import warnings
from typing import Any

with warnings.catch_warnings():  # that package shadows names of pydantic; its matter
    warnings.simplefilter("ignore")
    from asyncapi3.models.asyncapi import AsyncAPI3
from rapport_contracts.__main__ import ASYNCAPI
from rapport_contracts.event import registry
from rapport_contracts.topics import TOPICS

DOCUMENT = json.loads(ASYNCAPI.read_text())


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return found + [ref for part in node.values() for ref in references(part)]
    return [ref for part in node for ref in references(part)] if isinstance(node, list) else []


def resolve(reference: str) -> Any:
    node = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_an_independent_model_reads_it():
    AsyncAPI3.model_validate(DOCUMENT)


def test_every_reference_leads_somewhere():
    found = references(DOCUMENT)
    assert len(found) > 100
    for reference in found:
        assert resolve(reference), reference


def test_every_event_and_topic_is_in_it():
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == set(TOPICS)
    assert set(registry()) <= {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    for message in DOCUMENT["components"]["messages"].values():
        assert message.get("examples") or message["name"].endswith("inbound")
