"""Add a version of a template of letters."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.correspondence.domain.letters import LetterTemplate
from rapport_complaints.correspondence.store.versions import LETTER_TEMPLATES


class NewLetterTemplate(Since, LetterTemplate):
    """A template as it is from a time on; letters that were issued keep their text and version."""


async def put_letter_template(work: Work, code: str, command: NewLetterTemplate) -> Version[LetterTemplate]:
    """Add the version. Raises Invalid `template-syntax`, `template-not-allowed`, `template-unknown-variable`,
    `template-too-deep`, `letter-too-large`, `unknown-time-zone`; VersionConflict."""
    command.check()
    return await work.store(LETTER_TEMPLATES).put(code, command)
