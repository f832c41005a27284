"""The fixtures of a service under test: known in the tests of each, `services/<name>/tests`, and told nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rapport_testing.databases import Database
from rapport_testing.web import TokenMaker


def service_of(request: pytest.FixtureRequest) -> str | None:
    """The service whose tests these are; None elsewhere."""
    root = request.config.rootpath / "services"
    return request.path.relative_to(root).parts[0] if request.path.is_relative_to(root) else None


@pytest.fixture(scope="module")
def migrations(request: pytest.FixtureRequest) -> Sequence[str]:
    """The migration packages that `database` has applied: those of the service. Override it elsewhere."""
    name = service_of(request)
    return () if name is None else (f"rapport_{name}.migrations",)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of an installation."""
    from rapport_chassis.keys import Keys

    folder = tmp_path_factory.mktemp("keys")
    Keys.create(folder)
    return folder


@pytest.fixture(scope="session")
def keys(keys_dir: Path) -> Any:
    """The same, read."""
    from rapport_chassis.keys import Keys

    return Keys.load(keys_dir)


@pytest.fixture(scope="module")
def service_settings() -> Mapping[str, Any]:
    """Override in a conftest.py or a module: settings of `served` beside database, broker, keys and tokens. With `kafka` the
    broker of the run is not started for it."""
    return {}


@pytest_asyncio.fixture(scope="module")
async def served(
    request: pytest.FixtureRequest,
    database: Database,
    keys_dir: Path,
    tokens: TokenMaker,
    service_settings: Mapping[str, Any],
) -> AsyncIterator[Any]:
    """The service over the module's database; its HTTP side answers, nothing runs in the background."""
    from rapport_cli.services import build

    name = service_of(request)
    assert name is not None, "`served` is for the tests of a service"
    given = {"database_url": database.url, "keys": keys_dir, **tokens.settings, **service_settings}
    made = build(name, kafka=given.pop("kafka", None) or request.getfixturevalue("kafka"), **given)
    yield made
    await made.database.close()
