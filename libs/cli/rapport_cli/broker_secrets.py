"""What the broker of the compose stack and its users need, as files: a folder for each, so that a container sees its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from rapport_cli.authority import Authority
from rapport_cli.local.kafka import ADMINISTRATOR, administrator_jaas
from rapport_cli.services import SERVICES

READABLE = 0o444
"""The files are handed to containers of another user; the folder above is what keeps others out."""
REACHED_AS = ("kafka", "localhost", "127.0.0.1")
"""Inside the stack, and at the port that it publishes on this machine."""


def make(folder: Path, authority: Authority) -> None:
    """`broker/` is what the broker reads; every other folder is named as a user and holds the settings of who comes as it.
    Passwords stay as they are; the certificate is renewed."""
    from rapport_chassis.broker import ROLES
    from rapport_chassis.rights import OPERATOR, user_of

    administrator = _user(folder, ADMINISTRATOR, authority)
    _put(folder / ADMINISTRATOR / "rapport_kafka_mechanism", "PLAIN")
    for user in [OPERATOR, *(user_of(service, role) for service in SERVICES for role in ROLES)]:
        _user(folder, user, authority)
    authority.server("kafka", REACHED_AS)
    key, chain = ((authority.folder / f"kafka.{part}").read_text() for part in ("key", "crt"))
    _put(folder / "broker" / "broker.pem", key + chain)
    _put(folder / "broker" / "broker.properties", f"administrator={administrator_jaas(administrator)}\n")


def _user(folder: Path, user: str, authority: Authority) -> str:
    """The password, made on first use."""
    own = folder / user
    own.mkdir(parents=True, exist_ok=True)
    kept = own / "rapport_kafka_password"
    password = kept.read_text() if kept.exists() else secrets.token_urlsafe(32)
    _put(own / "rapport_kafka_user", user)
    _put(kept, password)
    _put(own / "ca.crt", authority.certificate.read_text())
    return password


def _put(path: Path, text: str) -> None:
    """Whole or not at all, and only what is new: a container may be reading it."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.chmod(READABLE)
    draft.replace(path)
