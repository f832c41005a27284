"""Live updates of every service: each type can be heard by somebody, and with no less than what shows the thing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from rapport_chassis.checkpoints import counted_topics
from rapport_chassis.security.scopes import Scope
from rapport_chassis.settings import ServiceSettings
from rapport_cli.services import SERVICES, build
from rapport_contracts.event import registry
from rapport_testing.guards import ROOT

NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_type_that_a_service_publishes_has_a_right_to_hear_it(name: str) -> None:
    made = build(name, **NOWHERE)
    assert made.live is not None
    published = {
        kind
        for kind, event in registry().items()
        if event.topic in counted_topics(name) and event.__module__.startswith("rapport_contracts.")
    }
    # What services tell each other is for operators: checkpoints, receipts of merges and erasures.
    assert published - made.live.heard.keys() == {kind for kind in published if kind.startswith(f"{name}-")}
    scopes = {route.allow for route in made.asgi.routes if isinstance(route.allow, Scope) and route.method == "GET"}
    assert {heard.allow for heard in made.live.heard.values()} <= scopes
    assert {heard.allow.name.split(":")[0] for heard in made.live.heard.values()} == {name}


def test_the_gateway_waits_for_longer_than_a_stream_is_quiet() -> None:
    conf = (ROOT / "deploy/gateway/rapport.conf").read_text()
    waits = [int(seconds) for seconds in re.findall(r"proxy_read_timeout (\d+)s;", conf)]
    quiet = ServiceSettings.model_fields["live_heartbeat"].get_default()
    assert waits and all(timedelta(seconds=seconds) > 2 * quiet for seconds in waits)
    assert "proxy_ignore_headers" not in conf  # X-Accel-Buffering is one of those that could be ignored
