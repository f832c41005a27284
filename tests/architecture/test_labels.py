"""Every code that a front end shows has a label in both languages, and every label a code; the guard is fed bad cases."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from rapport_chassis.labels import labels, put_together
from rapport_cli.services import described
from rapport_testing.guards_labels import Codes, codes_of, confusing, nameless, unlabelled, unused

SERVICES = {service.name: service for service in described()}
CODES: dict[str, Codes] = {
    name: codes_of(service.asgi.openapi, service.lives.values()) for name, service in SERVICES.items()
}


def codes_of_all() -> Codes:
    found: dict[str, set[str]] = defaultdict(set)
    for codes in CODES.values():
        for name, own in codes.items():
            found[name] |= own
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_list_of_values_names_its_vocabulary(service: str) -> None:
    assert nameless(SERVICES[service].asgi.openapi) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_code_has_a_label(service: str) -> None:
    assert unlabelled(CODES[service], labels()) == []


def test_every_label_has_a_code() -> None:
    assert unused(codes_of_all(), labels()) == []


def test_labels_tell_codes_apart() -> None:
    assert confusing(labels()) == []


def test_the_operations_in_allowed_are_listed_and_labelled() -> None:
    allowed = SERVICES["complaints"].asgi.openapi["components"]["schemas"]["ComplaintView"]["properties"]["allowed"]
    assert allowed["items"]["x-vocabulary"] == "complaint-action"
    assert {"acknowledge", "record-decision"} <= set(allowed["items"]["x-extensible-enum"])
    assert labels()["complaint-action"]["record-decision"] == {"en": "Record the customer's decision", "zh": "登记客户决定"}


def test_a_list_without_a_vocabulary_is_found() -> None:
    document = copy.deepcopy(SERVICES["profiles"].asgi.openapi)
    del document["components"]["schemas"]["Gender"]["x-vocabulary"]
    assert nameless(document) == ["no vocabulary: female, male, other"]


SPOILED: list[tuple[str, Callable[[dict[str, Any]], object], list[str]]] = [
    ("a code without a label", lambda known: known["severity"].pop("high"), ["severity: no label for high"]),
    (
        "a vocabulary without labels",
        lambda known: known.pop("customer-link-state"),
        [f"customer-link-state: no label for {code}" for code in ("issued", "revoked", "used")],
    ),
    (
        "a label without a code",
        lambda known: known["severity"].update(deadly={"en": "Deadly", "zh": "致命"}),
        ["severity: there is no deadly"],
    ),
    (
        "two codes with one label",
        lambda known: known["severity"]["low"].update(zh="中"),
        ["severity: low and medium have one zh label"],
    ),
    (
        "a label in another language",
        lambda known: known["severity"]["low"].update(zh="Lowest"),
        ["severity: a label of low is in another language"],
    ),
    (
        "a label with blanks",
        lambda known: known["severity"]["low"].update(en="Low "),
        ["severity: blanks around the en label of low"],
    ),
]


@pytest.mark.parametrize(("spoil", "says"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_what_is_wrong_is_found(spoil: Callable[[dict[str, Any]], object], says: list[str]) -> None:
    known = {name: {code: dict(texts) for code, texts in codes.items()} for name, codes in labels().items()}
    spoil(known)
    codes = codes_of_all()
    assert [*unlabelled(codes, known), *unused(codes, known), *confusing(known)] == says


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([{"severity": {"low": ["Low"]}}], "'low' of 'severity' should have labels in en, zh"),
        ([{"severity": {"low": ["Low", ""]}}], "'low' of 'severity' should have labels in en, zh"),
        ([{"severity": {"low": ["Low", "低"]}}] * 2, "'low' of 'severity' stands twice in the labels"),
        ([{"severity": {"like": "gravity"}}], "'severity' is like 'gravity', which has no labels of its own"),
    ],
)
def test_labels_that_are_not_whole_are_refused(parts: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        put_together(parts)
