"""Whether a history is what was written: its chain, its words, and what the audit trail says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from rapport_kernel.chain import CUT, Broken, Head, Link, check, digest
from rapport_kernel.history import AggregateWithHistory
from sqlalchemy import select, text

from rapport_chassis.chains import Chains
from rapport_chassis.commands import NOTE, SALT
from rapport_chassis.histories import HistoryStore, StoredEntry, history, history_heads
from rapport_chassis.vault import Box, Damaged
from rapport_chassis.work import Work

A = TypeVar("A", bound=AggregateWithHistory)
WORDS_CHANGED, NOT_AS_AUDITED = "words-changed", "differs-from-audit"
"""Why a row is wrong although its chain holds: its words are not those of its digest; the audit trail has another hash."""


@dataclass(frozen=True, slots=True)
class SealedText:
    """Words of a row as they are stored, with the places that they and their salt are sealed for."""

    places: tuple[str, str]
    words: bytes | None
    salt: bytes | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One row of the history with its link; `texts` are its note and the words of its parts, `parts` the rows of those."""

    link: Link
    entry: StoredEntry
    texts: tuple[SealedText, ...]
    parts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class History:
    """The rows in order of their numbers, the end of the chain as it is kept apart from them, and what the audit trail says
    of each row: its id and hash, in the order in which they were entered."""

    rows: list[SealedEntry]
    head: Head | None
    audited: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the first row that is wrong; None: the history is intact. `words` were checked against their digests;
    `unchecked` were erased. `audited` rows stand in the audit trail."""

    rows: int
    head: Head | None
    words: int
    unchecked: int
    audited: int
    broken: Broken | None


async def read_history(work: Work, store: type[HistoryStore[Any]], subject_id: UUID) -> History:
    """The whole history; three statements, and one more where entries have parts, whatever its length."""
    kept = work.store(store)
    parts = await kept.parts.load(work, subject_id) if kept.parts is not None else {}
    query = select(history).where(history.c.subject_id == subject_id).order_by(history.c.seq)
    rows = [_sealed(kept, row, parts.get(row["id"], [])) for row in (await work.connection.execute(query)).mappings()]
    head = await Chains(work, history, history_heads, "subject_id").head(subject_id)
    audited = await work.connection.execute(_AUDITED, {"subject": f"{kept.name}:{subject_id}"})
    return History(rows, head, {row.move_id: row.hash for row in audited})


async def verify_history(work: Work, store: type[HistoryStore[A]], subject_id: UUID) -> Verdict:
    """Compute every link anew; audited. Raises NotFound."""
    kept = work.store(store)
    aggregate = await kept.get(subject_id)
    found = await read_history(work, store, subject_id)
    box = await work.vault.open_for([aggregate.note_key], create=False)
    verdict = judge(subject_id, found, box, aggregate.note_key)
    detail = {"rows": verdict.rows, "broken": verdict.broken.seq if verdict.broken else None}
    await work.audit(f"{kept.name}.history-verify", f"{kept.name}:{subject_id}", detail=detail)
    return verdict


def judge(subject_id: UUID, found: History, box: Box, key: UUID) -> Verdict:
    """The same of a history that was read; `box` holds the keys of its words, which `key` names."""
    held = [(row.link.seq, _holds(box, key, each)) for row in found.rows for each in row.texts]
    wrong = [Broken(seq, WORDS_CHANGED) for seq, holds in held if holds is False]
    faults = [
        check(subject_id, (row.link for row in found.rows), found.head),
        next(iter(wrong), None),
        _against_audit(found),
    ]
    return Verdict(
        rows=len(found.rows),
        head=found.head,
        words=sum(holds is not None for _, holds in held),
        unchecked=sum(holds is None for _, holds in held),
        audited=len(found.audited),
        broken=min((each for each in faults if each is not None), key=lambda each: each.seq, default=None),
    )


def _sealed(kept: HistoryStore[Any], row: Mapping[Any, Any], parts: list[Mapping[str, Any]]) -> SealedEntry:
    texts = [SealedText((NOTE, SALT), row["note"], row["salt"], row["digest"])]
    if kept.parts is not None:
        texts += [SealedText(kept.parts.places, part["words"], part["salt"], part["digest"]) for part in parts]
    return SealedEntry(
        Link(row["seq"], row["hash"], kept.content(row, parts)),
        StoredEntry(**{name: row[name] for name in StoredEntry.__slots__}),
        tuple(_there(texts)),
        tuple(parts),
    )


def _there(texts: list[SealedText]) -> Iterator[SealedText]:
    return (each for each in texts if each.words is not None or each.digest is not None)


def _holds(box: Box, key: UUID, sealed: SealedText) -> bool | None:
    """Whether words are those of their digest; None: nobody can say, they were erased."""
    if box.erased(key):
        return None
    place, salt_place = sealed.places
    try:
        clear, salt = box.read(key, place, sealed.words), box.read(key, salt_place, sealed.salt)
        return clear is not None and salt is not None and digest(bytes.fromhex(salt), clear) == sealed.digest
    except (Damaged, ValueError):
        return False


def _against_audit(found: History) -> Broken | None:
    rows = {str(row.entry.id): row.link for row in found.rows}
    for move_id, expected in found.audited.items():
        link = rows.get(move_id)
        if link is None:
            return Broken(len(found.rows) + 1, CUT)
        if link.hash.hex() != expected:
            return Broken(link.seq, NOT_AS_AUDITED)
    return None


_AUDITED = text(
    """
    SELECT detail->>'move_id' AS move_id, detail->>'hash' AS hash FROM audit
    WHERE subject = :subject AND detail->>'hash' IS NOT NULL AND detail->>'move_id' IS NOT NULL ORDER BY seq
    """
)
