"""PostgreSQL and Kafka of a test run: started when the first test asks, shared by all xdist workers, gone with the run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rapport_testing.keeper import alive

PREFIX = "rapport-test-"
START_WITHIN = 120.0


@dataclass(frozen=True)
class Run:
    """One run of the tests: its folder under the temporary folder and the pid of its (controlling) process."""

    folder: Path
    pid: int

    @classmethod
    def begin(cls) -> Run:
        """A new run of this process; removes what killed runs left."""
        base = Path(tempfile.gettempdir())
        for left in base.glob(f"{PREFIX}*-*"):
            owner = left.name.removeprefix(PREFIX).partition("-")[0]
            if owner.isdigit() and not alive(int(owner)) and left.stat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
        return cls(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")), os.getpid())

    @classmethod
    def shared(cls, told: str) -> Run:
        """The run that the controlling process has told an xdist worker of (see `told`)."""
        pid, _, folder = told.partition(":")
        return cls(Path(folder), int(pid))

    def told(self) -> str:
        """This run in one word, for `shared`."""
        return f"{self.pid}:{self.folder}"

    def forget_if_unused(self) -> None:
        """Remove the folder of a run that started no server; the servers remove theirs when the run has ended."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    @contextlib.contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """One worker at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{what}.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def address(self, kind: str) -> str:
        """The address of the run's `postgres` or `kafka`, which is started if nobody has done so. Raises RuntimeError."""
        folder = self.folder / kind
        with self.turn(kind):
            if not (folder / "address").exists():
                self._start(kind, folder)
            return (folder / "address").read_text()

    def _start(self, kind: str, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with (folder / "keeper.out").open("wb") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "rapport_testing.keeper", kind, str(folder), str(self.pid)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_WITHIN
        while not (folder / "address").exists():
            if (code := keeper.poll()) is not None or time.monotonic() > deadline:
                why = folder / "failed" if (folder / "failed").exists() else folder / "keeper.out"
                raise RuntimeError(f"no {kind} for the tests (keeper: {code}): {why.read_text()}")
            time.sleep(0.02)
        keeper.returncode = 0  # it outlives this process by design: nobody waits for it, and none is to be warned of it
