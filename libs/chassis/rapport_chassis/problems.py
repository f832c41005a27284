"""The register of problems: for each code its status and, in every language of ours, a title, a sentence and what to do.

It is put together from `problems.toml` of the chassis and of each service that is installed, so that any process can say
what any code of the product means. Errors carry a code and the values in its sentence, never the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any

from rapport_chassis.sheets import LANGUAGES, Language, sheets

FIELD = "field"
_LISTED: Mapping[Language, str] = {"en": ", ", "zh": "、"}
_NOTHING: Mapping[Language, str] = {"en": "none", "zh": "无"}


@dataclass(frozen=True, slots=True)
class Texts:
    """What a problem says in one language; `detail` has places for values in braces."""

    title: str
    detail: str
    todo: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. `status` is None for what is only said of a field; `params` are the values in its sentence."""

    code: str
    status: int | None
    texts: Mapping[Language, Texts]
    params: tuple[str, ...]

    def detail(self, language: Language, params: Mapping[str, Any]) -> str:
        """The sentence with its values; a value that is missing is three dots, never an error."""
        return self.texts[language].detail.format_map(_Words(language, params))


class _Words(dict[str, str]):
    def __init__(self, language: Language, params: Mapping[str, Any]) -> None:
        super().__init__({name: _worded(value, language) for name, value in params.items()})

    def __missing__(self, name: str) -> str:
        return "…"


def _worded(value: object, language: Language) -> str:
    if value is None or value in ((), []):
        return _NOTHING[language]
    if isinstance(value, list | tuple):
        return _LISTED[language].join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def register() -> Mapping[str, Entry]:
    """Every code of the product. Raises ValueError for one that stands there twice or lacks a language."""
    found_in = list(sheets("problems.toml"))
    helps: dict[str, Any] = {kind: texts for sheet in found_in for kind, texts in sheet.pop("help", {}).items()}
    found: dict[str, Entry] = {}
    for sheet in found_in:
        for kind, entries in sheet.items():
            for code, texts in entries.items():
                if code in found:
                    raise ValueError(f"the problem '{code}' stands twice in the register")
                found[code] = _entry(code, kind, texts, helps[kind])
    return found


def _entry(code: str, kind: str, texts: Mapping[str, list[str]], help_of: Mapping[str, str]) -> Entry:
    if set(texts) != set(LANGUAGES):
        raise ValueError(f"the problem '{code}' should have texts in {', '.join(LANGUAGES)}")
    worded = {each: Texts(*texts[each][:2], *(texts[each][2:] or [help_of[each]])) for each in LANGUAGES}
    places = {each: {name for _, name, _, _ in Formatter().parse(worded[each].detail) if name} for each in LANGUAGES}
    if len({frozenset(names) for names in places.values()}) != 1:
        raise ValueError(f"the sentences of '{code}' have other values in each language")
    return Entry(code, None if kind == FIELD else int(kind), worded, tuple(sorted(places[LANGUAGES[0]])))
