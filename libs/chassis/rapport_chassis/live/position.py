"""How far somebody has heard: the next offset of each partition, as a short text.

It holds nothing secret and gives no right: what can be read from any position is what the caller may hear anyway. So it is
not signed; whoever makes one up is told to load anew, or hears again what they may hear.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

_FORM = b"\x01"
"""Of the bytes below; with another form a position of today is not understood, which costs a client one load."""
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,400}")
_MOST = 2**63
_MORE, _LOW = 0x80, 0x7F


def written(offsets: Sequence[int]) -> str:
    """The text of a position: each offset in as few bytes as it needs."""
    found = bytearray(_FORM)
    for offset in offsets:
        left = offset
        while left > _LOW:
            found.append(left & _LOW | _MORE)
            left >>= 7
        found.append(left)
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()


def read(text: str) -> list[int] | None:
    """The offsets of a position; None for a text that is none."""
    if not _TEXT.fullmatch(text):
        return None
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    if not found.startswith(_FORM) or found[-1] & _MORE:
        return None
    offsets = list(_offsets(found[len(_FORM) :]))
    return offsets if offsets and max(offsets) < _MOST else None


def _offsets(found: bytes) -> Iterator[int]:
    offset = shift = 0
    for each in found:
        offset |= (each & _LOW) << shift
        shift += 7
        if not each & _MORE:
            yield offset
            offset = shift = 0
