"""What the HTTP server itself does not bound: how long a request's head may take, how large it may be, how long a body that
nobody reads may trickle on, and how long an answer waits for a client that takes nothing of it. Deadlines of bodies that are
read stand in `reading.py`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from rapport_kernel.errors import RapportError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from rapport_chassis.web.problems import BadRequest, HeadersTooLarge, TooSlow, problem


def _told(error: RapportError) -> bytes:
    """An answer without a request: the problem, and the end of the connection."""
    answer = problem(error)
    answer.headers |= {"Cache-Control": "no-store", "Connection": "close"}
    head = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()]
    head += [name + b": " + value for name, value in answer.raw_headers()]
    return b"\r\n".join([*head, b"", answer.body])


_TOO_SLOW = _told(TooSlow("head-too-slow"))
_TOO_LARGE = _told(HeadersTooLarge())
_MALFORMED = _told(BadRequest("no-http"))


class CarefulProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for the head of a request, a cap on its bytes, and an end for those who do not take
    their answer: `uvicorn.Config(http=...)`."""

    head_seconds = 10.0
    head_bytes = 65_536
    rest_seconds = 10.0
    taken_within = 30.0
    """Seconds in which a client has to take a part of what waits for it. TCP alone would wait for as long as the client
    answers that it has no room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As uvicorn makes it."""
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = True
        self._in_message = False
        self._received = 0
        self._look: asyncio.TimerHandle | None = None
        self._waiting = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop()
        self._stop_looking()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head are counted until it is complete."""
        super().data_received(data)
        if self._in_head and self._deadline is not None:
            self._received += len(data)
            if self._received > self.head_bytes:
                self._end(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._stop_looking()
        self._in_message = True
        if not self._in_head:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there; what follows is the application's."""
        self._stop()
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there too."""
        self._in_message = False
        if not self._in_head:
            self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered. What the client has not taken yet has its time; if the body is still coming, nobody reads it: it gets a
        moment to end."""
        super().on_response_complete()
        self._look_later()
        if self._in_message and not self._in_head and self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.rest_seconds, self._end, b"")

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self._look_later()

    def resume_writing(self) -> None:
        """It has taken enough."""
        self._stop_looking()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it may hold what was sent
        """What cannot be read gets a problem too."""
        self._end(_MALFORMED)

    def _await_head(self) -> None:
        self._stop()
        self._in_head = True
        self._received = 0
        self._deadline = self.loop.call_later(self.head_seconds, self._end, _TOO_SLOW)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _look_later(self) -> None:
        """Look again whether less waits than now. Until then nothing is added: writing is paused, or the answer complete."""
        self._waiting = self.transport.get_write_buffer_size()
        if self._look is None and self._waiting:
            self._look = self.loop.call_later(self.taken_within, self._leave_or_wait)

    def _leave_or_wait(self) -> None:
        self._look = None
        if 0 < self._waiting <= self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self._look_later()

    def _stop_looking(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _end(self, answer: bytes) -> None:
        self._stop()
        if self.transport.is_closing():
            return
        if answer and not self._answering():
            self.transport.write(answer)
        self.transport.close()

    def _answering(self) -> bool:
        """Whether an answer to an earlier request is on its way; ours would come into the middle of it."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete
