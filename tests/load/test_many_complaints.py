"""Lists and figures of Complaints at a million rows: how long each takes over HTTP, printed and kept, never asserted.

What each may touch is held by `services/complaints/tests/test_many.py`, which asks the same of twenty thousand.
`BENCH_COMPLAINTS` says how many, if not a million; filling takes about eight minutes of them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path
from types import ModuleType

import asyncpg
from pydantic import SecretStr
from rapport_complaints.app import Settings, service
from rapport_testing.databases import Databases
from rapport_testing.web import TokenMaker, client_of

from .rounds import FOLDER

MANY = int(os.environ.get("BENCH_COMPLAINTS", "1000000"))
TESTS = Path(__file__).parents[2] / "services" / "complaints" / "tests"
RUNS = 3


def asking() -> ModuleType:
    """The requests, and what fills the tables, of the service's own tests."""
    spec = importlib.util.spec_from_file_location("asking", TESTS / "asking.py")
    assert spec is not None and spec.loader is not None
    made = sys.modules["asking"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


async def test_lists_and_figures_of_many_complaints(databases: Databases, keys: Path, tmp_path: Path) -> None:
    ask, tokens = asking(), TokenMaker(tmp_path)
    database = await databases.make(["rapport_complaints.migrations"])
    connection: asyncpg.Connection = await database.connect()
    await ask.fill(connection, MANY)
    await connection.execute("VACUUM ANALYZE")
    requests = [*ask.lists(await ask.samples(connection)), *ask.FIGURES]
    requests += [ask.Request(each.path, {**each.params, **ask.LAST_MONTH}) for each in ask.FIGURES]
    await connection.close()
    served = service(Settings(database_url=SecretStr(database.url), kafka="127.0.0.1:9", keys=keys, **tokens.settings))
    scopes = [
        f"complaints:{each}" for each in ("read", "stats", "repairs", "changes", "recover", "emergencies", "win-backs")
    ]
    taken: dict[str, float] = {}
    async with client_of(served.asgi, headers=tokens.bearer(*scopes, subject=ask.CALLER), timeout=120) as client:
        for request in requests:
            runs = []
            for _ in range(RUNS):
                began = time.perf_counter()
                answer = await client.get(f"/complaints/v1{request.path}", params=dict(request.params))
                runs.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, (request.name, answer.text)
            taken[request.name] = statistics.median(runs)
            print(f"\n{taken[request.name]:10,.1f} ms  {request.name}", end="", flush=True)
    await served.database.close()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "many-complaints.json").write_text(json.dumps({"complaints": MANY, "milliseconds": taken}, indent=1))
