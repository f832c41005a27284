"""Node.js for the tests of clients and front ends: where it or what is installed for it is missing, they are skipped, and
the end of the run says so; with `CI=true` they fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "contracts" / "typescript"
NOT_TESTED = "NOT TESTED: "
"""Begins the reason of a skip that is told at the end of the run."""
OLDEST = 20


def missing(folder: Path = CLIENT) -> str | None:
    """Why nothing can be run in a folder with an npm package; None when it can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return f"there is no Node.js and npm on this machine; version {OLDEST} or later is needed"
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", told)
    if found is None or int(found[1]) < OLDEST:
        return f"Node.js {told.strip()} is older than {OLDEST}"
    if not (folder / "node_modules").exists():
        return f"the packages of {folder.relative_to(ROOT)} are not installed; run `make setup`"
    return None


def need_node(what: str, folder: Path = CLIENT) -> None:
    """Call before a test of `what` that uses the npm package in `folder`. Skips it where that cannot be, or fails in CI."""
    why = missing(folder)
    if why is None:
        return
    cannot_test(f"{what}: {why}")


def cannot_test(why: str) -> NoReturn:
    """Skip a test for want of something on this machine, which the end of the run says; with `CI=true` it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(f"{NOT_TESTED}{why}")


def not_tested(reasons: Iterable[str]) -> list[str]:
    """A line for each thing that was not tested, out of why tests were skipped."""
    found = (re.search(rf"{NOT_TESTED}([^'\"]*)", reason) for reason in reasons)
    return sorted({match[0] for match in found if match})


def npm(folder: Path, script: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script of the package in a folder; its output is in the result."""
    command = ["npm", "run", "--silent", script]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=170, check=False)
