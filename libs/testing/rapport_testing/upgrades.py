"""Databases as released versions left them: `python -m rapport_testing.upgrades` makes the dumps, a test migrates them.

Each version has a folder in `tests/upgrades/` with a dump of each database of a product that ran and was filled by the
demo; `released.json` has the hashes of all revisions by the version that they were in.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from rapport_testing.guards import ROOT, tracked

FOLDER = ROOT / "tests" / "upgrades"
RELEASED = FOLDER / "released.json"
REVISIONS = ("**/migrations/versions/**",)
CALLS, SEED = 25, 7
"""A small day: what matters is that each table that the demo fills has rows."""


def hashes(files: Iterable[Path], root: Path = ROOT) -> dict[str, str]:
    """The content of revisions by their path in the checkout."""
    return {str(file.relative_to(root)): sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def revisions() -> list[Path]:
    """The files of all revisions."""
    return [path for path in tracked(*REVISIONS) if path.suffix in {".py", ".sql"} and path.name != "__init__.py"]


def changed(released: Mapping[str, Mapping[str, str]], now: Mapping[str, str]) -> list[str]:
    """Revisions that are not any more what was released, one line each."""
    return [
        f"{path} was released with {release} and {'changed' if path in now else 'is gone'}: add a revision instead"
        for release, files in released.items()
        for path, digest in files.items()
        if now.get(path) != digest
    ]


def schema(url: str) -> list[str]:
    """The schema of a database with functions and triggers, a line each, in the order of `pg_dump`; without the partitions
    of the inbox, which come and go with the days."""
    text = _tool("pg_dump", "--schema-only", "--no-owner", "--no-acl", "--exclude-table=inbox_2*", f"--dbname={url}")
    return [line for line in text.splitlines() if line and not line.startswith(("--", "\\", "SET "))]


def restore(dump: Path, url: str) -> None:
    """Fill an empty database with a dump."""
    text = gzip.decompress(dump.read_bytes())
    command = [_binary("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
    subprocess.run(command, input=text, check=True, capture_output=True)


def make() -> list[Path]:
    """The dumps of this version, and its hashes. Raises SystemExit when a revision of an older version changed."""
    release = version("rapport-chassis")
    released = json.loads(RELEASED.read_text()) if RELEASED.exists() else {}
    released.pop(release, None)
    if wrong := changed(released, hashes(revisions())):
        raise SystemExit("\n".join(wrong))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        _play_demo(home)
        (FOLDER / release).mkdir(parents=True, exist_ok=True)
        made = asyncio.run(_dump(home, FOLDER / release))
    RELEASED.write_text(json.dumps({**released, release: hashes(revisions())}, indent=1) + "\n")
    return [*made, RELEASED]


def _play_demo(home: Path) -> None:
    """Start the product on an empty folder, fill it, stop it."""
    from rapport_cli.local.process import free_port

    environment = {**os.environ, "RAPPORT_HOME": str(home), "PORT": str(free_port()), "KAFKA_PORT": str(free_port())}
    demo = ["demo", "--calls", str(CALLS), "--seed", str(SEED), "--stop"]
    subprocess.run([sys.executable, "-m", "rapport_cli", *demo], env=environment, check=True)


async def _dump(home: Path, folder: Path) -> list[Path]:
    from rapport_cli.local.home import Home
    from rapport_cli.local.postgres import Postgres
    from rapport_cli.local.stack import SUPERUSER_SECRET, database_name
    from rapport_cli.services import SERVICES

    left = Home(home)
    postgres = Postgres(left.postgres, password=left.secret(SUPERUSER_SECRET))
    await postgres.start()
    made = []
    try:
        for service in SERVICES:
            url = f"--dbname={postgres.dsn(database_name(service))}"
            text = _tool(
                "pg_dump", "--no-owner", "--no-acl", "--exclude-table-data=idempotency_keys", url
            )  # large, short-lived
            made.append(folder / f"{service}.sql.gz")
            made[-1].write_bytes(gzip.compress(text.encode(), mtime=0))
    finally:
        await postgres.stop()
    return made


def _tool(name: str, *arguments: str) -> str:
    return subprocess.run([_binary(name), *arguments], check=True, capture_output=True, text=True).stdout


def _binary(name: str) -> str:
    from rapport_cli.local.postgres import find_binaries

    return str(find_binaries() / name)


if __name__ == "__main__":
    for path in make():
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")  # noqa: T201 - a command
