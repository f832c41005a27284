"""Every table that is fed by events only says so, is declared, and has a proof that it is what the log says (DONE 9)."""

from __future__ import annotations

import pytest
from rapport_chassis.projections import Projection, undeclared
from rapport_cli.services import SERVICES, described
from rapport_testing.guards import ROOT
from rapport_testing.guards_service import tables_of
from sqlalchemy import Column, Table, Uuid


def projections(service: str) -> list[Projection]:
    (made,) = [one for one in described() if one.name == service]
    return list(made.projections)


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_that_calls_itself_a_projection_is_declared(service: str) -> None:
    assert undeclared(tables_of(service), projections(service)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_declared_table_says_that_it_is_one(service: str) -> None:
    for each in projections(service):
        for table in each.tables:
            assert (table.comment or "").startswith("Projection"), table.name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_with_projections_proves_all_of_them(service: str) -> None:
    """`prove` takes every projection that the service declares, and refuses one whose tables the story leaves empty."""
    proof = ROOT / "services" / service / "tests" / "test_projections.py"
    assert bool(projections(service)) == (proof.exists() and "await prove(" in proof.read_text())


def test_there_are_projections_and_their_names_differ() -> None:
    names = [(service, each.name) for service in SERVICES for each in projections(service)]
    assert len(names) == len(set(names)) >= 6


@pytest.mark.parametrize("service", SERVICES)
def test_the_guard_refuses_a_table_that_is_not_declared(service: str) -> None:
    tables = tables_of(service)
    Table("new_things", tables, Column("id", Uuid, primary_key=True), comment="Projection: new things.")
    assert undeclared(tables, projections(service)) == ["new_things"]
