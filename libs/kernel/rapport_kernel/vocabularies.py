"""Vocabularies: closed lists of codes of ours that have a name, under which people find words for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Vocabulary(tuple[str, ...]):  # noqa: SLOT001 - a tuple that is not empty can have none, and this has a name
    """The codes in their order, each once; `name` is the same everywhere: `Vocabulary("complaint-flag", ["major"])`."""

    name: str

    def __new__(cls, name: str, codes: Iterable[str]) -> Self:
        """Raises ValueError when there are none."""
        made = super().__new__(cls, dict.fromkeys(str(code) for code in codes))
        if not made:
            raise ValueError(f"the vocabulary '{name}' has no codes")
        made.name = name
        return made
