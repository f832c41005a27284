"""The OpenAPI document and the page made from it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from fastapi import FastAPI


async def test_the_document_is_made_once_and_beside_the_event_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a large service it takes seconds, and anybody may ask for it."""
    made: list[threading.Thread] = []
    make = FastAPI.openapi

    def watched(self: FastAPI) -> dict[str, Any]:
        made.append(threading.current_thread())
        return make(self)

    monkeypatch.setattr(FastAPI, "openapi", watched)
    paths = ("/notes/openapi.json", "/notes/docs", "/notes/openapi.json")
    answers = await asyncio.gather(*(client.get(path) for path in paths))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(made) == 1
    assert made[0] is not threading.main_thread()
