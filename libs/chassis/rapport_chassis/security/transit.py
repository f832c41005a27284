"""What may travel unencrypted: what stays on this machine, and nothing else unless the operator says so."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import PostgresDsn, TypeAdapter, ValidationError

_DSN: TypeAdapter[PostgresDsn] = TypeAdapter(PostgresDsn)


def on_this_machine(host: str) -> bool:
    """Whether a host of a URL is loopback, or the folder of a Unix socket."""
    name = unquote(host).strip("[]").rstrip(".").lower()
    if name == "localhost" or name.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def stays_here(url: str) -> bool:
    """Whether what is sent to this URL stays on this machine."""
    return on_this_machine(urlsplit(url).hostname or "")


def demand_https(url: str) -> None:
    """Raises ValueError for what is no URL of HTTP, and for http to another machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no address like https://experience.example.com")
    if parts.scheme == "http" and not stays_here(url):
        raise ValueError("is http, and not on this machine: everybody on the way could read and change it; give it https")


def database_hosts(url: str) -> list[str]:
    """The hosts of a PostgreSQL URL. Raises ValueError, which does not repeat the password, when it is none."""
    try:
        return [host["host"] or "" for host in _DSN.validate_python(url).hosts()]
    except ValidationError:
        raise ValueError("is no URL like postgresql://user:password@host/database") from None


def demand_verified(url: str) -> None:
    """Raises ValueError for a PostgreSQL URL that leaves this machine without `sslmode=verify-full`, or whose authority
    cannot be read. Of a parameter that stands twice the driver takes the last."""
    hosts = database_hosts(url)
    given = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    if given.get("sslmode") == "verify-full":
        authority = given.get("sslrootcert")
        if authority and not Path(authority).is_file():
            raise ValueError("names a file in sslrootcert that is not there")
    elif not all(map(on_this_machine, hosts)):
        raise ValueError(
            "leads to another machine without sslmode=verify-full: end it with"
            " ?sslmode=verify-full&sslrootcert=<file of the authority>, or say RAPPORT_PLAIN_DATABASE=allowed"
        )
