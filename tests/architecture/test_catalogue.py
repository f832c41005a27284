"""Every kind of data in versions tells, and is declared by a subject that has it told after an upgrade, or says why not."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from pydantic import BaseModel
from rapport_chassis.telling import Told, Untold
from rapport_chassis.versions import VersionedKind
from rapport_cli.services import SERVICES, described
from rapport_contracts.catalogue import Entry
from rapport_contracts.complaints.dictionary_of_catalogue import KINDS
from rapport_contracts.event import Event, registry
from rapport_contracts.fields import Personal
from rapport_contracts.schemas import schema_of
from rapport_contracts.topics import TOPICS

TOLD = {service.name: list(service.told) for service in described()}


def kinds(service: str) -> list[VersionedKind[Any]]:
    """All that the modules of a service make, each once."""
    package = import_module(f"rapport_{service}")
    names = [module.name for module in walk_packages(package.__path__, f"{package.__name__}.")]
    made = {
        id(each): each for name in names for each in vars(import_module(name)).values() if isinstance(each, VersionedKind)
    }
    return sorted(made.values(), key=lambda kind: kind.name)


def undeclared(found: Iterable[VersionedKind[Any]], told: Iterable[Told]) -> list[str]:
    """Kinds that tell, but that no subject declares; and those that do not say why they tell nothing."""
    declared = {id(kind) for kind in told}
    return [
        kind.name
        for kind in found
        if (len(kind.tells.why.split()) < 3 if isinstance(kind.tells, Untold) else id(kind) not in declared)
    ]


def personal(model: type[BaseModel]) -> list[str]:
    """Fields of a model, and of those in it, that are marked personal or sealed."""
    schema = model.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    return [
        field
        for each in objects
        for field, inner in each.get("properties", {}).items()
        if inner.get("x-pii") or inner.get("x-sealed")
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_kind_is_told_or_says_why_not(service: str) -> None:
    assert undeclared(kinds(service), TOLD[service]) == []


def test_there_are_kinds_and_few_are_silent() -> None:
    found = [kind for service in SERVICES for kind in kinds(service)]
    assert len(found) > 20
    assert [kind.name for kind in found if isinstance(kind.tells, Untold)] == [
        "compensation-budget",
        "handling-guide",
        "letter-template",
    ]


def test_a_kind_that_was_forgotten_is_found() -> None:
    found = kinds("complaints")
    assert undeclared(found, [kind for kind in TOLD["complaints"] if kind.name != "calendar"]) == ["calendar"]
    silent = next(kind for kind in found if isinstance(kind.tells, Untold))
    bad = VersionedKind(silent.table, silent.model, "odd", tells=Untold("No."))
    assert undeclared([bad], []) == ["odd"]


def test_what_is_told_is_told_by_the_owner_of_its_topic() -> None:
    for service in SERVICES:
        for kind in kinds(service):
            if not isinstance(kind.tells, Untold):
                topic = TOPICS[kind.tells.event.topic]
                assert (topic.owner, topic.compacted, issubclass(kind.tells.event, Entry)) == (service, True, True)


def test_nothing_that_is_told_is_marked_as_personal() -> None:
    found = [kind for service in SERVICES for kind in kinds(service) if not isinstance(kind.tells, Untold)]
    assert [f"{kind.name}: {each}" for kind in found for each in personal(kind.model)] == []

    class Named(BaseModel):
        who: Personal[str]

    assert personal(Named) == ["who"]


def test_the_dictionary_knows_every_kind_that_has_no_type_of_its_own() -> None:
    def general(service: str) -> set[str]:
        told = [kind for kind in kinds(service) if not isinstance(kind.tells, Untold)]
        return {kind.name for kind in told if "body" in kind.tells.event.model_fields}

    assert general("complaints") == set(KINDS)
    rules: type[Event] = registry()["satisfaction-policy.published.v1"]
    assert general("satisfaction") == set(schema_of(rules)["properties"]["kind"]["x-known-values"])
