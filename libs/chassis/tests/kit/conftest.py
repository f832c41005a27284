"""The kit on a real database."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import Keys
from rapport_chassis.lifecycle import Check
from rapport_chassis.listens import Subscription
from rapport_chassis.metrics import Metrics
from rapport_chassis.migrations.triggers import updating
from rapport_chassis.security.issuer import LocalIssuer
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web import Router
from rapport_chassis.web.app import WebApp, build_app
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.states import StateTable
from sqlalchemy import text

sys.path.append(str(Path(__file__).parent))  # for `kit_loans`: tests are imported by file, not from a package
from kit_loan_store import Loans, metadata
from kit_loan_web import router
from kit_loans import LOAN_LIFE, Loan


@pytest_asyncio.fixture(scope="module")
async def db(database: Any) -> AsyncIterator[Database]:
    """The chassis' Database on a fresh database with the chassis tables and those of loans."""
    made = Database(database.url, name="kit", limits=Limits(pool_size=6))
    async with made.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        _, _, trigger, _ = updating("loans")  # what a revision does beside the table
        await connection.execute(text(trigger))
    yield made
    await made.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def works(db: Database, keys: Keys) -> WorkFactory[Work]:
    return WorkFactory(db, Work, source="loans", keys=keys)


@pytest.fixture
def agent() -> Actor:
    return Actor("person", "agent-7", level=2)


@dataclass
class LoansService:
    """What `build_app` needs."""

    settings: ServiceSettings
    works: WorkFactory[Work]
    name: str = "loans"
    title: str = "Loans"
    about: str = "Loans of books, for tests."
    routers: Sequence[Router] = (router,)
    subscriptions: Sequence[Subscription] = ()
    lives: Mapping[str, StateTable] = field(default_factory=lambda: {"loan": LOAN_LIFE})
    metrics: Metrics = field(default_factory=Metrics)
    staff: StaffRegister | None = None

    async def ready(self) -> Sequence[Check]:
        return [Check("database", ok=True)]


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def app(issuer: LocalIssuer, works: WorkFactory[Work], tmp_path: Path) -> WebApp:
    database = SecretStr("postgresql://nobody@127.0.0.1/none")
    settings = ServiceSettings(
        database_url=database, kafka="127.0.0.1:9", home=tmp_path, issuer=issuer.issuer, jwks=str(issuer.jwks)
    )
    return build_app(LoansService(settings, works))


@pytest_asyncio.fixture
async def client(app: WebApp, issuer: LocalIssuer) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/loans/v1") as made:
        made.headers["Authorization"] = f"Bearer {issuer.mint('agent-7', ['loans:read', 'loans:handle'], level=2)}"
        yield made


@pytest_asyncio.fixture
async def loan(works: WorkFactory[Work]) -> Loan:
    async with works(Actor.system("test")) as work:
        act = Act(at=work.now, recorded_at=work.now, by="system:test")
        return work.store(Loans).add(Loan.lend(new_id(), act))
