"""Add a version of a template of letters."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_kernel.versions import Version

from rapport_complaints.correspondence.domain.letters import LetterTemplate
from rapport_complaints.work import ComplaintsWork


class NewLetterTemplate(Since, LetterTemplate):
    """A template as it is from a time on; letters that were issued keep their text and version."""


async def put_letter_template(work: ComplaintsWork, code: str, said: NewLetterTemplate) -> Version[LetterTemplate]:
    """Add the version. Raises Invalid `template-syntax`, `template-not-allowed`, `template-unknown-variable`,
    `template-too-deep`, `letter-too-large`, `unknown-time-zone`; VersionConflict."""
    said.check()
    return await work.letter_templates.put(code, said)
