"""Say whether the history of a complaint is what was written: its chain, its words, and what the audit trail says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.vault import Box, Damaged
from rapport_kernel.chain import CUT, DIGEST_BYTES, Broken, Head, check, digest

from rapport_complaints.cases.usecases.command import NOTE, SALT
from rapport_complaints.dossiers.store.histories import History, Sealed, read_history
from rapport_complaints.finding.usecases.record_step import FOUND, FOUND_SALT
from rapport_complaints.work import ComplaintsWork

WORDS_CHANGED, NOT_AS_AUDITED = "words-changed", "differs-from-audit"
"""Why a row is wrong although its chain holds: its words are not those of its digest; the audit trail has another hash."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the first row that is wrong; None: the history is intact. `words` were checked against their digests;
    `unchecked` could not be: they were erased, or are older than the chain. `audited` rows stand in the audit trail."""

    rows: int
    head: Head | None
    words: int
    unchecked: int
    audited: int
    broken: Broken | None


async def verify_history(work: ComplaintsWork, complaint_id: UUID) -> Verdict:
    """Reckon every link anew. Raises NotFound."""
    complaint = await work.complaints.get(complaint_id)
    history = await read_history(work, complaint_id)
    box = await work.vault.open_for([complaint.keyed_by], create=False)
    verdict = judge(complaint_id, history, box, complaint.keyed_by)
    detail = {"rows": verdict.rows, "broken": verdict.broken.seq if verdict.broken else None}
    await work.audit("complaint.history-verify", f"complaint:{complaint_id}", detail=detail)
    return verdict


def judge(complaint_id: UUID, history: History, box: Box, key: UUID) -> Verdict:
    """The same of a history that was read; `box` holds the keys of its words, which `key` names."""
    held = [(row.link.seq, _holds(box, key, words)) for row in history.rows for words in _words(row)]
    wrong = [Broken(seq, WORDS_CHANGED) for seq, holds in held if holds is False]
    found = [
        check(complaint_id, (row.link for row in history.rows), history.head),
        next(iter(wrong), None),
        _against_audit(history),
    ]
    return Verdict(
        rows=len(history.rows),
        head=history.head,
        words=sum(holds is not None for _, holds in held),
        unchecked=sum(holds is None for _, holds in held),
        audited=len(history.audited),
        broken=min((each for each in found if each is not None), key=lambda each: each.seq, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of a row with the places that they and their salt are sealed for."""

    places: tuple[str, str]
    sealed: bytes | None
    salt: bytes | None
    expected: bytes | None


def _words(row: Sealed) -> Iterator[_Words]:
    if row.past.note is not None or row.digest is not None:
        yield _Words((NOTE, SALT), row.past.note, row.salt, row.digest)
    for piece in row.pieces:
        if piece.words is not None or piece.digest is not None:
            yield _Words((FOUND, FOUND_SALT), piece.words, piece.salt, piece.digest)


def _holds(box: Box, key: UUID, words: _Words) -> bool | None:
    """Whether words are those of their digest; None: nobody can say, they were erased, or sealed as they stood."""
    if words.expected is not None and (box.erased(key) or len(words.expected) != DIGEST_BYTES):
        return None
    place, salt_place = words.places
    try:
        clear, salt = box.read(key, place, words.sealed), box.read(key, salt_place, words.salt)
        return clear is not None and salt is not None and digest(bytes.fromhex(salt), clear) == words.expected
    except (Damaged, ValueError):
        return False


def _against_audit(history: History) -> Broken | None:
    rows = {str(row.past.id): row.link for row in history.rows}
    for move_id, expected in history.audited.items():
        link = rows.get(move_id)
        if link is None:
            return Broken(len(history.rows) + 1, CUT)
        if link.hash.hex() != expected:
            return Broken(link.seq, NOT_AS_AUDITED)
    return None
