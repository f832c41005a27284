"""Check a saved dossier offline: its chain, its texts against their digests, its checksum. Asks no service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from rapport_kernel.chain import DIGEST_BYTES, Broken, Head, Link, check, digest, document_digest

FORMAT = "rapport-dossier/1"
_CLEAR, _MASK = 4, "***"
"""The level of a dossier in which nothing is masked, and what stands for a number elsewhere."""
WORDS_CHANGED, DOCUMENT_CHANGED = "words-changed", "document-changed"
"""Why a file is wrong although its chain holds: a text is not that of its digest; what is beside the history was changed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `broken` names the first row that is wrong, or row 0 when it is the document around them. `words` were
    checked; `unchecked` could not be, because the file does not hold them (masked, erased) or they are older than the chain.
    That rows were cut off with the head put back shows only against the service."""

    rows: int
    words: int
    unchecked: int
    head: Head | None
    broken: Broken | None
    sha256: str

    def plain(self) -> dict[str, Any]:
        """As the service answers."""
        head = None if self.head is None else {"seq": self.head.seq, "hash": self.head.hash.hex()}
        broken = None if self.broken is None else asdict(self.broken)
        counts = {"rows": self.rows, "words": self.words, "unchecked": self.unchecked}
        return {"intact": broken is None, "broken": broken, **counts, "head": head, "sha256": self.sha256}


def check_file(document: Any) -> Checked | None:
    """Check a dossier as it was saved. None: this is no dossier."""
    try:
        if document["format"] != FORMAT:
            return None
        history = document["history"]
        subject = UUID(history["subject"])
        rows = [_Row.of(row) for row in history["rows"]]
        head = history["head"] and Head(int(history["head"]["seq"]), bytes.fromhex(history["head"]["hash"]))
        held = [(row.link.seq, holds) for row in rows for holds in row.words(masked=document.get("level") != _CLEAR)]
        made, claimed = document_digest(document), document["sha256"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    wrong = [Broken(seq, WORDS_CHANGED) for seq, holds in held if holds is False]
    found = [each for each in (check(subject, (row.link for row in rows), head or None), *wrong[:1]) if each is not None]
    if not found and (made != claimed or subject != UUID(str(document["complaint"]["id"]))):
        found = [Broken(0, DOCUMENT_CHANGED)]
    return Checked(
        rows=len(rows),
        words=sum(holds is not None for _, holds in held),
        unchecked=sum(holds is None for _, holds in held),
        head=head or None,
        broken=min(found, key=lambda each: each.seq, default=None),
        sha256=made,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    link: Link
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> _Row:
        return cls(Link(int(row["seq"]), bytes.fromhex(row["hash"]), dict(row["content"])), row)

    def words(self, *, masked: bool) -> Iterator[bool | None]:
        """Whether each text is that of its digest; None: it cannot be told. A text without a digest is wrong. `masked`: what
        has something masked in it has no salt, by which that could be guessed."""
        content = self.link.content
        yield from _hold(self.raw["note"], self.raw["salt"], content["note"], masked)
        texts = {each["id"]: each for each in self.raw["words"]}
        for each in content["found"]:
            text = texts.pop(each["id"], {"text": None, "salt": None})
            yield from _hold(text["text"], text["salt"], each["words"], masked)
        yield from (False for _ in texts)


def _hold(text: str | None, salt: str | None, expected: str | None, masked: bool) -> Iterator[bool | None]:
    if expected is None:
        yield from [False] * (text is not None)
    elif text is None or len(expected) != 2 * DIGEST_BYTES:
        yield None
    elif salt is None:
        yield None if masked and _MASK in text else False
    else:
        yield digest(bytes.fromhex(salt), text).hex() == expected
