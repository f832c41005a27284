"""Prometheus for tests: `promtool` for rules and expressions, and an image for the compose stack where none can be pulled.
Both are of Debian's package `prometheus`; where it is missing, tests are skipped, and with `CI=true` they fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rapport_testing.node import cannot_test

OBSERVABILITY = Path(__file__).parents[3] / "deploy" / "observability"
OF_SCRAPING = {"up", "ALERTS", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Metrics that are Prometheus's own, or those of any process."""
_NAME = re.compile(r"\b(?:rapport_\w+|up|process_\w+_(?:bytes|total))\b")
_LABELS = re.compile(r"\{[^}]*\}|\b(?:by|on|ignoring|group_left|group_right|without) \([^)]*\)")
_IMAGE = """
FROM debian:trixie-slim
COPY prometheus /bin/prometheus
RUN mkdir /prometheus && chown 65534:65534 /prometheus
USER 65534:65534
ENTRYPOINT ["/bin/prometheus"]
"""


def need_prometheus(what: str, program: str = "promtool") -> str:
    """Where the program is. Call before a test of `what`: skips it where there is none, or fails in CI."""
    found = shutil.which(program)
    if found is None:
        cannot_test(f"{what}: there is no {program} on this machine; Debian's package is `prometheus`")
    return found


def promtool(*arguments: str | Path, what: str = "the alarms") -> str:
    """What `promtool` says, with its exit code in front (`0 ...`)."""
    command = [need_prometheus(what), *map(str, arguments)]
    done = subprocess.run(command, cwd=OBSERVABILITY, capture_output=True, text=True, timeout=300, check=False)
    return f"{done.returncode} {done.stdout}{done.stderr}"


def image(tag: str) -> None:
    """See to it that the image is there: pulled, or made of this machine's own Prometheus under the same name."""
    if not _docker("image", "inspect", tag) or not _docker("pull", "--quiet", tag):
        return
    program = need_prometheus("Prometheus on the stack", "prometheus")
    context = Path(os.environ.get("TMPDIR", "/tmp")) / f"prometheus-image-{os.getpid()}"  # noqa: S108 - removed below
    context.mkdir()
    try:
        (context / "Dockerfile").write_text(_IMAGE)
        shutil.copy2(program, context / "prometheus")
        assert not _docker("build", "--quiet", "--tag", tag, str(context))
    finally:
        shutil.rmtree(context)


def _docker(*arguments: str) -> int:
    docker = shutil.which("docker") or "docker"
    return subprocess.run([docker, *arguments], capture_output=True, timeout=300, check=False).returncode


def rules(text: str) -> list[dict[str, Any]]:
    """The alarms of a file of rules."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def expressions(dashboard: str) -> Iterator[tuple[str, str]]:
    """Title and expression of each query of a dashboard, its variables filled in."""
    for panel in json.loads(dashboard)["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$service", ".*").replace("$__rate_interval", "1m")


def named(expression: str) -> set[str]:
    """The metrics that an expression names."""
    return set(_NAME.findall(_LABELS.sub("", expression)))
