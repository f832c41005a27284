"""What needs Node.js is skipped without it, the end of the run says so, and CI fails."""

from pathlib import Path

import pytest
from rapport_testing import node


@pytest.fixture
def _without_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("_without_node")
def test_without_node_a_test_is_skipped_and_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception) as skipped:
        node.need_node("clients")
    reports = [f"('test_x.py', 7, 'Skipped: {skipped.value}')"] * 2 + ["('test_y.py', 7, 'Skipped: another reason')"]
    assert node.not_tested(reports) == [
        "NOT TESTED: clients: there is no Node.js and npm on this machine; version 20 or later is needed"
    ]


@pytest.mark.usefixtures("_without_node")
def test_without_node_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="clients: there is no Node"):
        node.need_node("clients")


def test_an_old_node_is_not_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert node.missing() == "Node.js v18.20.4 is older than 20"


def test_packages_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v20.20.2\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert node.missing(node.ROOT / "docs") == "the packages of docs are not installed; run `make setup`"
