"""A TCP proxy on 127.0.0.1 that can be told to misbehave: latency, reset, black hole, refuse."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close() sends RST


class FaultProxy:
    """Passes bytes between its own `port` and `target`; the faults may be changed at any time.

    `latency`: seconds that each chunk is held back, in both directions. `black_hole`: connections are taken and kept, no
    byte passes. `refuse()` stops listening (new connections are refused, open ones reset) until `accept()`. `reset()`
    cuts every open connection with RST. Use it as `async with FaultProxy(("127.0.0.1", 5432)) as proxy`.
    """

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self.target = target
        self.port = port
        self.latency = 0.0
        self.accepted = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def black_hole(self) -> bool:
        """Whether bytes are swallowed; they are held, and flow again when it is set to False."""
        return not self._passing.is_set()

    @black_hole.setter
    def black_hole(self, swallow: bool) -> None:
        self._passing.clear() if swallow else self._passing.set()

    async def accept(self) -> None:
        """Listen (again), on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = int(self._server.sockets[0].getsockname()[1])

    async def refuse(self) -> None:
        """Stop listening and reset what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> int:
        """Cut every open connection with RST. How many sockets were cut."""
        cut = [writer for writer in self._writers if not writer.transport.is_closing()]
        for writer in cut:
            raw = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        return len(cut)

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        other: asyncio.StreamWriter | None = None
        try:
            await self._passing.wait()
            there, other = await asyncio.open_connection(*self.target)
            self._writers.add(other)
            await asyncio.gather(self._pump(reader, other), self._pump(there, writer))
        except OSError:
            pass  # one side has gone: the finally closes the other, as a cable would
        finally:
            for each in (writer, other):
                if each is not None:
                    each.close()
                    self._writers.discard(each)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Bytes one way until the end of the stream; raises ConnectionError when either side is cut."""
        while data := await source.read(CHUNK):
            if self.latency:
                await asyncio.sleep(self.latency)
            await self._passing.wait()
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof() and not sink.transport.is_closing():
            sink.write_eof()
