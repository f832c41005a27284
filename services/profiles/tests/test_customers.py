from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from rapport_contracts.profiles.customers import CustomerProfileCorrected, CustomerRegistered
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_kernel.errors import NotAllowed
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_profiles.customers.domain import (
    CONTACT_POINT,
    CUSTOMER_LIFE,
    VERIFIED_CONTACT_POINT,
    Customer,
    PersonalPart,
    measure,
    required_fields,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


ACT = Act(at=NOW, recorded_at=NOW, by="person:clerk-1")


def customer(stage: str = "prospect") -> Customer:
    return Customer.register(new_id(), kind=CustomerKind.INDIVIDUAL, stage=LifecycleStage(stage), source="crm", now=NOW)


def test_registering_says_so():
    [fact] = customer().recorded
    assert isinstance(fact, CustomerRegistered)
    assert (fact.kind, fact.stage, fact.source) == ("individual", "prospect", "crm")


def test_every_stage_of_the_vocabulary_is_in_the_life():
    assert set(CUSTOMER_LIFE.states) == {str(stage) for stage in LifecycleStage}


@pytest.mark.parametrize("stage", CUSTOMER_LIFE.states)
@pytest.mark.parametrize("move", sorted({move.name for move in CUSTOMER_LIFE.moves}))
def test_every_move_of_every_stage_is_made_or_refused(stage, move):
    one = customer(stage)
    if move in CUSTOMER_LIFE.allowed(stage):
        one.change_stage(ACT, move)
        assert one.state == CUSTOMER_LIFE.target(stage, move)
        assert isinstance(one.recorded[-1], CustomerProfileCorrected)
    else:
        with pytest.raises(NotAllowed) as refused:
            one.change_stage(ACT, move)
        assert refused.value.allowed == CUSTOMER_LIFE.allowed(stage)
        assert one.state == stage and len(one.recorded) == 1


def test_a_lost_customer_can_be_won_back():
    one = customer("active")
    for move in ("churn", "win-back"):
        one.change_stage(ACT, move)
    assert one.state == "active"


def test_a_correction_names_fields_and_never_their_values():
    before = PersonalPart(name="张小明", birth_date=date(1985, 6, 1))
    after = PersonalPart(name="张大明", occupation="教师")
    one = customer()
    one.correct(ACT, before.changed(after))
    fact = one.recorded[-1]
    assert isinstance(fact, CustomerProfileCorrected)
    assert fact.fields == ["name", "birth_date", "occupation"]
    assert "张" not in fact.write().decode()


def test_a_personal_part_survives_its_document():
    part = PersonalPart(name="A", birth_date=date(1985, 6, 1), preferences=("tea",), purchase_intent="high")
    assert PersonalPart.from_document({**part.as_document(), "of_a_newer_version": 1}) == part


def test_completeness_is_filled_over_required():
    assert measure("individual", "prospect", {"name"}).percent == 50.0
    assert measure("individual", "prospect", {"name"}).missing == (CONTACT_POINT,)
    needs = required_fields("individual", "active")
    assert VERIFIED_CONTACT_POINT in needs
    assert measure("individual", "active", set(needs)).percent == 100.0


def test_later_stages_keep_what_active_needs_and_an_unknown_kind_must_be_asked_for():
    assert required_fields("individual", "churned") == required_fields("individual", "active")
    assert "kind" in measure("unknown", "prospect", {"name", CONTACT_POINT}).missing
