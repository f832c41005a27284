"""Which pages of other origins may call us from a browser (the setting `allowed_origins`)."""

from __future__ import annotations

import re

LOOPBACK = "http://localhost:*,http://127.0.0.1:*"
"""For a local run: a development server on any port of this machine."""
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::(?P<port>[1-9][0-9]{0,4}|\*))?"
)
_LOOPBACK_HOSTS = frozenset(("localhost", "127.0.0.1", "[::1]"))
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_PORT = re.compile(r":[1-9][0-9]{0,4}")


def read_origins(text: str) -> tuple[str, ...]:
    """The origins in a list with commas, as browsers send them in `Origin` (RFC 6454): scheme, host, port unless it is the
    default one; `*` as the port of a loopback host stands for any port. Raises ValueError for anything else."""
    return tuple(_read_one(each.strip()) for each in text.split(",") if each.strip())


def _read_one(text: str) -> str:
    if text == "*":
        raise ValueError("* would let every page in the world call; name the origins, with commas between them")
    found = _ORIGIN.fullmatch(text)
    if found is None or (found["port"] or "").rjust(5, "0") > "65535":
        raise ValueError("an origin is like https://desk.example.com or http://10.0.0.5:8081: lower case, no path, no slash")
    if found["port"] == "*" and found["host"] not in _LOOPBACK_HOSTS:
        raise ValueError("only localhost, 127.0.0.1 and [::1] may have * as their port")
    if found["port"] == _DEFAULT_PORTS[found["scheme"]]:
        raise ValueError("a browser leaves the default port out of an origin; so must the setting")
    return text


class Origins:
    """A set of origins. `origins`: as `read_origins` gives them."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        """Made once for an app."""
        self._exact = frozenset(each for each in origins if not each.endswith(":*"))
        self._any_port = tuple(each.removesuffix(":*") for each in origins if each.endswith(":*"))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._exact or self._any_port)

    def __contains__(self, origin: str) -> bool:
        """Whether a page of this origin may call."""
        return origin in self._exact or any(
            origin == base or (origin.startswith(base) and _PORT.fullmatch(origin, len(base)) is not None)
            for base in self._any_port
        )
