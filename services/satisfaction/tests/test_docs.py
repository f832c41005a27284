"""The page of the service says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest
from rapport_contracts.event import registry
from rapport_contracts.satisfaction import TOPIC
from rapport_satisfaction.domain import follow_ups, invitations
from rapport_satisfaction.domain.eligibility import RULES
from rapport_satisfaction.events import LISTENS, TIMERS
from rapport_satisfaction.store.tables import metadata

README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.mark.parametrize("life", [invitations.LIFE, follow_ups.LIFE])
def test_the_lives_are_drawn_as_they_are(life) -> None:
    assert f"```mermaid\n{life.mermaid()}\n```" in README


def test_the_rules_are_listed_in_their_order() -> None:
    lines = [line for line in README.splitlines() if line.startswith("|") and line.split("|")[1].strip().isdigit()]
    assert len(lines) == len(RULES)
    for line, rule in zip(lines, RULES, strict=True):
        _, _, reason, decision, sentence, *_ = (part.strip() for part in line.split("|"))
        assert (reason, decision) == (f"`{rule.reason}`", rule.decision)
        assert sentence.startswith(rule.sentence)


def test_every_event_group_timer_and_table_is_named() -> None:
    named = [kind.rpartition(".")[0] for kind, event in registry().items() if event.topic == TOPIC]
    for one in LISTENS.subscriptions("satisfaction"):
        named += [one.name, *(kind.rpartition(".")[0] for kind in one.types)]
    for name in [*named, *TIMERS, *metadata.tables]:
        assert f"`{name}`" in README, name


def test_every_route_is_named(served) -> None:
    for path, operations in served.asgi.openapi["paths"].items():
        own = path.removeprefix("/satisfaction/v1/")
        first = own.split("/")[0].split(":")[0]
        every_service_has_it = all(operation["tags"] == ["operation"] for operation in operations.values())
        if path.startswith("/satisfaction/v1/") and not every_service_has_it:
            assert first in README
            for operation in operations.values():
                assert operation["summary"]
                assert operation["description"]
