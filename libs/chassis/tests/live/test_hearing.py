"""Who may hear what: the right is that of the route which shows the thing, or what a subject says; never nobody's."""

from __future__ import annotations

from uuid import UUID

import pytest
from rapport_chassis.live.hearing import hearing
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web import Public, Router
from rapport_contracts.event import registry

READ, WORDS = Scope("profiles:read"), Scope("profiles:read", level=2)


def showing(*routes: tuple[str, Scope]) -> list[Router]:
    """Routers that show one thing for each of these paths."""
    made = Router()

    async def customer(customer_id: UUID) -> None: ...

    async def conflict(conflict_id: UUID) -> None: ...

    for path, allow in routes:
        made.add("GET", path, customer if "customer" in path else conflict, allow=allow)
    made.add("POST", "/nothing/{conflict_id}", conflict, allow=WORDS)
    made.add("GET", "/open/{conflict_id}", conflict, allow=Public)
    return [made]


CUSTOMER, CONFLICT = ("/customers/{customer_id}", READ), ("/conflicts/{conflict_id}", WORDS)


def test_a_type_is_heard_with_the_right_to_read_what_it_is_about() -> None:
    heard = hearing("profiles", showing(CUSTOMER, CONFLICT), {})
    assert heard["consent.granted.v1"].allow == READ
    assert heard["identity-conflict.detected.v1"].allow == WORDS
    published = {name for name, event in registry().items() if event.topic == "rapport.profiles"}
    assert published - heard.keys() == {name for name in published if name.startswith("profiles-")}


def test_what_a_subject_says_comes_first() -> None:
    heard = hearing("profiles", showing(CUSTOMER), {"identity-conflict": READ})
    assert heard["identity-conflict.resolved.v1"].allow == READ


@pytest.mark.parametrize(
    ("routers", "declared", "wrong"),
    [
        (showing(CUSTOMER), {}, "identity-conflict.detected.v1: 0 rights"),
        (showing(CUSTOMER, CONFLICT, ("/more/{conflict_id}", READ)), {}, "identity-conflict.detected.v1: 2 rights"),
        (showing(CUSTOMER, CONFLICT), {"conflict": READ}, "publishes nothing of conflict"),
    ],
)
def test_a_type_that_nobody_or_anybody_could_hear_is_refused(
    routers: list[Router], declared: dict[str, Scope], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        hearing("profiles", routers, declared)


def test_a_service_that_publishes_nothing_has_nothing_to_hear() -> None:
    assert hearing("nowhere", [], {}) == {}
