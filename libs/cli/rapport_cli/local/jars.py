"""Jars, such as Apache Kafka's: fetched once from Maven Central into a cache, each checked against its pin at each start."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport_cli.local.process import StackError

PINS = Path(__file__).with_name("kafka.sha256")
VERSION = "4.1.1"
KAFKA = f"Apache Kafka {VERSION}"
AT_ONCE = 6
SAY_EVERY = 10

Say = Callable[[str], None]


@dataclass(frozen=True)
class Jar:
    """One pinned file of Maven Central: `group:artifact:version` and its SHA-256 in hex."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """As Maven names it."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def cache() -> Path:
    """Where fetched files are kept for all checkouts of this user: `RAPPORT_CACHE`, else `~/.cache/rapport`."""
    return Path(os.environ.get("RAPPORT_CACHE") or Path.home() / ".cache" / "rapport").absolute()


def pinned(pins: Path = PINS) -> list[Jar]:
    """What Kafka needs, in the order of the file."""
    rows = (line.split() for line in pins.read_text().splitlines() if line.strip())
    return [Jar(coordinate, digest) for digest, coordinate in rows]


def ensure(say: Say, folder: Path | None = None, jars: list[Jar] | None = None, what: str = KAFKA) -> list[Path]:
    """Every jar, verified, fetched when it is missing. `say` is told of the progress of a fetch of `what` they are together.

    Raises StackError when a jar cannot be fetched, or is not the one that is pinned (it is then not used).
    """
    folder = folder or cache() / f"kafka-{VERSION}"
    jars = jars if jars is not None else pinned()
    for stale in [jar for jar in jars if _wrong(folder / jar.file_name, jar)]:
        raise StackError(
            f"{folder / stale.file_name} is not the file that is pinned (SHA-256 differs); refusing to run it.\n"
            f"Remove {folder} and start again to fetch it anew."
        )
    if missing := [jar for jar in jars if not (folder / jar.file_name).exists()]:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(missing, folder, say, what)
    return [folder / jar.file_name for jar in jars]


def _wrong(path: Path, jar: Jar) -> bool:
    return path.exists() and digest(path) != jar.sha256


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(missing: list[Jar], folder: Path, say: Say, what: str) -> None:
    """Fetch into a scratch folder, verify, then move: the cache never holds an unverified or half file."""
    say(f"Fetching {what} from Maven Central, once: {len(missing)} files into {folder}")
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
        download = _downloader(Path(scratch))

        def one(jar: Jar) -> None:
            fetched = download(jar)
            if digest(fetched) != jar.sha256:
                raise StackError(f"{jar.coordinate} as fetched is not the file that is pinned (SHA-256 differs); not kept")
            fetched.replace(folder / jar.file_name)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done, _ in enumerate(pool.map(one, missing), start=1):
                if done % SAY_EVERY == 0 or done == len(missing):
                    say(f"  {done} of {len(missing)} files, verified")


def _downloader(scratch: Path) -> Callable[[Jar], Path]:
    """Maven Central through jgo, which honours the user's `~/.config/jgo.conf` (mirrors) and `*_PROXY` variables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jgo looks for a runtime folder of the desktop session when it is imported
        from jgo.config import GlobalSettings
        from jgo.maven import MavenContext
    repositories: dict[str, str] = GlobalSettings.load().repositories
    context: Any = MavenContext(repo_cache=scratch, remote_repos=repositories or None, timeout=60)

    def download(jar: Jar) -> Path:
        group, artifact, version = jar.coordinate.split(":")
        try:
            return Path(context.project(group, artifact).at_version(version).artifact().resolve())
        except (RuntimeError, OSError) as error:  # what jgo and requests raise
            raise StackError(
                f"{jar.coordinate} could not be fetched: {type(error).__name__}.\n"
                "Is the network up? A mirror is named in ~/.config/jgo.conf, section [repositories]; "
                f"or put {jar.file_name} into {scratch.parent} yourself."
            ) from error

    return download
