"""Definitions of figures are declared once each, by whoever answers with them, and say what they mean."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest
import rapport_contracts
from rapport_contracts.figures import Definition, define, definitions
from rapport_contracts.topics import TOPICS

OWNERS = sorted({topic.owner for topic in TOPICS.values()})


def test_each_stands_in_the_folder_of_its_owner() -> None:
    there = [name for owner in OWNERS for name in (f"rapport_contracts.{owner}.figures",) if _is_module(owner)]
    kept = [each for module in there for value in vars(import_module(module)).values() for each in _held(value)]
    assert sorted(each.key for each in kept) == list(definitions())
    for module in there:
        owners = {each.owner for value in vars(import_module(module)).values() for each in _held(value)}
        assert owners == {module.split(".")[1]}
    assert {owner: len(definitions(owner)) > 0 for owner in OWNERS} == dict.fromkeys(OWNERS, True)


def _is_module(owner: str) -> bool:
    folder = import_module(f"{rapport_contracts.__name__}.{owner}").__path__
    return any(each.name == "figures" for each in iter_modules(folder))


def _held(value: object) -> list[Definition]:
    if isinstance(value, dict):
        return [each for part in value.values() for each in _held(part)]
    return [value] if isinstance(value, Definition) else []


@pytest.mark.parametrize("each", definitions().values(), ids=lambda each: each.key)
def test_its_words_are_sentences(each: Definition) -> None:
    assert each.words[0].isupper() and each.words.endswith(".") and len(each.words.split()) > 4
    assert "|" not in each.words and "\n" not in each.words  # they stand in tables
    assert each.version >= 1 and (each.least is None or each.least >= 0)
    assert each.least != 0 or each.unit in {"count", "money"} or each.key == "profiles.completeness"


@pytest.mark.parametrize(
    "key", ["nps", "satisfaction", "satisfaction.", "satisfaction.NPS", "satisfaction.n_p_s", "a.b.c", "a.-b"]
)
def test_a_key_is_an_owner_and_words(key: str) -> None:
    with pytest.raises(ValueError, match="kebab"):
        define(key, "count", "Bad.")
    assert key not in definitions()


def test_a_key_is_taken_once() -> None:
    with pytest.raises(ValueError, match="defined twice"):
        define("satisfaction.nps", "count", "Another.")
    assert definitions()["satisfaction.nps"].unit == "points"
