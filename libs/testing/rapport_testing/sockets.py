"""The guard of the tests: no socket to anywhere but this machine."""

from __future__ import annotations

import ipaddress
import sys

LOCAL_NAMES = {"", "localhost", "ip6-localhost", "0.0.0.0", "::"}  # noqa: S104 - compared with, never listened on
WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
_guarding = False
_installed = False


class OutsideRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def guard() -> None:
    """Refuse from now on. Python's own audit events are watched, so subclasses of socket and asyncio are covered."""
    global _guarding, _installed  # noqa: PLW0603 - an audit hook is a thing of the process and cannot be removed
    _guarding = True
    if not _installed:
        sys.addaudithook(_look)
        _installed = True


def release() -> None:
    """Allow again."""
    global _guarding  # noqa: PLW0603 - see guard
    _guarding = False


def _look(event: str, args: tuple[object, ...]) -> None:
    if not _guarding or event not in WATCHED:
        return
    where = args[1] if event in {"socket.connect", "socket.sendto", "socket.sendmsg"} else args
    if isinstance(where, tuple) and where and not is_local(where[0]):
        raise OutsideRefusedError(f"a test tried to reach {where[0]!r}; tests stay on this machine")


def is_local(host: object) -> bool:
    """Whether a host (name or address, str, bytes or None) is this machine."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if name is None or (isinstance(name, str) and name in LOCAL_NAMES):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False
