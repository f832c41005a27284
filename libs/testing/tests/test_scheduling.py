"""Files go to workers one by one; those of a folder that shares a product go to one worker together."""

from __future__ import annotations

import os
import subprocess
import sys

SAYS = """
import os, pathlib, time
def test_where():
    here = pathlib.Path(__file__)
    here.with_suffix(".worker").write_text(os.environ["PYTEST_XDIST_WORKER"])
    if here.parent.name == "contract":  # two at a time: both workers have to come
        deadline = time.monotonic() + 60
        while len({each.read_text() for each in here.parent.glob("*.worker")}) < 2:
            assert time.monotonic() < deadline, "the other worker has none of these files"
            time.sleep(0.02)
"""


def workers(root, folder):
    return {file.read_text() for file in (root / folder).glob("*.worker")}


def test_the_files_of_a_folder_that_shares_a_product_go_to_one_worker(tmp_path):
    for folder in ("tests/browser", "tests/contract"):
        (tmp_path / folder).mkdir(parents=True)
        for name in "abcd":
            (tmp_path / folder / f"test_{name}.py").write_text(SAYS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "tests"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(workers(tmp_path, "tests/browser")) == 1
    assert len(workers(tmp_path, "tests/contract")) == 2
