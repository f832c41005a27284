"""A small real service for the tests of the web side: notes with a life, on a real PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import fastapi
import httpx
import pytest
import pytest_asyncio
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, SecretStr, TypeAdapter, ValidationError
from rapport_chassis.bodies import Body, Params, Text
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import Keys
from rapport_chassis.lifecycle import Check
from rapport_chassis.listens import Subscription
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.metrics import Metrics
from rapport_chassis.observability import configure_logging
from rapport_chassis.security.issuer import LocalIssuer
from rapport_chassis.security.masking import mask_phone
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web import Call, Described, FormBody, Public, RawBody, Router, Scope
from rapport_chassis.web.app import WebApp, build_app
from rapport_chassis.web.management import management_app
from rapport_chassis.web.operations import Aside, On
from rapport_chassis.web.protocol import CarefulProtocol
from rapport_chassis.work import WorkFactory
from rapport_kernel.errors import NotAllowed, NotFound, VersionConflict
from rapport_kernel.ids import new_id
from rapport_kernel.states import StateTable
from sqlalchemy import func, insert, select
from starlette.responses import HTMLResponse

sys.path.insert(0, str(Path(__file__).parent))
from web_notes import LIFE, Note, Notes, NotesWork, close_note, raise_note, read_note, reopen_note, write_note
from web_sockets import Served

RANKED = Keyset({"rank": Notes.table.c.rank, "id": Notes.table.c.id}, Notes.table.c.id, default="rank")


async def list_notes(work: NotesWork, paging: Paging, filters: dict[str, object]) -> Page[NoteView]:
    query = select(Notes.table)
    if filters["state"] is not None:
        query = query.where(Notes.table.c.state == filters["state"])
    page = await RANKED.find(work, query, paging, filters)
    return page.map(lambda row: NoteView.model_validate(row, from_attributes=True))


async def store_many(work: NotesWork, notes: list[Item]) -> int:
    rows = [
        {
            "id": new_id(),
            "version": 1,
            "state": "open",
            "words": n.words,
            "rank": n.rank,
            "score": 0,
            "extra": {},
            "phone": "",
        }
        for n in notes
    ]
    if rows:
        await work.connection.execute(insert(Notes.table), rows)
    return len(rows)


# -- web


def echoing(value: str | None) -> str | None:
    """A careless validator: what it says holds what it was given."""
    if value is not None:
        raise ValueError(f"{value} is not right")
    return value


class Left(Body):
    side: Literal["left"]


class Right(Body):
    side: Literal["right"]


class NewNote(Body):
    """A note."""

    words: str = Field(min_length=1, max_length=500, examples=["Call back on Monday."])
    rank: int = Field(default=0, ge=0, le=1_000_000)
    score: float = 0.0
    extra: dict[str, Any] = Field(default_factory=dict)
    phone: str = ""
    marks: dict[str, int] = Field(default_factory=dict)
    about: UUID | None = None
    due: AwareDatetime | None = None
    checked: Annotated[str | None, AfterValidator(echoing)] = None
    part: Annotated[Left | Right, Field(discriminator="side")] | None = None


class Item(Body):
    words: Text
    rank: int = 0


class NoteForm(FormBody):
    words: str = Field(min_length=1, max_length=500)
    rank: int = 0


class NoteView(BaseModel):
    id: UUID
    version: int
    state: str
    words: str
    rank: int
    phone: str = ""


class Taken(BaseModel):
    taken: int
    refused: int


class Filter(Params):
    state: str | None = Field(default=None, max_length=20, description="open or closed")


_ITEM = TypeAdapter(Item)
_ITEMS = TypeAdapter(list[Any])


def view(note: Note, level: int = 4) -> NoteView:
    return NoteView(
        id=note.id, version=note.version, state=note.state, words=note.words, rank=note.rank,
        phone=mask_phone(note.phone, level) if note.phone else "",
    )  # fmt: skip


router = Router(tags=["notes"])


@router.post("/notes", allow=Scope("notes:write"), status=201, summary="Write a note")
async def write(body: NewNote, call: Call[NotesWork]) -> NoteView:
    """Writes a note and gives it back."""
    note = await call.run(write_note, body.words, body.rank, body.score, body.extra, body.phone)
    call.headers["Location"] = f"/notes/v1/notes/{note.id}"
    return view(note, call.actor.level)


@router.get("/notes/{note_id}", allow=Scope("notes:read"), errors=[NotFound])
async def read(note_id: UUID, call: Call[NotesWork]) -> NoteView:
    return view(await call.read(read_note, note_id), call.actor.level)


@router.post(
    "/notes/{note_id}:close",
    allow=Scope("notes:write", level=2),
    errors=[NotFound, NotAllowed, VersionConflict],
    on=On(Note),
)
async def close(note_id: UUID, call: Call[NotesWork]) -> NoteView:
    return view(await call.run(close_note, note_id))


class Reopening(Body):
    """Nothing that has to be said."""

    words: str | None = None


@router.post("/notes/{note_id}:reopen", allow=Scope("notes:write"), errors=[NotFound, NotAllowed], on=On(Note))
async def reopen(note_id: UUID, body: Reopening, call: Call[NotesWork]) -> NoteView:
    return view(await call.run(reopen_note, note_id, body.words))


@router.post(
    "/notes/{note_id}:raise",
    allow=Scope("notes:write"),
    errors=[NotFound, VersionConflict],
    on=Aside("of whatever state"),
)
async def raise_(note_id: UUID, call: Call[NotesWork]) -> NoteView:
    return view(await call.run(raise_note, note_id))


@router.post("/notes/{note_id}:close-exactly", allow=Scope("notes:write"), demand_version=True, errors=[NotFound])
async def close_exactly(note_id: UUID, call: Call[NotesWork]) -> NoteView:
    return view(await call.run(close_note, note_id))


@router.get("/notes", allow=Scope("notes:read"))
async def listed(
    paging: Annotated[Paging, RANKED],
    filters: Filter,
    call: Call[NotesWork],
    since: Annotated[int | None, fastapi.Query(alias="from", description="unused")] = None,
    tag: list[str] | None = None,
) -> Page[NoteView]:
    return await call.read(list_notes, paging, {"state": filters.state, "from": since, "tag": tag})


@router.post("/notes:push", allow=Scope("notes:push"), max_body=5_000_000)
async def push(body: Annotated[RawBody, Described(list[Item])], call: Call[NotesWork]) -> Taken:
    """Each item is judged alone; the batch is never spoilt by one."""
    try:
        raw = _ITEMS.validate_json(body)
    except ValidationError:
        return Taken(taken=0, refused=1)
    good: list[Item] = []
    for one in raw:
        try:
            good.append(_ITEM.validate_python(one))
        except ValidationError:
            continue
    return Taken(taken=await call.run(store_many, good), refused=len(raw) - len(good))


@router.post("/notes:form", allow=Public)
async def by_form(body: NoteForm, call: Call[NotesWork]) -> HTMLResponse:
    await call.run(write_note, body.words, body.rank, 0.0, {}, "")
    return HTMLResponse("<!DOCTYPE html><title>Thank you</title><p>Thank you.")


@router.get("/broken", allow=Public)
async def broken(call: Call[NotesWork]) -> NoteView:
    raise RuntimeError("13812345678 is a secret of the caller")


@dataclass
class NotesService:
    """What `build_app` needs."""

    settings: ServiceSettings
    works: WorkFactory[NotesWork]
    name: str = "notes"
    title: str = "Notes"
    about: str = "Short notes, for tests."
    routers: Sequence[Router] = (router,)
    subscriptions: Sequence[Subscription] = ()
    lives: Mapping[str, StateTable] = field(default_factory=lambda: {"note": LIFE})
    metrics: Metrics = field(default_factory=Metrics)
    staff: StaffRegister | None = None
    checks: list[Check] = field(default_factory=lambda: [Check("database", ok=True)])

    async def ready(self) -> Sequence[Check]:
        return self.checks


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    """Log lines as the product writes them."""
    configure_logging("error")


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer(tmp_path_factory.mktemp("issuer"))


@pytest_asyncio.fixture(scope="module")
async def db(database: Any) -> AsyncIterator[Database]:
    made = Database(database.url, name="notes", limits=Limits(pool_size=6))
    async with made.engine.begin() as connection:
        await connection.run_sync(Notes.table.metadata.create_all)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def settings(issuer: LocalIssuer, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(
        database_url=SecretStr("postgresql://nobody@127.0.0.1/none"),
        kafka="127.0.0.1:9",
        home=tmp_path,
        issuer=issuer.issuer,
        jwks=str(issuer.jwks),
        rate_public="1000000/minute",
        rate_principal="1000000/minute",
        rate_failures="1000000/minute",
    )


@pytest.fixture
def service(settings: ServiceSettings, db: Database, keys: Keys) -> NotesService:
    return NotesService(settings, WorkFactory(db, NotesWork, source="notes", keys=keys))


@pytest.fixture
def app(service: NotesService) -> WebApp:
    return build_app(service)


@pytest_asyncio.fixture
async def client(app: WebApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as made:
        yield made


@pytest_asyncio.fixture
async def operator(service: NotesService) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the management port."""
    transport = httpx.ASGITransport(app=management_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as made:
        yield made


@pytest.fixture
def bearer(issuer: LocalIssuer) -> Callable[..., dict[str, str]]:
    """`bearer("notes:read", level=2)`: the header of a token that holds these scopes."""

    def make(*scopes: str, level: int = 4, subject: str = "agent-7", **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {issuer.mint(subject, scopes, level=level, **claims)}"}

    return make


@pytest.fixture
def agent(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    return bearer("notes:read", "notes:write", "notes:push")


@pytest.fixture
def count(db: Database) -> Callable[[], Any]:
    """`await count()`: how many notes are stored."""

    async def counted() -> int:
        async with db.engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(Notes.table))).scalar_one())

    return counted


@pytest_asyncio.fixture
async def serve(eventually: Any) -> AsyncIterator[Callable[[Any], Any]]:
    """`served = await serve(app)`: the app behind a real server."""
    running: list[Served] = []

    async def start(app: Any, protocol: type[CarefulProtocol] = CarefulProtocol) -> Served:
        running.append(Served(app, protocol))
        await eventually(lambda: running[-1].server.started)
        return running[-1]

    yield start
    for one in running:
        await one.close()
