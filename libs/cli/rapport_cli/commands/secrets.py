"""`rapport secrets`: everything secret that the compose stack needs, made once, as files."""

from __future__ import annotations

import secrets as random
from pathlib import Path
from typing import Annotated

import typer

from rapport_cli.output import console
from rapport_cli.services import SERVICES

READABLE = 0o444
"""The files are handed to containers of another user; the folder around them is what keeps others out."""


def secrets(folder: Annotated[Path, typer.Argument(help="Where the files go; existing ones are never touched.")]) -> None:
    """Make passwords, database addresses, keys and the local issuer's key pair for the compose stack."""
    from rapport_chassis.keys import Keys
    from rapport_chassis.security.issuer import LocalIssuer

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _once(folder / "postgres_password", random.token_urlsafe(32))
    for service in SERVICES:
        own, role = folder / "databases" / service, f"rapport_{service}"
        own.mkdir(parents=True, exist_ok=True)
        password = _once(own / "password", random.token_urlsafe(32))
        _once(own / "rapport_database_url", f"postgresql://{role}:{password}@postgres:5432/{role}")
        _owner(folder / "owners" / service, role)
    Keys.create(folder / "keys")
    for key in (folder / "keys").glob("*.key"):
        key.chmod(READABLE)
    LocalIssuer(folder / "issuer")
    console.print(f"Secrets are in {folder}. Keep a copy of keys/: without them what is encrypted stays so.")


def _owner(own: Path, role: str) -> None:
    """What the job that migrates needs: the owner's address, and the name of the service's role. No service sees it."""
    own.mkdir(parents=True, exist_ok=True)
    password = _once(own / "password", random.token_urlsafe(32))
    _once(own / "rapport_owner_database_url", f"postgresql://{role}_owner:{password}@postgres:5432/{role}")
    _once(own / "rapport_database_url", f"postgresql://{role}@postgres:5432/{role}")


def _once(path: Path, value: str) -> str:
    if not path.exists():
        path.write_text(value)
        path.chmod(READABLE)
    return path.read_text()
