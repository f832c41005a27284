"""`rapport up` on a folder that has been used before: how soon it is ready, and what its one process holds (P5)."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from pathlib import Path

from rapport_cli.local.process import free_port

from .processes import RAPPORT, resident
from .rounds import Figure, Report

STARTS = 3
MEGABYTES = 1.048576  # of one MiB


async def started(home: Path, port: int, kafka_port: int) -> tuple[float, float]:
    """Seconds until it says that it is ready, and megabytes of its process then; it is stopped again."""
    environment = os.environ | {"RAPPORT_HOME": str(home), "PORT": str(port), "KAFKA_PORT": str(kafka_port)}
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(RAPPORT, "up", env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(180):
            while b"Rapport is ready after" not in said:
                said = await process.stdout.readline()
                assert said, "it ended while it started"
        return time.perf_counter() - began, resident(process.pid) * MEGABYTES
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert process.returncode == 0


async def test_the_second_start(tmp_path: Path, report: Report) -> None:
    ports = free_port(), free_port()
    first, _ = await started(tmp_path / "home", *ports)
    again = [await started(tmp_path / "home", *ports) for _ in range(STARTS)]
    seconds, sizes = [one for one, _ in again], [one for _, one in again]
    print(f"\n  P5 first start {first:.1f} s, then {', '.join(f'{one:.1f}' for one in seconds)} s", end="")
    report.add(Figure("P5", "second start until ready", statistics.median(seconds), 8, False, " s", ours=seconds))
    report.add(Figure("P5", "resident size of the one process once ready", max(sizes), 300, False, " MB", ours=sizes))
