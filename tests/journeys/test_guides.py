"""The examples of the guides, run as they are written there, after the first block of the README's road."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = re.compile(r"^ *```sh guide\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
ROAD = re.compile(r"^```sh road\n(.*?)^```", re.MULTILINE | re.DOTALL)
DRAWN = {"house.md", "settings.md"}
"""Written from the code and held against it; there is nothing in it to run."""
GUIDES = sorted({file.name for file in (ROOT / "docs").glob("*.md")} - DRAWN)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_examples_of_a_guide_work(product, guide: str):
    blocks = GUIDE.findall((ROOT / "docs" / guide).read_text())
    assert blocks, "a guide has examples"
    names = ROAD.findall((ROOT / "README.md").read_text())[0]
    environment = {**product.environment, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["bash", "-c", "\n".join(["set -eo pipefail", names, *blocks])],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '"status":5' not in done.stdout and "problems/invalid" not in done.stdout, done.stdout[-3000:]
