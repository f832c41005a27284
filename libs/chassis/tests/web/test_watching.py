"""Health and metrics: what they say, to whom, and how often."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from rapport_chassis.lifecycle import Check
from rapport_chassis.web import Router, Scope, management
from rapport_chassis.web.app import build_app
from rapport_chassis.web.edge import ConcurrencyLimit, ErrorBoundary

NOTES = "/notes/v1/notes"


async def test_health_says_what_is_missing(operator: httpx.AsyncClient, service: Any) -> None:
    assert (await operator.get("/notes/health/live")).json() == {"status": "alive"}
    assert (await operator.get("/notes/health/ready")).status_code == 200
    service.checks.append(Check("broker", ok=False, why="does not answer"))
    answer = await operator.get("/notes/health/ready")
    assert answer.status_code == 503
    assert {"name": "broker", "ok": False, "why": "does not answer"} in answer.json()["checks"]


async def test_health_and_metrics_are_not_for_the_public(client: httpx.AsyncClient) -> None:
    assert (await client.get("/notes/health/live")).json() == {"status": "alive"}
    for path in ("/notes/health/ready", "/notes/metrics"):
        assert (await client.get(path)).status_code == 404
    assert not any(
        "health/ready" in path or "metrics" in path for path in (await client.get("/notes/openapi.json")).json()["paths"]
    )


async def test_metrics_are_written_once_a_second_whoever_asks(
    operator: httpx.AsyncClient, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(management.time, "monotonic", lambda: now)
    service.metrics.outbox_depth.labels("notes").set(7)
    first = await operator.get("/notes/metrics")
    assert 'rapport_outbox_depth{service="notes"} 7.0' in first.text
    service.metrics.outbox_depth.labels("notes").set(8)
    now += 0.9
    assert (await operator.get("/notes/metrics")).text == first.text
    now += 0.2
    assert 'rapport_outbox_depth{service="notes"} 8.0' in (await operator.get("/notes/metrics")).text


async def test_metrics_name_the_route_and_never_the_path(
    client: httpx.AsyncClient, operator: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    note = uuid4()
    await client.get(f"{NOTES}/{note}", headers=agent)
    shown = (await operator.get("/notes/metrics")).text
    assert 'route="GET /notes/v1/notes/{note_id}",service="notes",status="404"' in shown
    assert str(note) not in shown


async def test_what_fails_and_what_is_refused_is_counted_from_zero(
    client: httpx.AsyncClient, service: Any, agent: dict[str, str]
) -> None:
    def failed(route: str) -> float | None:
        labels = {"service": "notes", "route": route}
        return service.metrics.registry.get_sample_value("rapport_http_failed_total", labels)

    def refused(code: str) -> float | None:
        labels = {"service": "notes", "code": code}
        return service.metrics.registry.get_sample_value("rapport_http_refused_total", labels)

    broken = "GET /notes/v1/broken"
    assert (failed(broken), refused("too-busy"), refused("starting")) == (0, 0, 0)
    assert (await client.get("/notes/v1/broken", headers=agent)).status_code == 500
    assert (failed(broken), failed("GET /notes/v1/notes")) == (1, 0)
    limit = ConcurrencyLimit(service_core, most=0, each=1)
    full = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=ErrorBoundary(limit, service="notes", metrics=service.metrics)),
        base_url="http://test",
    )
    async with full:
        assert (await full.get("/notes/v1/notes")).status_code == 503
    assert (refused("too-busy"), failed(broken)) == (1, 1)


async def service_core(*_: Any) -> None:
    """Never reached."""


async def test_health_is_never_told_to_come_back_later(service: Any) -> None:
    service.settings = service.settings.model_copy(update={"rate_public": "2/minute"})
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes") as client:
        assert [(await client.get("/health/live")).status_code for _ in range(9)] == [200] * 9
        assert [(await client.get("/v1/state-machines")).status_code for _ in range(3)] == [200, 200, 429]
    with pytest.raises(TypeError, match="without limits"):
        Router().add("GET", "/x", _nothing, allow=Scope("notes:read"), limited=False)


async def _nothing() -> None: ...
