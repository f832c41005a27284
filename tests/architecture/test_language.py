"""The published language is served by the product itself: what a service publishes, type by type, as data and as a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from rapport_chassis.service import Service
from rapport_chassis.web.language import _words, published
from rapport_cli.services import SERVICES, build
from rapport_contracts.asyncapi import document
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import registry
from rapport_contracts.schemas import meaning, schema_of
from rapport_contracts.topics import TOPICS
from rapport_kernel.ids import new_id
from rapport_testing.web import client_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}


def made(name: str) -> Service[Any]:
    return build(name, **NOWHERE, public_url="https://experience.example/")


@pytest.mark.parametrize("name", SERVICES)
async def test_the_header_of_an_event_leads_to_its_schema(name: str) -> None:
    service = made(name)
    assert published(name)
    async with client_of(service.asgi) as client:
        for kind, event in published(name).items():
            envelope = Envelope(new_id(), kind, name, NOW, new_id(), 1)
            address = dict(envelope.to_headers(service.buses["relay"].schemas))["ce_dataschema"].decode()
            assert address.startswith(f"https://experience.example/{name}/events/")
            answer = await client.get(urlsplit(address).path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
            assert answer.json() == schema_of(event)


@pytest.mark.parametrize("name", SERVICES)
async def test_the_page_tells_every_type_with_every_property(name: str) -> None:
    async with client_of(made(name).asgi) as client:
        page = (await client.get(f"/{name}/events")).text
        for kind, event in published(name).items():
            assert f'<table id="{kind}">' in page and f'href="events/{kind}"' in page
            assert page.count(_words(event.publication.when)) >= 2
            assert _words(meaning(event)) in page
            assert all(f"<code>{field}</code>" in page for field in event.model_fields)
        leads, there = (set(re.findall(pattern, page)) for pattern in (r'href="#([^"]+)"', r' id="([^"]+)"'))
        assert set(published(name)) <= leads <= there
        assert "<script" not in page and "http://" not in page
        assert (await client.get(f"/{name}/asyncapi.json")).json() == document()


async def test_what_is_private_or_of_another_or_of_nobody_is_not_served() -> None:
    private = next(kind for kind, event in registry().items() if TOPICS[event.topic].visibility == "private")
    async with client_of(made("interactions").asgi) as client:
        for kind in (private, "complaint.closed.v1", "nothing.happened.v1", "%2e%2e"):
            answer = await client.get(f"/interactions/events/{kind}")
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
            assert kind not in answer.text
