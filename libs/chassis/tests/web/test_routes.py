"""What a route does for its use case: the transaction, versions, errors, documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from rapport_chassis.lifecycle import Check
from rapport_chassis.web import Body, Call, Public, Router, Scope
from rapport_chassis.web.app import WebApp, build_app, who_may_call

NOTES = "/notes/v1/notes"


async def _write(client: httpx.AsyncClient, headers: dict[str, str], **fields: Any) -> httpx.Response:
    return await client.post(NOTES, json={"words": "call back", **fields}, headers=headers)


async def test_a_note_is_written_and_read(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    made = await _write(client, agent, rank=3)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == f'"{made.json()["version"]}"'
    read = await client.get(made.headers["location"], headers=agent)
    assert read.json() == made.json()
    assert read.json()["version"] == 1


async def test_a_plain_command_takes_five_statements(
    client: httpx.AsyncClient, agent: dict[str, str], statements: Callable[[], Any]
) -> None:
    note = (await _write(client, agent)).json()["id"]
    with statements() as sent:
        answer = await client.post(f"{NOTES}/{note}:close", headers=agent)
    assert answer.status_code == 200
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT", "SELECT", "UPDATE", "COMMIT"], sent
