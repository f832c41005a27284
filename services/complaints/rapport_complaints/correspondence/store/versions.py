"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.versions import VersionedKind, versions_table

from rapport_complaints.correspondence.domain.letters import LetterTemplate
from rapport_complaints.schema import metadata

letter_templates = versions_table("letter_templates", metadata, "Templates of letters")
LETTER_TEMPLATES = VersionedKind(letter_templates, LetterTemplate, "letter-template")
