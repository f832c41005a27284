"""Files about a complaint. They lie elsewhere: only where, what they are and their checksum is kept, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import UUID

from rapport_contracts.complaints import correspondence as facts
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Sealed

LARGEST = 2 * 1024**3
"""Bytes of a file."""
SCHEMES: Mapping[str, bool] = MappingProxyType({"https": True, "s3": True, "oss": True, "urn": False})
"""How a reference may begin, and whether it names a host: places that ask who comes, and names that are no place."""
_REFERENCE = re.compile(r"[\x21-\x7e]+")


class ContentType(StrEnum):
    """What may be attached: pictures, documents, recordings. Nothing that a browser would run."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    PDF = "application/pdf"
    TEXT = "text/plain"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    EML = "message/rfc822"
    MP3 = "audio/mpeg"
    MP4_AUDIO = "audio/mp4"
    OGG = "audio/ogg"
    WAV = "audio/wav"
    MP4 = "video/mp4"


@dataclass(kw_only=True)
class Attachment(Aggregate):
    """One file. `reference` and `name` are sealed under the key of the complaint's subject; `sha256` is the checksum of its
    bytes, and one file is attached to a complaint once."""

    complaint_id: UUID
    kind: str
    content_type: str
    size_bytes: int
    sha256: bytes
    reference: Sealed
    name: Sealed | None
    added_at: datetime
    by: str

    def add(self, customer_id: UUID | None) -> None:
        """Publish that it was attached."""
        self._emit(facts.AttachmentAdded, customer_id=customer_id)


def check_reference(reference: str) -> None:
    """Raises Invalid for what is no reference to a file: `reference-malformed`, `reference-scheme`,
    `reference-credentials` (a reference is kept for years, a password in it as well)."""
    if not _REFERENCE.fullmatch(reference):
        raise Invalid.at("reference", "reference-malformed")
    try:
        parts = urlsplit(reference)
        host = parts.hostname
    except ValueError:
        raise Invalid.at("reference", "reference-malformed") from None
    if parts.scheme not in SCHEMES:
        raise Invalid.at("reference", "reference-scheme", known=list(SCHEMES))
    if "@" in parts.netloc:
        raise Invalid.at("reference", "reference-credentials")
    if bool(host) != SCHEMES[parts.scheme] or not parts.path.strip("/"):
        raise Invalid.at("reference", "reference-malformed")
