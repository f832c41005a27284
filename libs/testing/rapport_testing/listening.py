"""Listening to server-sent events of an app without a socket, frame by frame as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import orjson
from starlette.types import ASGIApp, Message

from rapport_testing.waiting import eventually


@dataclass(frozen=True)
class Frame:
    """One block of a stream. `comment` is None where there is none."""

    event: str | None = None
    data: Any = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None


def frame(block: str) -> Frame:
    """Read as of the HTML standard, 9.2.6."""
    found: dict[str, Any] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        found[name or "comment"] = orjson.loads(value) if name == "data" else int(value) if name == "retry" else value
    return Frame(**found)


class Listening:
    """One caller of a stream, who takes what is sent: `async with Listening(app, path, headers) as heard: ...`.

    What comes stands in `frames`; while `takes` is cleared nothing is taken. httpx gives an answer of an app only once it
    has ended, hence this.
    """

    def __init__(
        self, app: ASGIApp, path: str, headers: Mapping[str, str], query: str = "", since: str | None = None
    ) -> None:
        """`since` is sent as Last-Event-ID."""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.frames: list[Frame] = []
        self.ended = False
        self.takes = asyncio.Event()
        self.takes.set()
        self._app, self._rest = app, ""
        self._gone = asyncio.Event()
        given = {**headers, "accept-encoding": "gzip", **({"last-event-id": since} if since is not None else {})}
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
        }
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.task = asyncio.ensure_future(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()

    async def hang_up(self) -> None:
        """Leave, and wait until the app has seen it."""
        assert self.task is not None
        self._gone.set()
        await asyncio.wait_for(self.task, 5)

    async def begun(self) -> Self:
        """After its first event, or its refusal."""
        await eventually(lambda: self.events or self.ended, within=20)
        return self

    async def until(self, count: int, within: float = 10) -> list[Frame]:
        """So many events, the first `reset` counted too."""
        await eventually(lambda: len(self.events) >= count, within=within)
        return self.events

    @property
    def problem(self) -> Any:
        """What a refusal says."""
        return orjson.loads(self._rest)

    @property
    def events(self) -> list[Frame]:
        """Without what only says where the stream is."""
        return [each for each in self.frames if each.event is not None]

    @property
    def subjects(self) -> list[str]:
        """What the events were about."""
        return [each.data["subject"] for each in self.events if each.event != "reset"]

    @property
    def resets(self) -> list[str]:
        """Why to load anew, each time."""
        return [each.data["reason"] for each in self.events if each.event == "reset"]

    @property
    def last(self) -> str:
        """What a client sends as Last-Event-ID when it comes again."""
        return next(each.id for each in reversed(self.frames) if each.id is not None)

    async def _run(self) -> None:
        await self._app(self.scope, self._receive, self._send)

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.takes.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self._rest += message.get("body", b"").decode()
        if self.status == HTTPStatus.OK:
            *blocks, self._rest = self._rest.split("\n\n")
            self.frames += [frame(block) for block in blocks]
        self.ended = not message.get("more_body", False)
