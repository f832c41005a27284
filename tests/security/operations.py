"""Operations as the documents describe them, and a call of one in process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

METHODS = ("get", "post", "put", "patch", "delete")
NOBODY = UUID(int=7)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document. `scope` None: any caller who is known; `public`: anybody."""

    method: str
    path: str
    scope: str | None
    level: int
    public: bool
    says: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As people speak of it."""
        return f"{self.method} {self.path}"

    @property
    def names(self) -> list[str]:
        """What its path names: `complaint_id`."""
        return re.findall(r"{(\w+)}", self.path)

    def filled(self, **values: str) -> str:
        """The path with `values`; what they do not name is an id of nothing, or a word."""
        path = self.path
        for one in self.says.get("parameters", ()):
            if one["in"] == "path":
                other = str(NOBODY) if one["schema"].get("format") == "uuid" else "1"
                path = path.replace(f"{{{one['name']}}}", values.get(one["name"], other))
        return path


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations of an OpenAPI document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if (says := item.get(method)) is not None:
                yield Operation(
                    method.upper(), path, says.get("x-scope"), says.get("x-level", 1), not says.get("security"), says
                )


async def call(app: Any, operation: Operation, path: str, credential: str | None, body: Any = None) -> tuple[int, bytes]:
    """Status and body of an answer. Who calls is gone once they have asked, so that a stream ends as soon as it begins."""
    headers = [(b"host", b"rapport.test"), (b"content-type", b"application/json")]
    if credential is not None:
        headers.append((b"authorization", f"Bearer {credential}".encode()))
    if operation.method != "GET":
        headers.append((b"idempotency-key", b"one-of-a-matrix-%d" % hash((path, credential))))
    sent = b"" if operation.method == "GET" else json.dumps(body if body is not None else {}).encode()
    received = iter([{"type": "http.request", "body": sent, "more_body": False}])
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": operation.method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 4711), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    return status, b"".join(parts)
