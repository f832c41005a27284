"""Keeps one server for one test run: `python -m rapport_testing.keeper postgres|kafka FOLDER PID`.

Writes the server's address to FOLDER/address once it answers, or what went wrong to FOLDER/failed. Ends the server and
removes the folder when process PID (the test run) is gone, however it went.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from rapport_cli.local.kafka import Kafka, Listener
from rapport_cli.local.postgres import Postgres
from rapport_cli.local.process import StackError, free_port

LOOK_EVERY = 0.2
UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
THROUGH_A_PROXY = "FAULTY"


async def keep(kind: str, folder: Path, run: int) -> int:
    """Start the server, publish its address, wait for the end of the run. 0, or 1 when the server failed."""
    server: Postgres | Kafka
    if kind == "postgres":
        server = Postgres(folder, settings=UNSAFE_BUT_FAST)
    else:
        listen, advertised = free_port(), free_port()
        server = Kafka(folder, listeners=(Listener(THROUGH_A_PROXY, listen, advertised),))
    try:
        await server.start()
    except StackError as error:
        publish(folder / "failed", str(error))
        return 1
    if isinstance(server, Postgres):
        publish(folder / "address", server.dsn())
    else:
        publish(folder / "address", f"{server.bootstrap} {listen} {advertised}")
    ended = asyncio.create_task(server.process.ended())
    while alive(run) and not ended.done():
        await asyncio.wait({ended}, timeout=LOOK_EVERY)
    await server.process.stop(signal.SIGKILL, 1)  # nobody needs the data
    shutil.rmtree(folder, ignore_errors=True)
    if not any(path.is_dir() for path in folder.parent.iterdir()):  # the last one puts out the light
        shutil.rmtree(folder.parent, ignore_errors=True)
    return 0


def alive(pid: int) -> bool:
    """Whether a process with this pid exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, IndexError):
        return not Path("/proc/self").exists()  # no /proc on this system: the signal has told


def publish(path: Path, text: str) -> None:
    """Write in one step, so that a reader sees all of it or nothing."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the test run; we follow it
    sys.exit(asyncio.run(keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
