"""Where the local stack keeps its state, and who may use it: one folder, one `rapport up` at a time."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rapport_cli.local.process import StackError, hold


@dataclass(frozen=True)
class Running:
    """Where a running local stack is reached. `kafka` and `databases` are of this machine only."""

    pid: int
    url: str
    kafka: str
    databases: dict[str, str]
    """Database URL of each service."""
    scopes: list[str] = field(default_factory=list)
    """Every scope that there is, so that a token for all of them needs no service to be loaded; none: of a version that does
    not say it."""
    management: str = ""
    """Where health and metrics of all services are; nothing: of a version that has them at `url`."""
    kafka_user: str = ""
    kafka_password: str = ""
    """Of somebody who reads what is public; nothing: of a version whose broker knew no users."""


class Home:
    """The folder `root`: `postgres/`, `kafka/`, `secrets/` (readable by the owner alone), `running.json` while it runs."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.postgres = self.root / "postgres"
        self.kafka = self.root / "kafka"
        self.secrets = self.root / "secrets"
        self._running = self.root / "running.json"
        self._ports = self.root / "ports.json"

    @classmethod
    def find(cls) -> Home:
        """`RAPPORT_HOME`, else `.rapport` of the checkout that this command comes from, else of the current folder."""
        if given := os.environ.get("RAPPORT_HOME"):
            return cls(Path(given).expanduser())
        checkout = Path(__file__).parents[4]
        return cls((checkout if (checkout / "libs" / "cli").is_dir() else Path.cwd()) / ".rapport")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the folder. Raises StackError when another process has it, or when it cannot be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = hold(self.root / "lock")
        except OSError as error:
            raise StackError(f"{self.root} cannot be used: {error.strerror}") from error
        if lock is None:
            other = self.running()
            who = f"process {other.pid} at {other.url}" if other else "another process, which is starting or stopping"
            raise StackError(
                f"Rapport already runs on {self.root}: {who}.\n"
                "Stop it first, or set RAPPORT_HOME to another folder (and PORT to another port) for a second one."
            )
        try:
            yield
        finally:
            self._running.unlink(missing_ok=True)
            os.close(lock)

    def running(self) -> Running | None:
        """What runs on this folder, as far as it has said so; None when nothing is ready."""
        try:
            told = json.loads(self._running.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return Running(**told)

    def announce(self, running: Running) -> None:
        """Tell other commands where the stack is reached."""
        _write(self._running, json.dumps(asdict(running)))

    def port(self, server: str) -> int | None:
        """The port that `server` had last time."""
        return self._known_ports().get(server)

    def remember_port(self, server: str, port: int) -> None:
        """For the next start."""
        _write(self._ports, json.dumps({**self._known_ports(), server: port}))

    def secret(self, name: str) -> str:
        """The secret of that name, made on first use: 32 random bytes, URL-safe, in a file that only the owner reads."""
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.secrets / name
        if not path.exists():
            _write(path, secrets.token_urlsafe(32))
        return path.read_text()

    def _known_ports(self) -> dict[str, int]:
        try:
            known = json.loads(self._ports.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {str(server): int(port) for server, port in known.items()}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, mode 600."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
