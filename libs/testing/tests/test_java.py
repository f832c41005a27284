"""Programs in Java: what does not compile, and a compiler that is not there or not the right one, is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rapport_cli.local.process import free_port
from rapport_testing.java import COMPILER


@pytest.fixture
def run(tmp_path: Path):
    """Runs a program of this text."""

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "Program.java"
        program.write_text(text)
        command = [sys.executable, "-m", "rapport_testing.java", program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


SOUND = (
    'class Program { public static void main(String[] given) { System.out.println("got " + given[0]); System.exit(3); } }'
)


def test_a_program_gets_its_arguments_and_ends_as_it_wants(run):
    done = run(SOUND, "this")
    assert (done.returncode, done.stdout) == (3, "got this\n"), done.stderr


def test_what_does_not_compile_is_told(run):
    done = run(SOUND.replace("given[0]", "taken[0]"))
    assert done.returncode not in {0, 3}
    assert "taken cannot be resolved" in done.stderr


def test_a_compiler_that_is_not_the_pinned_one_is_not_run(run, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_CACHE", str(tmp_path))
    (tmp_path / "ecj").mkdir()
    (tmp_path / "ecj" / COMPILER.file_name).write_bytes(b"something else")
    done = run(SOUND, "this")
    assert done.returncode == 1
    assert f"{COMPILER.file_name} is not the file that is pinned" in done.stderr


def test_a_compiler_that_cannot_be_had_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_CACHE", str(tmp_path))
    nobody = tmp_path / "jgo.conf"
    nobody.write_text(f"[repositories]\ncentral = http://127.0.0.1:{free_port()}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(nobody))
    done = run(SOUND, "this")
    assert done.returncode == 1
    assert f"{COMPILER.coordinate} could not be fetched" in done.stderr
    assert f"put {COMPILER.file_name} into {tmp_path / 'ecj'}" in done.stderr
