"""Services as they run: `rapport serve` in processes of their own, and what a process takes of the machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rapport_cli.local.process import free_port
from rapport_testing import eventually

RAPPORT = Path(sys.executable).with_name("rapport")


@asynccontextmanager
async def serving(service: str, *roles: str, environment: Mapping[str, str], log: Path) -> AsyncIterator[str]:
    """`rapport serve` with these roles; its address once it is ready."""
    port, management = free_port(), free_port()
    chosen = [part for role in roles for part in ("--role", role)]
    with log.open("wb") as output:
        arguments = ("serve", service, *chosen, "--port", str(port), "--management-port", str(management))
        process = await asyncio.create_subprocess_exec(
            RAPPORT, *arguments, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{management}") as client:

            async def ready() -> bool:
                assert process.returncode is None, log.read_text()
                try:
                    return (await client.get(f"/{service}/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, within=60)
        yield url
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def resident(pid: int) -> float:
    """MiB of memory that the process holds (RSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
