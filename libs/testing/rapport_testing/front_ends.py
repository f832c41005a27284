"""Front ends that follow live updates over sockets and come again when their stream ends, as `docs/front-end.md` says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

import httpx

from rapport_testing.listening import Frame, frame

AGAIN_AFTER = 0.2
"""Seconds until it comes again: sooner than `retry:` asks for, so that more happens in the time of a test."""
SILENT_AFTER = 30.0


@dataclass
class FrontEnd:
    """One front end: what it asked for, what it has heard, and how its streams ended."""

    path: str
    headers: Mapping[str, str]
    frames: list[Frame] = field(default_factory=list)
    last: str | None = None
    """Its position: what it sends as Last-Event-ID."""
    opened: int = 0
    ended: int = 0
    broken: int = 0
    refused: list[int] = field(default_factory=list)

    @property
    def resets(self) -> list[str]:
        """Why it had to load anew, each time."""
        return [each.data["reason"] for each in self.frames if each.event == "reset"]

    @property
    def facts(self) -> list[Frame]:
        """What it was told of, in the order in which it was."""
        return [each for each in self.frames if each.event not in {None, "reset"}]

    async def follow(self, client: httpx.AsyncClient) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._stream(client)
            except httpx.TransportError:
                self.broken += 1
            await asyncio.sleep(AGAIN_AFTER)

    async def _stream(self, client: httpx.AsyncClient) -> None:
        since = {} if self.last is None else {"Last-Event-ID": self.last}
        async with client.stream("GET", self.path, headers={**self.headers, **since}) as answer:
            if answer.status_code != HTTPStatus.OK:
                self.refused.append(answer.status_code)
                return
            self.opened += 1
            rest = ""
            async for part in answer.aiter_text():
                *blocks, rest = (rest + part).split("\n\n")
                for block in blocks:
                    self._take(frame(block))
        self.ended += 1

    def _take(self, told: Frame) -> None:
        self.frames.append(told)
        self.last = told.id or self.last


class FrontEnds:
    """Front ends of one product, in a thread of their own: `with FrontEnds(url) as front_ends: front_ends.follow(...)`."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front ends")
        self._tasks: list[asyncio.Future[None]] = []
        limits, timeout = httpx.Limits(max_connections=None), httpx.Timeout(SILENT_AFTER)
        self._client = httpx.AsyncClient(base_url=url, limits=limits, timeout=timeout)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def follow(self, path: str, token: str, *, since: str | None = None) -> FrontEnd:
        """One more, who begins at once; `since` is a position that it has."""
        made = FrontEnd(path, {"Authorization": f"Bearer {token}"}, last=since)
        asyncio.run_coroutine_threadsafe(self._begin(made), self._loop).result(10)
        return made

    async def _begin(self, one: FrontEnd) -> None:
        self._tasks.append(asyncio.ensure_future(one.follow(self._client)))

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        ends: list[Any] = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
        for end in ends:
            if not isinstance(end, asyncio.CancelledError):
                raise end
