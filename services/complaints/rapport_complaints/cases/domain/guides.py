"""How to deal with complainants of a kind (S58): guides as data with versions, one for each tag.

A tag is a judgement about a person. It is sealed with that person's key, shown to those who handle complaints, and stands in
no event, no history and no list; whoever takes it back leaves nothing but the audit of doing so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rapport_complaints.clocks.domain.policies import Data
from rapport_complaints.taxonomies.domain.taxonomy import Label

Advice = Annotated[str, Field(min_length=1, max_length=2_000)]


class Bilingual(Data):
    """What those who handle complaints read, in Chinese and English."""

    zh: Advice
    en: Advice


class Guide(Data):
    """What is meant by the tag, and what helps. One that is not in use any more can no longer be set."""

    zh: Label
    en: Label
    guide: Bilingual
    in_use: bool = True


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a complainant, as it is sealed: by whom (`kind:opaque-id`), when (UTC) and why (a code) it was set."""

    tag: str
    by: str
    at: datetime
    reason: str
