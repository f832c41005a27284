"""An ASGI app on a port of this machine, until somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Iterator

import uvicorn
from rapport_chassis.web.protocol import CarefulProtocol
from starlette.types import ASGIApp

from rapport_cli.problems import CommandError

BACKLOG = 512
YOUNG = 50_000
"""Objects more made than freed before the collector looks for cycles among them. With Python's 700 a batch of 500 events
is looked through many times over while all of it is still in use: 7 ms instead of 4 for sorting one."""
LONGEST_DRAIN = 20


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket. Raises CommandError when the port is taken or may not be used."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"port {port} is taken by another program; choose another one: PORT={port + 1}") from None
        raise CommandError(f"port {port} cannot be used: {error.strerror}") from None
    listening.setblocking(False)
    return listening


def listen_near(port: int) -> socket.socket:
    """A socket that listens on this port, or on a free one when it is taken."""
    try:
        return listen(port)
    except CommandError:
        return listen(0)


class Server(uvicorn.Server):
    """uvicorn, started and stopped by us: signals are for the whole process, not for its HTTP part alone."""

    def __init__(self, app: ASGIApp) -> None:
        """No access log: it halves the throughput; metrics have the same figures. Whose X-Forwarded-For is believed is a
        matter of the service's settings, not of what stands on the same machine."""
        super().__init__(
            uvicorn.Config(
                app,
                http=CarefulProtocol,
                access_log=False,
                proxy_headers=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=LONGEST_DRAIN,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield

    async def run_until(self, stop: asyncio.Event, listening: socket.socket) -> None:
        """Serve until `stop`, then answer what is in flight (20 s at most) and take nothing new."""
        serving = asyncio.create_task(self.serve([listening]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        self.should_exit = True
        await serving


def unsettled() -> None:
    """Before our code is imported: nearly all that is made then stays, and looking for what does not takes a quarter of the
    time of the import. `settle` ends it."""
    gc.disable()


def settle() -> None:
    """Once everything is imported and built: what stands now lives as long as the process, so the collector leaves it be."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
    gc.enable()


def stop_on_signals() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM; the second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        if stop.is_set():
            for which in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(which)
        stop.set()

    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, told)
    return stop
