"""`rapport secrets`: everything secret that the compose stack needs, made once, as files; certificates are renewed."""

from __future__ import annotations

import re
import secrets as random
from pathlib import Path
from typing import Annotated

import typer

from rapport_cli import broker_secrets
from rapport_cli.authority import Authority, good_until
from rapport_cli.output import console
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES

READABLE = 0o444
"""The files are handed to containers of another user; the folder around them is what keeps others out."""
SHARED = {"transport": ("interactions", "profiles"), "verifying": SERVICES, "signing": ("profiles",)}
"""Keys that are not each service's own, and whose they are: identifiers are handed from one to another, sealed; whose facts
destroy signs them, and all others see that it did."""
CERTIFIED = {"postgres": ("postgres", "localhost", "127.0.0.1"), "gateway": ("gateway", "localhost", "127.0.0.1")}
"""Servers that show a certificate, and the hosts as which they are reached inside the stack and on this machine."""
VERIFIED = "?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt"
"""How a service reads its database's certificate, in its container."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def secrets(
    folder: Annotated[Path, typer.Argument(help="Where the files go; existing ones stay, but for certificates.")],
    host: Annotated[
        str, typer.Option(envvar="RAPPORT_HOST", help="The name at which others reach the gateway, beside localhost.")
    ] = "",
) -> None:
    """Make passwords, database addresses, keys, certificates and the local issuer's key pair for the compose stack."""
    from rapport_chassis.security.issuer import LocalIssuer

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for password in ("postgres_password", "grafana_password"):
        _once(folder / password, random.token_urlsafe(32))
    authority = _certified(folder, host)
    for service in SERVICES:
        _database(folder / "databases" / service, f"rapport_{service}", authority.certificate)
        _owner(folder / "owners" / service, f"rapport_{service}", authority.certificate)
    _keys(folder / "keys")
    broker_secrets.make(folder / "kafka", authority)
    LocalIssuer(folder / "issuer")
    console.print(f"Secrets are in {folder}. Keep a copy of keys/: without them what is encrypted stays so.")


def _owner(own: Path, role: str, authority: Path) -> None:
    """What the job that migrates needs: the owner's address, and the name of the service's role. No service sees it."""
    own.mkdir(parents=True, exist_ok=True)
    password = _once(own / "password", random.token_urlsafe(32))
    _once(own / "rapport_owner_database_url", f"postgresql://{role}_owner:{password}@postgres:5432/{role}{VERIFIED}")
    _once(own / "rapport_database_url", f"postgresql://{role}@postgres:5432/{role}{VERIFIED}")
    _replace(own / "ca.crt", authority.read_text())


def _certified(folder: Path, host: str) -> Authority:
    """The authority, and a certificate with time left for every server; says until when each of them is good."""
    if host and not _HOST.fullmatch(host):
        raise CommandError("RAPPORT_HOST is one name like rapport.example.com, in lower case", USAGE)
    try:
        authority = Authority(folder / "authority", readable=READABLE)
        for server, names in CERTIFIED.items():
            own = folder / "certificates" / server
            also = [host] if host and server == "gateway" else []
            made = authority.server(server, [*names, *also], into=own)
            (own / f"{server}.key").chmod(READABLE)
            end = good_until(own / f"{server}.crt")
            console.print(f"Certificate of {server}: {'made, ' if made else ''}good until {end:%Y-%m-%d}")
    except (OSError, ValueError) as error:
        raise CommandError(f"certificates: {error}") from None
    return authority


def _database(own: Path, role: str, authority: Path) -> None:
    """What a service needs to open its database. An address that was written before there were certificates gets them."""
    own.mkdir(parents=True, exist_ok=True)
    password = _once(own / "password", random.token_urlsafe(32))
    plain = f"postgresql://{role}:{password}@postgres:5432/{role}"
    if _once(own / "rapport_database_url", plain + VERIFIED) == plain:
        _replace(own / "rapport_database_url", plain + VERIFIED)
    _replace(own / "ca.crt", authority.read_text())


def _keys(folder: Path) -> None:
    """A folder of keys for each service. Those that services share are made in the folder above and handed on; so are the
    keys that lie there from before services had their own."""
    from rapport_chassis.keys import create

    create(folder, ["transport", "signing"])
    for service in SERVICES:
        own = folder / service
        own.mkdir(exist_ok=True)
        for before in (folder / "master.key", folder / "index.key"):
            if before.exists():
                _once(own / before.name, before.read_text())
        create(own, ["master", "index"])
        for name, whose in SHARED.items():
            if service in whose:
                _replace(own / f"{name}.key", (folder / f"{name}.key").read_text())
        for key in own.glob("*.key"):
            key.chmod(READABLE)


def _once(path: Path, value: str) -> str:
    if not path.exists():
        _replace(path, value)
    return path.read_text()


def _replace(path: Path, value: str) -> None:
    """Whole or not at all, and only when it changes: a container may be reading it."""
    if path.exists() and path.read_text() == value:
        return
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    draft.write_text(value)
    draft.chmod(READABLE)
    draft.replace(path)
