"""Taxonomies (S56): trees of categories and of causes, as data with versions. A complaint keeps the version that it was
classified under, so that what was called so then stays explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import WrongValue
from rapport_kernel.errors import Invalid

from rapport_complaints.clocks.domain.policies import Data

Label = Annotated[str, Field(min_length=1, max_length=200)]
Codes = Annotated[dict[NewCode, NewCode], Field(max_length=2_000)]


class TaxonomyKind(StrEnum):
    """The two taxonomies that there are."""

    CATEGORIES = "categories"
    CAUSES = "causes"


class Entry(Data):
    """One code of the tree, with its names. What is not `active` any more stays on old complaints and is not used for new
    ones."""

    parent: NewCode | None = None
    zh: Label
    en: Label
    active: bool = True


class Taxonomy(Data):
    """A tree, by code. `sources` says how the codes of other systems map to ours, by source: what is imported from there
    gets our category, and keeps its own as `source_category`."""

    name: Label
    entries: dict[NewCode, Entry] = Field(min_length=1, max_length=2_000)
    sources: dict[NewCode, Codes] = Field(default_factory=dict, max_length=100)

    def in_rows(self) -> Mapping[str, Any]:
        """The same as `taxonomy.published` has it: rows where here are tables by code."""
        nodes = [
            {"code": code, "parent": each.parent, "names": {"zh": each.zh, "en": each.en}, "active": each.active}
            for code, each in self.entries.items()
        ]
        mapped = [
            {"source": source, "source_category": theirs, "category": ours}
            for source, codes in self.sources.items()
            for theirs, ours in codes.items()
        ]
        return {"name": self.name, "nodes": nodes, "sources": mapped}

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        for code, entry in self.entries.items():
            above, steps = entry.parent, 0
            while above is not None:
                if above not in self.entries:
                    raise WrongValue("unknown-parent")
                above, steps = self.entries[above].parent, steps + 1
                if above == code or steps > len(self.entries):
                    raise WrongValue("below-itself")
        if any(code not in self.entries for codes in self.sources.values() for code in codes.values()):
            raise WrongValue("unknown-target")
        return self


@dataclass(frozen=True, slots=True)
class Classified:
    """What the taxonomy in force says about a code: the code of ours that it stands for, in which version of the taxonomy
    that was looked up, and whether that is a code in use."""

    code: str
    version: int | None
    known: bool


def must_be_known(found: Classified, field: str) -> None:
    """Raises Invalid `unknown-cause` for a cause that the taxonomy in force does not have."""
    if not found.known:
        raise Invalid.at(field, "unknown-cause")
