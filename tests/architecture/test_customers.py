"""Whatever holds a customer is plugged into the one mechanism: every table of every service that there is, listed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rapport_chassis.customers import Customers, undeclared_columns
from rapport_chassis.customers.tables import metadata as of_customers
from rapport_chassis.service import Service
from rapport_chassis.tables import metadata as of_chassis
from rapport_chassis.work import Work
from rapport_cli.services import SERVICES, described
from rapport_testing.guards_service import tables_of
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, Uuid

IN_THE_CHASSIS = {
    "audit.hash": "a chain over opaque ids and codes",
    "audit_head.hash": "its last link",
    "data_keys.subject": "whose key it is; stays as a tombstone",
    "data_keys.wrapped": "the key: destroyed by an erasure",
    "history.digest": "salted; the salt is sealed and goes with the key, so that nobody can try out words",
    "history.hash": "over codes, times, opaque ids and the salted digest: the chain holds after an erasure",
    "history.note": "sealed under the key of its subject; declared by the owner of the subject",
    "history.salt": "sealed like the note",
    "history_heads.hash": "the last link of a chain",
    "history_heads.subject": "what has the history",
    "idempotency_keys.body": "sealed with the caller's own key, gone after 24 hours",
    "idempotency_keys.body_hash": "keyed with the caller's own key",
    "machine_keys.secret_hash": "of a machine's secret",
    "outbox.payload": "facts on their way: nothing personal on public topics, identifiers sealed on private ones",
    "parked.key": "an opaque id",
    "parked.value": "dropped by an erasure where its topic is private",
}
OF_THE_MECHANISM = {"customer_erasures.customer_id": "who was forgotten", "customer_moves.origin": "an opaque id"}


def plugs(service: str) -> Customers | None:
    """What a service says of its customers; None: that it holds none."""
    (made,) = [one for one in described() if one.name == service]
    return made.customers


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_of_a_service_that_holds_a_customer_is_plugged_in(service: str) -> None:
    tables = tables_of(service)
    assert tables.tables
    assert undeclared_columns(tables, plugs(service)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_guard_refuses_a_table_that_is_not(service: str) -> None:
    tables, declared = tables_of(service), plugs(service)
    Table("new_things", tables, Column("id", Uuid, primary_key=True), Column("customer_id", Uuid))
    assert undeclared_columns(tables, declared) == ["new_things.customer_id"]
    if declared is not None:
        assert undeclared_columns(tables_of(service), replace(declared, tables=declared.tables[1:])) != []


def test_a_service_may_say_that_it_holds_no_customers_and_is_held_to_it() -> None:
    tables = MetaData()
    Table("touchpoints", tables, Column("code", Text, primary_key=True), Column("opened_by", Text))
    assert undeclared_columns(tables, None) == []
    Table("visits", tables, Column("id", Uuid, primary_key=True), Column("customer_id", Uuid))
    Table("photos", tables, Column("id", Uuid, primary_key=True), Column("picture", LargeBinary))
    assert undeclared_columns(tables, None) == ["photos.picture", "visits.customer_id"]


def test_a_service_that_says_nothing_of_customers_is_not_made() -> None:
    with pytest.raises(TypeError, match="receipts"):
        Service(name="touchpoints", title="x", settings=None, work=Work, migrations="none")  # type: ignore[call-arg,arg-type]


def test_every_reason_to_leave_something_is_given() -> None:
    for declared in filter(None, map(plugs, SERVICES)):
        assert all(len(why) > 10 for why in declared.retained.values())


def test_the_tables_of_the_chassis_are_spoken_for() -> None:
    (any_service,) = [one for one in described() if one.name == "interactions"]
    assert any_service.customers is not None
    nothing = replace(any_service.customers, tables=(), retained=IN_THE_CHASSIS)
    assert undeclared_columns(of_chassis, nothing) == []
    assert undeclared_columns(of_chassis, replace(nothing, retained={})) == sorted(IN_THE_CHASSIS)
    assert set(undeclared_columns(of_customers, replace(nothing, retained={}))) <= set(OF_THE_MECHANISM)
