"""The README's road, run as it is written there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh road\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_road_of_the_readme(product):
    script = "set -eo pipefail\n" + "\necho\n".join(BLOCK.findall((ROOT / "README.md").read_text()))
    assert script.count("act ") >= 10
    environment = {**product.environment, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said = done.stdout
    assert [line for line in said.splitlines() if line in {"acknowledged", "root_cause_identified", "resolved", "closed"}]
    refused, _ = json.JSONDecoder().raw_decode(said[said.index('{"type":"/problems') :])
    assert refused["status"] == 409 and "record-step" in refused["allowed"]
    for kind in ("interaction.completed.v1", "customer.registered.v1", "complaint.closed.v1", "follow-up.opened.v1"):
        assert kind in said.split('"items"')[-1], kind
    log = re.split(r'"next":null[^{}]*}', said)[-1]
    assert "complaint.closed.v1" in log
    assert not re.search(r"139\d{8}|charged twice|Far too slow", log)
