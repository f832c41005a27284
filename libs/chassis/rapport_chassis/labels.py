"""What people are shown in place of a code: for each vocabulary its codes, each with a label in every language of ours.

Put together from `labels.toml` of the chassis and of each service that is installed. The API, the printed dossier and pages
all say a code in these words; taxonomies, which are data of the company, have their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from rapport_chassis.sheets import LANGUAGES, Language, sheets

Label = Mapping[Language, str]
Labels = Mapping[str, Label]
LIKE = "like"
"""`like = "closure-outcome"`: the labels of that vocabulary, and the own ones beside them."""


@cache
def labels() -> Mapping[str, Labels]:
    """By vocabulary and code; several services may have a part of one vocabulary, such as the types of their events. Raises
    ValueError for a code that stands there twice, for a vocabulary that is like one that there is not, and for a label that
    lacks a language."""
    return put_together(sheets("labels.toml"))


def put_together(parts: Iterable[Mapping[str, Any]]) -> Mapping[str, Labels]:
    """What `labels` makes of these files."""
    found: dict[str, dict[str, Label]] = defaultdict(dict)
    likes: dict[str, str] = {}
    for vocabulary, code, texts in [
        (name, *each) for part in parts for name, codes in part.items() for each in codes.items()
    ]:
        if code in found[vocabulary]:
            raise ValueError(f"'{code}' of '{vocabulary}' stands twice in the labels")
        if code == LIKE:
            likes[vocabulary] = texts
        else:
            found[vocabulary][code] = _label(vocabulary, code, texts)
    for vocabulary, like in likes.items():
        if like not in found or like in likes:
            raise ValueError(f"the vocabulary '{vocabulary}' is like '{like}', which has no labels of its own")
        found[vocabulary] = {**found[like], **found[vocabulary]}
    return dict(found)


def label(vocabulary: str, code: str, language: Language) -> str:
    """The label of a code. A code that has none, of a later version say, is shown as it is."""
    known = labels().get(vocabulary, {}).get(code)
    return code if known is None else known[language]


def _label(vocabulary: str, code: str, texts: list[str]) -> Label:
    if len(texts) != len(LANGUAGES) or not all(texts):
        raise ValueError(f"'{code}' of '{vocabulary}' should have labels in {', '.join(LANGUAGES)}")
    return dict(zip(LANGUAGES, texts, strict=True))
