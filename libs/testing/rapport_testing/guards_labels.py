"""A guard over the labels of any service: each code that a document or a life has is said in every language, and by a label
that tells it from the others. One line for each that is wrong."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rapport_chassis.labels import Labels
from rapport_chassis.sheets import LANGUAGES
from rapport_chassis.web.vocabularies import valued, vocabularies_of
from rapport_contracts.vocabulary import VOCABULARY
from rapport_kernel.states import StateTable

Json = dict[str, Any]
Codes = Mapping[str, set[str]]
"""The codes of each vocabulary."""
_CHINESE = re.compile("[\u4e00-\u9fff]")


def codes_of(document: Json, lives: Iterable[StateTable]) -> Codes:
    """What the document of a service has, and the states and moves of its lives."""
    found: dict[str, set[str]] = defaultdict(set, {name: set(codes) for name, codes in vocabularies_of(document).items()})
    for life in lives:
        found[life.states.name] |= set(life.states)
        found[life.actions] |= {move.name for move in life.moves}
    return found


def nameless(document: Json) -> list[str]:
    """Lists of values whose vocabulary has no name. What a list is sorted by are names of fields, and the state of a live
    event is one of whatever the event is about."""
    states = document["components"]["schemas"].get("LiveEvent", {}).get("properties", {}).get("state", {})
    sorts = [each for path in document["paths"].values() for one in path.values() for each in one.get("parameters", ())]
    free = [id(node) for part in (states, *(each for each in sorts if each["name"] == "sort")) for node, _ in valued(part)]
    return [
        f"no vocabulary: {', '.join(sorted(values))}"
        for node, values in valued(document)
        if VOCABULARY not in node and id(node) not in free
    ]


def unlabelled(codes: Codes, labels: Mapping[str, Labels]) -> list[str]:
    """Codes without a label."""
    return [
        f"{name}: no label for {code}"
        for name in sorted(codes)
        for code in sorted(codes[name] - labels.get(name, {}).keys())
    ]


def unused(codes: Codes, labels: Mapping[str, Labels]) -> list[str]:
    """Labels of codes that there are not: `codes` are those of all services."""
    return [
        f"{name}: there is no {code}" for name in labels for code in sorted(labels[name].keys() - codes.get(name, set()))
    ]


def confusing(labels: Mapping[str, Labels]) -> list[str]:
    """Two codes of one vocabulary with one label; a label of one language in another, or with blanks around it."""
    return [line for name, codes in labels.items() for line in _confusing(name, codes)]


def _confusing(name: str, codes: Labels) -> Iterator[str]:
    for language in LANGUAGES:
        by_label = defaultdict(list)
        for code, texts in codes.items():
            by_label[texts[language].casefold()].append(code)
            if texts[language] != texts[language].strip():
                yield f"{name}: blanks around the {language} label of {code}"
        yield from (
            f"{name}: {' and '.join(alike)} have one {language} label" for alike in by_label.values() if len(alike) > 1
        )
    for code, texts in codes.items():
        if _CHINESE.search(texts["en"]) or not (_CHINESE.search(texts["zh"]) or texts["zh"] == texts["en"]):
            yield f"{name}: a label of {code} is in another language"
