"""Read a letter; every look is audited (S113, S116)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from uuid import UUID

from rapport_chassis.security.masking import mask_name
from rapport_chassis.security.scopes import Level
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.correspondence.domain.letters import Letter
from rapport_complaints.correspondence.store.correspondence import Letters
from rapport_complaints.correspondence.store.letters import SealedLetter
from rapport_complaints.correspondence.usecases.issue_letter import ADDRESSEE, BODY, SUBJECT


@dataclass(frozen=True, slots=True)
class LetterTexts:
    """A letter in clear; None once the customer is erased."""

    subject: str | None
    body: str | None


async def read_letter(work: Work, complaint_id: UUID, letter_id: UUID) -> tuple[Letter, LetterTexts]:
    """The letter and its texts; below level 4 the addressee's name in them is masked. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    letter = await work.store(Letters).get(letter_id)
    if letter.complaint_id != complaint_id:
        raise NotFound
    key, level = complaint.keyed_by, work.actor.level
    box = await work.vault.open_for([key], create=False)
    await work.audit("letter.read", f"complaint:{complaint_id}", detail={"letter_id": str(letter_id), "level": level})
    return letter, texts_of(box, key, letter, level)


def texts_of(box: Box, key: UUID, letter: Letter | SealedLetter, level: int) -> LetterTexts:
    """The texts of a letter as `level` may see them; `box` holds the keys of `key`. Raises Damaged."""
    name = box.read(key, ADDRESSEE, letter.addressee)
    texts = [box.read(key, SUBJECT, letter.subject), box.read(key, BODY, letter.body)]
    if name and level < Level.CLEAR:
        texts = [None if text is None else _without(name, text, level) for text in texts]
    return LetterTexts(*texts)


def _without(name: str, text: str, level: int) -> str:
    """The text with the name masked, plain, escaped, in capitals or not."""
    mask = mask_name(name.strip(), level)
    for written in {name.strip(), escape(name.strip())}:
        text = re.sub(re.escape(written), lambda _: mask, text, flags=re.IGNORECASE)
    return text
