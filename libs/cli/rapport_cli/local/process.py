"""One server process: started through `child.py`, known by a pid file, and alive exactly as long as its lock is held.

The child inherits an open file with a lock (flock) on it. The lock goes when the last process that holds it ends, however
it ends, so a leftover of a killed run is found for certain, without trusting a pid that may belong to somebody else by now.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
LAST_WORDS = 12


class StackError(Exception):
    """The local stack cannot do what was asked; the message says why and what to do, for a person."""


def free_port(preferred: int | None = None) -> int:
    """A TCP port of 127.0.0.1 that nobody listens on: the preferred one if it is free, else any."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError("no free TCP port on 127.0.0.1")


def hold(path: Path) -> int | None:
    """Open `path` and lock it. The descriptor, or None when another process holds the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


class Process:
    """A child called `name` with its pid, lock and output in `folder`. `user`: whom it runs as, None for ourselves."""

    def __init__(self, name: str, folder: Path, *, on_parent_death: signal.Signals, user: str | None = None) -> None:
        self.name = name
        self.folder = folder
        self.output = folder / f"{name}.out"
        self._pid_file = folder / f"{name}.pid"
        self._lock_file = folder / f"{name}.lock"
        self._user = user
        self._on_parent_death = on_parent_death
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the running child, None before the start and after the end."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    def command(self, *command: str | Path) -> list[str]:
        """The command line that runs `command` as a child of this process, as the user of this server."""
        wrapped = [sys.executable, "-I", "-S", CHILD, os.getpid(), int(self._on_parent_death), self._user or "-", *command]
        return [str(part) for part in wrapped]

    async def start(self, *command: str | Path, env: dict[str, str] | None = None) -> None:
        """Start the child. Raises StackError when a leftover of an earlier run still lives (see `reap`)."""
        lock = hold(self._lock_file)
        if lock is None:
            raise StackError(f"{self.name} still runs in {self.folder} (pid file: {self._pid_file})")
        try:
            with self.output.open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *self.command(*command),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self.folder,
                    env=env,
                    pass_fds=(lock,),
                    start_new_session=True,
                )
            self._pid_file.write_text(str(self._process.pid))
        finally:
            os.close(lock)  # the child holds it now

    async def until(self, ready: Callable[[], bool], within: float) -> None:
        """Wait until `ready()` is true. Raises StackError, with the last output, when the child ends or time is up."""
        deadline = asyncio.get_running_loop().time() + within
        while not await asyncio.to_thread(ready):
            if self._process is None or self._process.returncode is not None:
                raise StackError(f"{self.name} ended while starting\n{self.last_output()}")
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(f"{self.name} did not answer within {within:.0f} s\n{self.last_output()}")
            await asyncio.sleep(0.05)

    async def ended(self) -> int:
        """Wait for the end of the child and return its exit code."""
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return await self._process.wait()

    async def stop(self, with_signal: signal.Signals, within: float) -> None:
        """Stop the child: the given signal first, SIGKILL after `within` seconds. Does nothing when it has ended."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(with_signal)
            try:
                await asyncio.wait_for(self._process.wait(), within)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    async def reap(self, with_signal: signal.Signals, within: float) -> bool:
        """End what an earlier run left behind. True when there was something. Raises StackError when it will not go."""
        deadline = asyncio.get_running_loop().time() + within
        found = False
        while (lock := hold(self._lock_file)) is None:
            pid = int(self._pid_file.read_text()) if self._pid_file.exists() else None
            late = asyncio.get_running_loop().time() > deadline
            if pid is not None and (late or not found):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else with_signal)
            if asyncio.get_running_loop().time() > deadline + within:
                raise StackError(f"a {self.name} of an earlier run does not end (pid file: {self._pid_file})")
            found = True
            await asyncio.sleep(0.05)
        os.close(lock)
        self._pid_file.unlink(missing_ok=True)
        return found

    def last_output(self) -> str:
        """The last lines of output, for error messages."""
        if not self.output.exists():
            return ""
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-LAST_WORDS:])
