"""Kafka's jars: what is not the pinned file is never run."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rapport_cli.local import jars
from rapport_cli.local.jars import Jar
from rapport_cli.local.process import StackError

GOOD = b"the real jar"
JAR = Jar("org.example:thing:1.0", hashlib.sha256(GOOD).hexdigest())
IN_REPOSITORY = Path("org/example/thing/1.0/thing-1.0.jar")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on this machine, named to jgo in the way a user names a mirror."""
    files = tmp_path / "repository"
    (files / IN_REPOSITORY).parent.mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    config = tmp_path / "jgo.conf"
    config.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    yield files
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_missing_jar_is_fetched_once_with_a_word_about_it(repository: Path, tmp_path: Path) -> None:
    (repository / IN_REPOSITORY).write_bytes(GOOD)
    said: list[str] = []
    (path,) = jars.ensure(said.append, tmp_path / "cache", [JAR])
    assert path.read_bytes() == GOOD
    assert "once: 1 files" in said[0]
    assert said[1].strip() == "1 of 1 files, verified"
    (repository / IN_REPOSITORY).unlink()
    assert jars.ensure(said.append, tmp_path / "cache", [JAR]) == [path]
    assert len(said) == 2


def test_a_fetched_file_that_is_not_the_pinned_one_is_refused_and_not_kept(repository: Path, tmp_path: Path) -> None:
    (repository / IN_REPOSITORY).write_bytes(b"something else")
    with pytest.raises(StackError, match="not the file that is pinned"):
        jars.ensure(lambda _: None, tmp_path / "cache", [JAR])
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_corrupt_jar_in_the_cache_is_refused(tmp_path: Path) -> None:
    jars_in_cache = tmp_path / "cache"
    jars_in_cache.mkdir()
    (jars_in_cache / JAR.file_name).write_bytes(GOOD[:-1])
    with pytest.raises(StackError, match="refusing to run it"):
        jars.ensure(lambda _: None, jars_in_cache, [JAR])


def test_a_file_that_the_repository_does_not_have_is_told(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"org\.example:thing:1\.0 could not be fetched"):
        jars.ensure(lambda _: None, tmp_path / "cache", [JAR])


def test_every_pin_is_well_formed_and_of_one_kafka() -> None:
    pins = jars.pinned()
    assert len({pin.file_name for pin in pins}) == len(pins) > 40
    assert all(len(pin.sha256) == 64 and int(pin.sha256, 16) for pin in pins)
    versions = {pin.coordinate.split(":")[2] for pin in pins if pin.coordinate.startswith("org.apache.kafka:")}
    assert versions == {jars.VERSION}
