"""The running stack: who reaches whom, what a container may use, how rarely it is asked."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
from rapport_testing.waiting import eventually

WHO = ("gateway", "complaints-api", "complaints-relay", "kafka")


def reaches(stack: Any, container: str, host: str, port: int) -> bool:
    """Whether somebody in this container can open a connection there."""
    script = f"timeout 3 bash -c '</dev/tcp/{host}/{port}' 2>/dev/null && echo open || echo shut"
    return bool(stack.compose("exec", "-T", container, "bash", "-c", script).strip() == "open")


@pytest.mark.parametrize(
    ("container", "host", "port", "open_"),
    [
        ("gateway", "complaints-api", 8080, True),
        ("gateway", "postgres", 5432, False),
        ("gateway", "kafka", 9092, False),
        ("gateway", "complaints-worker", 8081, False),
        ("complaints-api", "postgres", 5432, True),
        ("complaints-api", "kafka", 9092, True),
        ("complaints-api", "kafka", 9093, False),
        ("complaints-api", "kafka", 9094, False),
        ("complaints-relay", "gateway", 8443, False),
        ("postgres", "kafka", 9092, False),
    ],
)
def test_a_container_reaches_whom_it_needs_and_nobody_else(
    stack: Any, container: str, host: str, port: int, open_: bool
) -> None:
    assert reaches(stack, container, host, port) is open_


@pytest.mark.parametrize("name", WHO)
def test_what_a_container_uses_and_writes_has_a_bound(stack: Any, name: str) -> None:
    container = stack.compose("ps", "--quiet", name).strip()
    host = json.loads(stack.inspect(container, "{{json .HostConfig}}"))
    assert min(host["Memory"], host["NanoCpus"], host["PidsLimit"]) > 0
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "5", "max-size": "10m"}}


async def test_who_is_well_is_asked_every_half_minute(stack: Any) -> None:
    container = stack.compose("ps", "--quiet", "complaints-api").strip()

    def asked_and_well() -> list[datetime]:
        log = json.loads(stack.inspect(container, "{{json .State.Health.Log}}"))[-2:]
        assert [each["ExitCode"] for each in log] == [0, 0]
        return [datetime.fromisoformat(each["End"][:19]) for each in log]

    one, other = await eventually(asked_and_well, within=120, every=2)
    assert timedelta(seconds=27) <= other - one <= timedelta(seconds=60)


def test_the_image_has_no_installer_and_says_its_version(stack: Any) -> None:
    version = stack.compose("run", "--rm", "-T", "tools", "--version").strip().removeprefix("rapport ")
    labels = json.loads(stack.inspect("rapport:local", "{{json .Config.Labels}}"))
    assert labels["org.opencontainers.image.version"] == version
    for python in ("python", "/usr/bin/python3", "/usr/local/bin/python"):
        command = ["docker", "run", "--rm", "--entrypoint", python, "rapport:local", "-m", "pip", "--version"]
        assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0
