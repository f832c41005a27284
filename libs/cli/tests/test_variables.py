"""A variable that nobody reads keeps a command from starting, with one line that names the nearest one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.variables import refuse_unknown


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("RAPPORT_ISSUR", "RAPPORT_ISSUR is no setting; did you mean RAPPORT_ISSUER?"),
        ("RAPPORT_POOLSIZE", "RAPPORT_POOLSIZE is no setting; did you mean RAPPORT_POOL_SIZE?"),
        ("rapport_zon", "rapport_zon is no setting; did you mean RAPPORT_ZONE?"),
        ("RAPPORT_REAP_EVRY", "RAPPORT_REAP_EVRY is no setting; did you mean RAPPORT_REAP_EVERY?"),
        ("RAPPORT_USR", "RAPPORT_USR is no setting; did you mean RAPPORT_USER?"),
        ("RAPPORT_SOMETHING_ELSE_ALTOGETHER", "RAPPORT_SOMETHING_ELSE_ALTOGETHER is no setting (docs/settings.md)"),
    ],
)
def test_the_nearest_name_is_said_and_no_value(given: str, says: str) -> None:
    with pytest.raises(CommandError) as refused:
        refuse_unknown({given: "c0ffee", "RAPPORT_ISSUER": "https://one"})
    assert (str(refused.value), refused.value.exit_code) == (says, USAGE)


def test_a_misspelt_file_among_the_secrets_is_refused_too(tmp_path: Path) -> None:
    for name in ("rapport_database_url", "password", "rapport_databse_url"):
        (tmp_path / name).write_text("c0ffee")
    with pytest.raises(CommandError) as refused:
        refuse_unknown({"RAPPORT_SECRETS_DIR": f"{tmp_path / 'none'}{os.pathsep}{tmp_path}"})
    assert str(refused.value) == f"{tmp_path}/rapport_databse_url is no setting; did you mean RAPPORT_DATABASE_URL?"


def test_what_is_read_somewhere_is_taken() -> None:
    names = "ISSUER", "rapport_zone", "USER", "HOST", "TOKEN", "STALE_AFTER", "TEST_POSTGRES", "BUILD_REVISION"
    refuse_unknown({name if name.startswith("rapport") else f"RAPPORT_{name}": "" for name in names} | {"PATH": "/"})


def test_what_kubernetes_says_of_its_own_services_is_no_setting() -> None:
    links = {"RAPPORT_COMPLAINTS_API_SERVICE_HOST": "10.0.0.1", "RAPPORT_COMPLAINTS_API_PORT_8080_TCP_ADDR": "10.0.0.1"}
    refuse_unknown({**links, "KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    with pytest.raises(CommandError):
        refuse_unknown(links)


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command, as somebody types it."""
    environment = {**os.environ, **more}
    command = [sys.executable, "-m", "rapport_cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_command_ends_with_one_line() -> None:
    ended = run("serve", "complaints", RAPPORT_ISSUR="c0ffee")
    assert (ended.returncode, ended.stdout) == (USAGE, "")
    assert ended.stderr == "rapport: RAPPORT_ISSUR is no setting; did you mean RAPPORT_ISSUER?\n"


def test_the_command_says_which_version_it_is() -> None:
    ended = run("--version", RAPPORT_ISSUR="c0ffee")
    assert (ended.returncode, ended.stdout) == (0, "rapport 0.1.0\n")
