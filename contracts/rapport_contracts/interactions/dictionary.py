"""What the properties of these events mean, by name; see `rapport_contracts.dictionary`."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.dictionary import Meaning

WORDS: Mapping[str, Meaning] = {}
