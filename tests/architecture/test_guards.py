"""The house keeps its rules, and each guard is fed a bad case."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import typer.main
from rapport_testing.guards import (
    ROOT,
    addresses,
    conflict_markers,
    dead_links,
    deleted_schemas,
    empty_names,
    long_files,
    make_targets,
    missing_commands,
    missing_paths,
    missing_targets,
    tracked,
    unhashed,
    unpinned,
)

DOCUMENTS = tracked("*.md")
LOCKS = tracked("requirements/*.lock")
NPM_LOCKS = tracked("*package-lock.json")


def commands() -> set[str]:
    from rapport_cli.main import app

    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_no_file_is_too_long():
    assert long_files(tracked("*.py")) == []


def test_the_length_guard_refuses(tmp_path: Path):
    file = tmp_path / "much.py"
    file.write_text("x = 1\n" * 401)
    assert long_files([file]) == ["much.py has 401 lines"]


def test_every_name_says_something():
    assert empty_names([path.relative_to(ROOT) for path in tracked("*.py")]) == []


def test_the_name_guard_refuses():
    assert empty_names([Path("libs/chassis/utils.py"), Path("services/common/x.py"), Path("a/ok.py")]) != []
    assert len(empty_names([Path("libs/chassis/utils.py"), Path("services/common/x.py")])) == 2


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_have_hashes_and_name_no_index(lock: Path):
    assert addresses(lock.read_text()) == []
    assert unhashed(lock.read_text()) == []


def test_the_lock_guards_refuse():
    assert addresses("--index-url x\na==1 \\\n    --hash=sha256:00\nb @ https://x/y.whl\n") == [
        "--index-url x",
        "b @ https://x/y.whl",
    ]
    assert unhashed("a==1 \\\n    --hash=sha256:00\nb==2 ; python_version < '4'\nc==3\n") == ["b==2", "c==3"]


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_locks_of_npm_have_hashes_and_no_addresses(lock: Path):
    assert unpinned(lock.read_text()) == []


def test_the_npm_lock_guard_refuses():
    packages = {
        "": {"name": "ours"},
        "node_modules/ours": {"resolved": "../ours", "link": True},
        "node_modules/fine": {"integrity": "sha512-x"},
        "node_modules/bare": {},
        "node_modules/told": {"integrity": "sha512-x", "resolved": "https://example.org/told.tgz"},
    }
    assert unpinned(json.dumps({"packages": packages})) == ["node_modules/bare", "node_modules/told"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_does_not_lie(document: Path):
    text = document.read_text()
    assert dead_links(document, text) == []
    assert missing_paths(document, text) == []
    assert missing_targets(text, make_targets((ROOT / "Makefile").read_text())) == []
    assert missing_commands(text, commands()) == []


def test_the_document_guards_refuse(tmp_path: Path):
    text = "See [there](gone.md) and `libs/nowhere/x.py`.\n```\nmake dance\nrapport juggle --high\n```\n`make test`\n"
    assert dead_links(tmp_path / "x.md", text) == ["gone.md"]
    assert missing_paths(tmp_path / "x.md", text) == ["libs/nowhere/x.py"]
    assert missing_targets(text, {"test"}) == ["dance"]
    assert missing_commands(text, {"up"}) == ["juggle"]


def test_no_merge_left_its_marks():
    texts = tracked("*.md", "*.py", "*.toml", "*.yml", "*.yaml", "*.json", "Makefile")
    assert [file.name for file in texts if conflict_markers(file.read_text())] == []


def test_the_merge_guard_refuses():
    ours, theirs = "<" * 7 + " HEAD", ">" * 7 + " theirs"
    assert conflict_markers(f"a\n{ours}\nb\n=======\nc\n{theirs}\n") == [ours, theirs]


def test_no_committed_schema_was_deleted():
    assert deleted_schemas() == []


def test_the_schema_guard_refuses(tmp_path: Path):
    folder = tmp_path / "contracts/rapport_contracts/schemas"
    folder.mkdir(parents=True)
    (folder / "a.made.v1.json").write_text("{}")

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    git("rm", "-q", "contracts/rapport_contracts/schemas/a.made.v1.json")
    git("commit", "-m", "two")
    assert deleted_schemas(tmp_path) == ["contracts/rapport_contracts/schemas/a.made.v1.json"]
