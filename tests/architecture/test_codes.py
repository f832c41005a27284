"""No text that anybody can make up stands where codes are meant: such fields go in clear to topics kept for ever."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from rapport_chassis.shipped import entries
from rapport_contracts import openapi
from rapport_contracts.codes import CODE_PATTERN, NewCode, code_of, is_code, is_reference, is_staff_id
from rapport_contracts.complaints.intake import InboundComplaint
from rapport_contracts.event import registry
from rapport_contracts.interactions.inbound import CallEvent
from rapport_testing.guards_codes import free_texts_of_bodies, free_texts_of_event, free_texts_of_schema

ROOT = Path(__file__).parents[2]
SEALED = frozenset({
    "note", "words", "problem", "remedy_sought", "text", "message", "whys", "contacts", "value", "answers", "signature",
    "phone", "email", "address", "interests", "occupation", "preferences", "spending_habits",
})  # fmt: skip
"""Kept encrypted, or only looked up and not kept at all."""
OF_A_FORM = frozenset({"amount", "currency", "zone", "sha256", "opens", "closes", "holidays", "make_up_days"})
"""Amounts, ISO 4217, IANA zones, digests, times of day, days: checked as such."""
REGISTERS = frozenset({"name", "en", "zh", "title", "subject", "body", "high_label", "low_label", "reference"})
"""What users call things: registers, templates and file names, where names belong."""
OF_OPERATORS = frozenset(
    {"consumer", "key", "type", "kind", "why", "scopes", "created_by", "Chosen.reason", "DropMany.reason"}
)
"""Which parked messages and timers, and why: kept in the audit trail, on no topic."""
OPEN = frozenset({"CallEvent.channel", "CallEvent.direction", "CallEvent.mode", "CallEvent.outcome", "Candidate.channel"})
"""Open lists: what is not known must be a code (`quarantine.domain.usable`); the candidate of a preview is not kept."""
IDS = frozenset({"CallEvent.call_id", "CallEvent.event_id"})
"""Printable ASCII, and no telephone number."""
SAID_WITH_A_VERSION = frozenset(
    {"LinkCustomer.reason", "FollowUpRuleChange.reason", "ThrottleRuleChange.reason", "TriggerRuleChange.reason"}
)
"""Free text that is sealed, or kept with a version of a rule; on no topic."""


CATALOGUE = frozenset({"name", "en", "zh", "zone", "opens", "closes", "weekday"})
"""In records of the catalogue: names that operators gave to codes and calendars (decision 0022)."""

COMPLAINTS, SATISFACTION = (
    sorted(each.stem for each in (ROOT / "services" / name / f"rapport_{name}" / "shipped").glob("*.json"))
    for name in ("complaints", "satisfaction")
)


def _known(place: str) -> bool:
    return place.rpartition(".")[2] in SEALED | OF_A_FORM | REGISTERS | OF_OPERATORS or (
        place in OF_OPERATORS | OPEN | IDS | SAID_WITH_A_VERSION
    )


@pytest.mark.parametrize("name", ["profiles", "interactions", "complaints", "satisfaction"])
def test_every_text_of_a_body_is_a_code_or_known_to_be_none(name: str) -> None:
    document = json.loads((openapi.OPENAPI / f"{name}.json").read_text())
    assert {each for each in free_texts_of_bodies(document) if not _known(each)} == set()


@pytest.mark.parametrize("kind", [InboundComplaint, CallEvent])
def test_every_text_that_another_system_hands_over_is_a_code_or_sealed(kind: type[BaseModel]) -> None:
    assert {each for each in free_texts_of_schema(kind.model_json_schema()) if not _known(each)} == set()


class _Bad(BaseModel):
    reason: NewCode
    product: str
    tags: list[str]
    by: dict[str, int] = {}


def test_the_guard_finds_a_text_that_is_no_code() -> None:
    assert free_texts_of_schema(_Bad.model_json_schema()) == {"_Bad.product", "_Bad.tags"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Bad"}}}}
    fields: dict[str, Any] = {"reason": {"type": "string", "pattern": CODE_PATTERN}, "product": {"type": "string"}}
    document = {
        "paths": {"/x": {"post": {"requestBody": body}}},
        "components": {"schemas": {"Bad": {"type": "object", "properties": fields}}},
    }
    assert free_texts_of_bodies(document) == {"Bad.product"}


def test_every_text_of_a_public_fact_is_a_code_a_known_value_or_a_name_of_the_catalogue() -> None:
    found = {each for kind in registry().values() for each in free_texts_of_event(kind.model_json_schema())}
    ours = {"PublishedType.type", "PublishedType.topic", "PublishedPartition.topic"}
    assert {each for each in found - ours if each.rpartition(".")[2] not in CATALOGUE} == set()
    assert free_texts_of_event(_Bad.model_json_schema()) == {"_Bad.product", "_Bad.tags"}


SHIPPED = [
    *(("rapport_complaints.shipped", name) for name in COMPLAINTS),
    *(("rapport_satisfaction.shipped", name) for name in SATISFACTION),
]


@pytest.mark.parametrize(("package", "name"), SHIPPED)
def test_what_is_shipped_is_named_by_codes(package: str, name: str) -> None:
    assert [code for code in entries(package, name) if not is_code(code)] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Credit card", "credit-card"),
        ("HEAT/HOT WATER", "heat-hot-water"),
        ("Café  Zürich", "cafe-zurich"),
        ("ＡＢＣ", "abc"),
        ("信用卡", None),
        ("Mr Wang 13812345678", None),
        ("Mr Wang 138-1234-5678", None),
        ("", None),
    ],
)
def test_a_code_is_made_of_a_name(name: str, code: str | None) -> None:
    assert code_of(name) == code


def test_codes_of_long_names_that_begin_alike_differ() -> None:
    one, two = (code_of(f"{'a very long name of something ' * 3}{end}") for end in ("one", "two"))
    assert one is not None and two is not None and one != two and is_code(one) and is_code(two)


@pytest.mark.parametrize(
    "text",
    ["", "A", "Mr Wang", "13812345678", "139-1234-5678", "a1234567", "-a", "é", "а", "a\u200bb", "a\u202eb", "a b", "a@b",
     "x" * 65, "a\n", "2026-12-01"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize("text", ["a", "1", "kettle-2", "123456", "cn-2026", "a.b_c", "iso-9001", "x-"])
def test_a_code(text: str) -> None:
    assert is_code(text)


def test_the_pattern_of_a_code_says_what_the_rule_says() -> None:
    dice = random.Random(7)
    for _ in range(20_000):
        text = "".join(dice.choices("a1b2.-_", (2, 6, 1, 6, 1, 1, 1), k=dice.randrange(14)))
        run = max((len(each) for each in re.findall("[0-9]+", re.sub("[._-]", "", text))), default=0)
        assert is_code(text) is (re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", text) is not None and run < 7)


def test_staff_are_opaque_ids_and_references_are_no_telephone_numbers() -> None:
    good = (
        "agent-55",
        "AGENT-55",
        "auth0|64ba",
        "00u1a2B3c4",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "00012345",
        "auth0|5f7c1234567890001bafe82a",
    )
    assert [each for each in good if not is_staff_id(each)] == []
    assert [each for each in ("wang@example.cn", "Mr Wang", "13812345678", "000123456", "王") if is_staff_id(each)] == []
    good = ("59893776", "1733042427.123", "c-77", "20240512000017", "0012345678", "AA0101/33116/990101")
    assert [each for each in good if not is_reference(each)] == []
    bad = ("13812345678", "8613812345678", "138-1234-5678", "0571-88012345", "+8613812345678", "tel:2025550123", "a b")
    assert [each for each in bad if is_reference(each)] == []
