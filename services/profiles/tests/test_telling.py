"""The stage of a customer, the consent that holds and the state of a conflict are what their events tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from rapport_contracts.profiles.customers import CustomerProfileCorrected
from rapport_contracts.profiles.identity import IdentityConflictDetected
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.ids import new_id
from rapport_profiles.consents.domain import ConsentState, Statement, record_statement, standing
from rapport_profiles.customers.domain import CUSTOMER_LIFE, Customer
from rapport_profiles.identity.domain import IdentityConflict
from rapport_testing.telling import Reader, state_after

from .asking import register
from .conftest import published
from .test_customers import ACT, NOW, customer


def walked(stage: str, move: str) -> Reader:
    """A customer of this stage is known, corrected, moved and verified."""
    reader, one = Reader(), customer(stage)
    reader.read(one.recorded, "", one.state)
    one.recorded.clear()
    for step in (
        lambda: one.correct(ACT, ["name"]),
        lambda: one.change_stage(ACT, move),
        lambda: one.add_identifier(ACT, IdentifierKind.PHONE, verified=True),
        lambda: one.verify_identifier(ACT, IdentifierKind.EMAIL, new_id()),
        lambda: one.remove_identifier(ACT, IdentifierKind.PHONE, new_id()),
    ):
        before = one.state
        step()
        reader.read(one.recorded, before, one.state)
        one.recorded.clear()
    return reader


@pytest.mark.parametrize("move", CUSTOMER_LIFE.moves, ids=lambda move: f"{move.source}-{move.name}")
def test_the_events_of_a_customer_tell_their_stage(move) -> None:
    reader = walked(move.source, move.name)
    assert reader.wrong == []
    assert reader.types == {"customer.registered.v1", "customer.corrected.v1", "contact-point.verified.v1"}


def test_a_wrong_declaration_is_found(monkeypatch) -> None:
    right = CustomerProfileCorrected.publication
    monkeypatch.setattr(CustomerProfileCorrected, "publication", replace(right, state=None))
    assert walked("prospect", "activate").wrong == ["nothing tells of 'active': customer.corrected.v1"]
    monkeypatch.setattr(CustomerProfileCorrected, "publication", replace(right, often="once"))
    assert "customer.corrected.v1 came again" in walked("prospect", "activate").wrong


def test_only_what_a_customer_can_be_reached_under_is_a_contact_point() -> None:
    one = customer()
    one.recorded.clear()
    one.verify_identifier(ACT, IdentifierKind.MEMBER_NUMBER, new_id())
    one.add_identifier(ACT, IdentifierKind.EXTERNAL_ID, verified=True)
    one.add_identifier(ACT, IdentifierKind.PHONE, verified=False)
    assert {type(fact) for fact in one.recorded} == {CustomerProfileCorrected}


def told_of(one: Customer, entered: tuple[Statement, ...]) -> list[str | None]:
    known: list[Statement] = []
    for statement in entered:
        known = sorted([*known, statement], key=lambda each: each.said_at)
        record_statement(one, ACT, statement, known)
        told = state_after(one.recorded[-1])
        assert told == standing(known, statement.purpose, statement.channel)
    return [state_after(fact) for fact in one.recorded]


def test_a_statement_that_is_entered_late_tells_what_holds() -> None:
    yes, no = (
        Statement("survey", channel, ConsentState(state), NOW + timedelta(days=day))
        for channel, state, day in (("phone", "granted", 1), (None, "withdrawn", 2))
    )
    for entered, expected in (((yes, no), ["granted", "withdrawn"]), ((no, yes), ["withdrawn", "withdrawn"])):
        one = customer()
        one.recorded.clear()
        assert told_of(one, entered) == expected
    more = (*(yes, no), replace(yes, said_at=NOW), replace(no, channel="phone", said_at=NOW + timedelta(days=3)))
    for order in permutations(more):
        one = customer()
        one.recorded.clear()
        told_of(one, order)


def test_the_events_of_a_conflict_tell_its_state(monkeypatch) -> None:
    def walk() -> Reader:
        reader = Reader()
        one = IdentityConflict(id=new_id(), fingerprint=b"", candidates=(), rules=("phone",), detected_at=NOW, last_at=NOW)
        for contact in (new_id(), new_id()):
            one.detect(contact, NOW)
        reader.read(one.recorded, "open", one.state)
        one.recorded.clear()
        one.resolve(ACT, new_id(), waiting=[new_id(), new_id()])
        reader.read(one.recorded, "open", one.state)
        return reader

    reader = walk()
    assert (reader.wrong, len(reader.types)) == ([], 2)
    monkeypatch.setattr(
        IdentityConflictDetected, "publication", replace(IdentityConflictDetected.publication, state="resolved")
    )
    assert walk().wrong


@pytest.mark.usefixtures("clean")
async def test_the_consent_that_an_event_tells_is_the_one_that_the_api_shows(http, works) -> None:
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}/consents"
    evidence = {"kind": "letter"}
    for decision, said_at in (("granted", "2026-02-01T00:00:00Z"), ("withdrawn", "2026-01-01T00:00:00Z")):
        said = {"purpose": "survey", "channel": None, "decision": decision, "said_at": said_at, "evidence": evidence}
        assert (await http.post(path, json=said)).status_code == 201
        shown = {(one["purpose"], one["channel"]): one["state"] for one in (await http.get(path)).json()["standing"]}
        kind, fact = (await published(works))[-1]
        assert (kind, json.loads(fact)["standing"]) == (f"consent.{decision}.v1", shown["survey", None])
