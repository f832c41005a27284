"""The servers of a run are shared by its workers and end with it, however it ends."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from rapport_testing.servers import PREFIX
from rapport_testing.waiting import eventually

KILLED = """
import os, pathlib, signal
def test_it(postgres, request):
    pathlib.Path({told!r}).write_text(f"{{postgres}} {{os.getpid()}}")
    os.kill(os.getpid(), signal.SIGKILL)
"""
SHARED = """
import os, pathlib, pytest
@pytest.mark.parametrize("number", range(8))
def test_it(postgres, worker_id, number):
    (pathlib.Path({told!r}) / worker_id).write_text(postgres)
"""


async def run_pytest(folder: Path, source: str, *options: str) -> int:
    test = folder / "test_inner.py"
    test.write_text(source)
    inner = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "RAPPORT_TEST_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, test),
        cwd=folder,
        env=inner | {"TMPDIR": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


async def answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.CannotConnectNowError):
        return False
    await connection.close()
    return True


async def test_servers_of_a_killed_run_end_and_leave_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told"
    assert await run_pytest(tmp_path, KILLED.format(told=str(told))) == -9
    url, pid = told.read_text().split()
    await eventually(lambda: not list(tmp_path.glob(f"{PREFIX}{pid}-*")))
    assert not await answers(url)


async def test_workers_share_one_server(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    assert await run_pytest(tmp_path, SHARED.format(told=str(told)), "-n", "2", "--dist", "each") == 0
    by_worker = [path.read_text() for path in told.iterdir()]
    assert len(by_worker) == 2
    assert len(set(by_worker)) == 1
    await eventually(lambda: not list(tmp_path.glob(f"{PREFIX}*")))


def test_a_server_that_is_given_is_used(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from rapport_testing import plugin

    monkeypatch.setenv("RAPPORT_TEST_POSTGRES", "postgresql://given")
    assert plugin.address(pytestconfig, "postgres", "RAPPORT_TEST_POSTGRES") == "postgresql://given"
