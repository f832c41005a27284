"""Add a version of a template of letters."""

from __future__ import annotations

from pydantic import Field

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.correspondence.letters import LetterTemplate
from rapport_complaints.store.work import ComplaintsWork


class NewLetterTemplate(LetterTemplate):
    """A template as it is from a time on; letters that were issued keep their text and version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_letter_template(work: ComplaintsWork, code: str, said: NewLetterTemplate) -> Version[LetterTemplate]:
    """Add the version. Raises Invalid `template-syntax`, `template-not-allowed`, `template-unknown-variable`,
    `template-too-deep`, `letter-too-large`, `unknown-time-zone`; VersionConflict."""
    body = LetterTemplate(**said.model_dump(exclude={"effective_from"}))
    body.check()
    made = await work.letter_templates.add(code, body, said.effective_from or work.now)
    await work.audit("letter-template.put", f"letter-template:{code}", detail={"version": made.version})
    return made
