"""The key files of an installation. For all services: master (wraps data keys), index (blind index), verifying (public keys
of what is signed). Transport (sealed identifiers) for Interactions and Profiles, signing for Profiles alone.

A file has one line for each version, `<version> <32 bytes in base64>`, and behind that, where wanted, the time from which it
is used for new data: `2 <32 bytes> 2026-03-01T02:00:00Z`. The highest version whose time has come is used for new data, the
others stay for reading until nothing is under them any more. A time gives all processes time to learn of a new version
before the first of them uses it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rapport_kernel.errors import Unavailable

KEY_BYTES = 32
HIGHEST_VERSION = 255
NAMES = ("master", "index", "transport", "signing")
"""Those that are made of random bytes; the verifying keys are reckoned from the signing keys."""
_PARTS = 2, 3


class KeysUnusable(Exception):
    """The key files are missing, malformed, or not those of this database. The message names the file, never a key."""


class KeyNotKnownYet(KeysUnusable, Unavailable):
    """Something is under a newer version than this process has: it passes once the process was started again with today's
    key files, so a consumer holds, and a caller is told to try again."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All versions of one key. `used_from`: from when a version is for new data, of those that have a time."""

    name: str
    versions: dict[int, bytes] = field(repr=False)
    used_from: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The version for new data now."""
        if not self.used_from:
            return max(self.versions)
        now = datetime.now(UTC)
        return max(version for version in self.versions if version not in self.used_from or self.used_from[version] <= now)

    @property
    def older(self) -> list[int]:
        """The versions below that, which stay for reading."""
        newest = self.newest
        return sorted(version for version in self.versions if version < newest)

    def get(self, version: int) -> bytes:
        """One version. Raises KeyNotKnownYet for one above all that this installation has, KeysUnusable for another one
        that it does not have."""
        try:
            return self.versions[version]
        except KeyError:
            raise self.missing(version) from None

    def missing(self, version: int) -> KeysUnusable:
        """What is wrong when something is under this version, and it is not there."""
        says = f"version {version} of the {self.name} key is missing: it was used, so it must be kept"
        if version > max(self.versions):
            return KeyNotKnownYet("key-not-known-yet", message=says)
        return KeysUnusable(says)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a service may use; a service that neither seals nor opens identifiers in transit needs no transport key, and only
    the one that signs has the signing key."""

    master: KeyRing
    index: KeyRing
    transport: KeyRing | None = None
    verifying: KeyRing | None = None
    signing: KeyRing | None = None

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read the files of `folder`. Raises KeysUnusable."""
        others = [_read(folder, name) if path_of(folder, name).exists() else None for name in _IF_THERE]
        return cls(_read(folder, "master"), _read(folder, "index"), *others)

    @classmethod
    def create(cls, folder: Path) -> Keys:
        """Make the files that are missing and load them, see `create`."""
        create(folder, NAMES)
        return cls.load(folder)


def create(folder: Path, names: Sequence[str]) -> None:
    """Make those of these key files that are missing, readable by the owner alone. What is in one is never touched; of
    signing keys that came since, the public part is added to the verifying keys."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in names:
        if not path_of(folder, name).exists():
            _write(folder, name, [_line(1, os.urandom(KEY_BYTES))], over=False)
    if "signing" in names:
        _publish(folder)


_IF_THERE = ("transport", "verifying", "signing")


def path_of(folder: Path, name: str) -> Path:
    """The file of this key."""
    return folder / f"{name}.key"


def add_version(folder: Path, name: str, used_from: datetime) -> int:
    """A new version of this key behind those that are there, for new data from then on. Returns its number. Raises
    KeysUnusable, also when there is no number left."""
    ring = _read(folder, name)
    version = max(ring.versions) + 1
    if version > HIGHEST_VERSION:
        raise KeysUnusable(f"{path_of(folder, name)} has version {HIGHEST_VERSION}, the last one that there can be")
    before = path_of(folder, name).read_text(encoding="ascii").splitlines()
    _write(folder, name, [*before, _line(version, os.urandom(KEY_BYTES), used_from)])
    if name == "signing":
        _publish(folder)
    return version


def _publish(folder: Path) -> None:
    """Add the public part of each signing key to the verifying keys."""
    signing = _read(folder, "signing").versions
    path = path_of(folder, "verifying")
    there = _read(folder, "verifying").versions if path.exists() else {}
    missing = [version for version in sorted(signing) if version not in there]
    if missing:
        before = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        public = [Ed25519PrivateKey.from_private_bytes(signing[one]).public_key().public_bytes_raw() for one in missing]
        _write(folder, "verifying", [*before, *map(_line, missing, public)])


def _line(version: int, key: bytes, used_from: datetime | None = None) -> str:
    at = f" {used_from.astimezone(UTC).isoformat(timespec='seconds')}" if used_from is not None else ""
    return f"{version} {base64.b64encode(key).decode()}{at}"


def _write(folder: Path, name: str, lines: list[str], *, over: bool = True) -> None:
    """Whole or not at all: a crash leaves no empty key file. Without `over` one that is there stays: of two processes that
    make it, one does."""
    path = path_of(folder, name)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}-")  # readable by the owner alone
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        if over and path.exists():
            Path(draft).chmod(path.stat().st_mode & 0o777)
        if over:
            Path(draft).replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _read(folder: Path, name: str) -> KeyRing:
    path = path_of(folder, name)
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnusable(f"{path} cannot be read ({type(error).__name__})") from None
    ring = KeyRing(name, {}, used_from := {})
    for parts in filter(None, (line.split() for line in lines)):
        try:
            number, key, at = _parsed(parts)
        except ValueError:
            number, key, at = 0, b"", None
        if not 0 < number <= HIGHEST_VERSION or len(key) != KEY_BYTES or number in ring.versions:
            raise KeysUnusable(
                f"{path} has a line that is not '<version 1-255> <{KEY_BYTES} bytes in base64>', with or without a time"
            )
        ring.versions[number] = key
        if at is not None:
            used_from[number] = at
    if not ring.versions:
        raise KeysUnusable(f"{path} holds no key")
    if not any(version not in used_from or used_from[version] <= datetime.now(UTC) for version in ring.versions):
        raise KeysUnusable(f"{path} holds no key that is used yet")
    return ring


def _parsed(parts: list[str]) -> tuple[int, bytes, datetime | None]:
    """Raises ValueError."""
    if len(parts) not in _PARTS or not parts[0].isdigit():
        raise ValueError
    at = datetime.fromisoformat(parts[2]) if len(parts) > _PARTS[0] else None
    if at is not None and at.tzinfo is None:
        raise ValueError
    try:
        return int(parts[0]), base64.b64decode(parts[1], validate=True), at
    except binascii.Error:
        raise ValueError from None
