"""An answer on its way out: status, headers, bytes. Headers are checked here once, whoever made them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Send

_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(slots=True)
class Answer:
    """What is sent. `headers` beside content type and length; names are case-insensitive, values visible ASCII."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """Headers as ASGI takes them. Raises ValueError for a name or value that could break out of its line."""
        raw = [(b"content-length", str(len(self.body)).encode())] if self.status not in {204, 304} else []
        if self.media_type is not None:
            raw.append((b"content-type", self.media_type.encode()))
        raw += encode_headers(self.headers)
        return raw

    async def send(self, send: Send) -> None:
        """Send it whole."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.raw_headers()})
        await send({"type": "http.response.body", "body": self.body})


def encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes. Raises ValueError for line ends, control characters and anything that is not ASCII."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("a header name or value is not allowed")
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def vary(headers: list[tuple[bytes, bytes]], on: str) -> list[tuple[bytes, bytes]]:
    """The same headers, saying in one `Vary` that the answer also depends on the request header `on`."""
    before = [value for name, value in headers if name == b"vary"]
    others = [(name, value) for name, value in headers if name != b"vary"]
    return [*others, (b"vary", b", ".join([*before, on.encode()]))]
