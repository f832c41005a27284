"""What a backup says of itself. It is written last: a folder without it is no backup."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rapport_cli.problems import CommandError

NAME = "manifest.json"
Offsets = dict[str, dict[int, int]]
"""Next offset by topic and partition."""


class Dump(BaseModel):
    """One database: the state of one moment, `at` (UTC, of the database), with these revisions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    revisions: list[str]
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class LogTopic(BaseModel):
    """A topic as it was: its id, which another topic of the name does not have, and the next offset of each partition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    ends: dict[int, int]


class Manifest(BaseModel):
    """The whole. `groups` is what each consumer group had read, `topics` where the log ended; both before the dumps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    version: str
    began_at: datetime
    ended_at: datetime
    groups: dict[str, Offsets]
    topics: dict[str, LogTopic]
    databases: dict[str, Dump]

    def write(self, folder: Path) -> None:
        """Whole or not at all."""
        draft = folder / f".{NAME}.draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / NAME)
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises CommandError for a folder that holds no whole backup of a kind that this version knows."""
        try:
            return cls.model_validate_json((folder / NAME).read_bytes())
        except FileNotFoundError:
            raise CommandError(f"{folder}: no {NAME}, so this is no backup, or one that was cut off") from None
        except OSError as error:
            raise CommandError(f"{folder}: {NAME} cannot be read ({error.strerror})") from None
        except ValidationError:
            raise CommandError(f"{folder}: {NAME} is damaged, or of a version that this one does not know") from None


def dump_file(folder: Path, service: str) -> Path:
    """Where the dump of a service's database is."""
    return folder / f"{service}.dump"


def sha256(file: Path) -> str:
    """Of its content, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_files(folder: Path, manifest: Manifest) -> list[str]:
    """What is not as the manifest says, a sentence each; nothing when all is."""
    wrong = []
    for service, dump in manifest.databases.items():
        file = dump_file(folder, service)
        try:
            if file.stat().st_size != dump.bytes:
                wrong.append(f"{file.name} has {file.stat().st_size} bytes, and had {dump.bytes}")
            elif sha256(file) != dump.sha256:
                wrong.append(f"{file.name} is not what was written: its SHA-256 differs")
        except OSError as error:
            wrong.append(f"{file.name} cannot be read ({error.strerror})")
    return wrong
