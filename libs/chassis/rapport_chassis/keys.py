"""The key files of an installation: master (wraps data keys), index (blind index), transport (sealed identifiers).

A file has one line for each version, `<version> <32 bytes in base64>`; the highest version is used for new data, the
others stay for reading until everything is rewrapped.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

KEY_BYTES = 32
HIGHEST_VERSION = 255
NAMES = ("master", "index", "transport")


class KeysUnusable(Exception):
    """The key files are missing, malformed, or not those of this database. The message names the file, never a key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All versions of one key."""

    name: str
    versions: dict[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        """The version for new data."""
        return max(self.versions)

    def get(self, version: int) -> bytes:
        """One version. Raises KeysUnusable when this installation does not have it."""
        try:
            return self.versions[version]
        except KeyError:
            raise KeysUnusable(
                f"version {version} of the {self.name} key is missing: it was used, so it must be kept"
            ) from None


@dataclass(frozen=True, slots=True)
class Keys:
    """What a service may use; a service that neither seals nor opens identifiers in transit needs no transport key."""

    master: KeyRing
    index: KeyRing
    transport: KeyRing | None = None

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read the files of `folder`. Raises KeysUnusable."""
        transport = _read(folder, "transport") if (folder / "transport.key").exists() else None
        return cls(_read(folder, "master"), _read(folder, "index"), transport)

    @classmethod
    def create(cls, folder: Path) -> Keys:
        """Make the files that are missing (readable by the owner alone) and load them. Existing ones are never touched."""
        create(folder, NAMES)
        return cls.load(folder)


def create(folder: Path, names: Sequence[str]) -> None:
    """Make those of these key files that are missing, readable by the owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in names:
        if not (folder / f"{name}.key").exists():
            _make(folder, name)


def _make(folder: Path, name: str) -> None:
    """Whole or not at all: a crash leaves no empty key file, and of two processes one makes it."""
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}-")  # readable by the owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"1 " + base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, folder / f"{name}.key")
    finally:
        Path(draft).unlink()


def _read(folder: Path, name: str) -> KeyRing:
    path = folder / f"{name}.key"
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnusable(f"{path} cannot be read ({type(error).__name__})") from None
    versions: dict[int, bytes] = {}
    for line in filter(None, (line.strip() for line in lines)):
        number, _, text = line.partition(" ")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            key = b""
        if (
            not number.isdigit()
            or not 0 < int(number) <= HIGHEST_VERSION
            or len(key) != KEY_BYTES
            or int(number) in versions
        ):
            raise KeysUnusable(f"{path} has a line that is not '<version 1-255> <{KEY_BYTES} bytes in base64>'")
        versions[int(number)] = key
    if not versions:
        raise KeysUnusable(f"{path} holds no key")
    return KeyRing(name, versions)
