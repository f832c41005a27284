"""Keys of call-centre systems: made once, shown once, for one source, gone within seconds when revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.security.machine_keys import KNOWN_SECONDS, MachineKeys, create_machine_key, revoke_machine_key
from rapport_chassis.tables import machine_keys
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.web.app import build_app
from rapport_kernel.errors import Forbidden, NotFound, Unauthenticated
from sqlalchemy import select, text

KEYS = "/notes/v1/machine-keys"
MAKER = Actor("person", "admin", frozenset({"notes:push", "notes:read"}), level=4)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def admin(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    return bearer("notes:manage-keys", "notes:push", "notes:read", "notes:read-audit", level=4)


async def _made(service: Any, **fields: Any) -> tuple[str, str]:
    async with service.works(MAKER) as work:
        made, key = await create_machine_key(
            work, **{"name": "Genesys", "source": "genesys", "scopes": ["notes:push"], **fields}
        )
    return made.id, key


async def test_a_key_speaks_for_its_source_with_its_scopes(service: Any, db: Any) -> None:
    key_id, key = await _made(service, level=2)
    actor = await MachineKeys(db).verify(key)
    assert actor == Actor("machine", key_id, frozenset({"notes:push"}), 2, "genesys")


async def test_the_secret_is_stored_nowhere(service: Any, db: Any) -> None:
    _, key = await _made(service)
    secret = key.split("_", 2)[2]
    async with db.engine.connect() as connection:
        rows = repr((await connection.execute(select(machine_keys))).all())
        audit = repr((await connection.execute(text("SELECT * FROM audit"))).all())
    assert secret not in rows + audit
    assert "machine-key.created" in audit


async def test_wrong_keys_look_all_the_same(service: Any, db: Any) -> None:
    key_id, key = await _made(service)
    _, expired = await _made(service, expires_at=(await _now(service)) - timedelta(seconds=1))
    revoked_id, revoked = await _made(service)
    async with service.works(MAKER) as work:
        await revoke_machine_key(work, revoked_id, reason="lost")
    keys = MachineKeys(db)
    said = set()
    for wrong in (
        key[:-1] + ("A" if key[-1] != "A" else "B"),
        f"rpt_{'0' * 16}_{'A' * 43}",
        f"rpt_{key_id}_",
        f"rpt_{key_id}",
        "rpt__",
        key + "x",
        key.upper(),
        "rpt_" + "\x00" * 16 + "_" + "A" * 43,
        expired,
        revoked,
    ):
        with pytest.raises(Unauthenticated) as refused:
            await keys.verify(wrong)
        said.add((refused.value.code, refused.value.message))
    assert len(said) == 1
    assert (await keys.verify(key)).source == "genesys"


async def test_a_revoked_key_is_refused_within_seconds(service: Any, db: Any) -> None:
    time = Time()
    key_id, key = await _made(service)
    keys = MachineKeys(db, clock=time)
    assert (await keys.verify(key)).source == "genesys"
    async with service.works(MAKER) as work:
        await revoke_machine_key(work, key_id, reason="stolen")
    time.now = KNOWN_SECONDS - 0.1
    assert (await keys.verify(key)).id == key_id, "known for a few seconds: that is the bound"
    time.now = KNOWN_SECONDS
    with pytest.raises(Unauthenticated):
        await keys.verify(key)


async def test_a_known_key_costs_no_statement(service: Any, db: Any, statements: Callable[[], Any]) -> None:
    time = Time()
    _, key = await _made(service)
    keys = MachineKeys(db, clock=time)
    with statements() as sent:
        for _ in range(100):
            await keys.verify(key)
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT", "UPDATE", "COMMIT"]
    time.now = 10
    with statements() as sent:
        await keys.verify(key)
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT"], "last use is written to the minute"


async def test_a_flood_of_one_unknown_key_costs_one_statement(db: Any, statements: Callable[[], Any]) -> None:
    keys = MachineKeys(db, clock=Time())
    with statements() as sent:
        for _ in range(100):
            with pytest.raises(Unauthenticated):
                await keys.verify(f"rpt_{'0' * 16}_{'A' * 43}")
    assert len(sent) == 2


async def test_nobody_makes_a_key_that_holds_more_than_he(service: Any) -> None:
    for fields in ({"scopes": ["notes:send"]}, {"scopes": ["notes:push", "other:push"]}):
        with pytest.raises(Forbidden):
            await _made(service, **fields)
    low = Actor("person", "clerk", frozenset({"notes:push"}), level=2)
    async with service.works(low) as work:
        with pytest.raises(Forbidden):
            await create_machine_key(work, name="x", source="y", scopes=["notes:push"], level=3)


async def test_revoking_twice_keeps_the_first_time(service: Any, db: Any) -> None:
    key_id, _ = await _made(service)
    async with service.works(MAKER) as work:
        await revoke_machine_key(work, key_id, reason="lost")
    async with db.engine.connect() as connection:
        query = select(machine_keys.c.revoked_at).where(machine_keys.c.id == key_id)
        first = (await connection.execute(query)).scalar_one()
    async with service.works(MAKER) as work:
        await revoke_machine_key(work, key_id, reason="again")
    async with db.engine.connect() as connection:
        assert (await connection.execute(query)).scalar_one() == first
    with pytest.raises(NotFound):
        async with service.works(MAKER) as work:
            await revoke_machine_key(work, "0" * 16, reason="none")


async def test_an_operator_makes_lists_and_revokes_keys(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = {"name": "Genesys", "source": "genesys", "scopes": ["notes:push"], "days": 30}
    made = await client.post(KEYS, json=body, headers=admin)
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    pushed = await client.post("/notes/v1/notes:push", json=[{"words": "a"}], headers={"Authorization": f"Bearer {key}"})
    assert pushed.json() == {"taken": 1, "refused": 0}
    listed = await client.get(KEYS, headers=admin)
    assert key not in listed.text
    assert listed.json()[0]["id"] == made.json()["id"]
    assert listed.json()[0]["last_used_at"] is not None
    gone = await client.post(f"{KEYS}/{made.json()['id']}:revoke", json={"reason": "replaced"}, headers=admin)
    assert (gone.status_code, gone.content) == (204, b"")
    after = await client.post("/notes/v1/notes:push", json=[], headers={"Authorization": f"Bearer {key}"})
    assert (after.status_code, after.json()["code"]) == (401, "key-invalid"), "at once where it was revoked"
    trail = (
        await client.get("/notes/v1/audit", params={"subject": f"machine-key:{made.json()['id']}"}, headers=admin)
    ).json()
    assert [entry["action"] for entry in trail["items"]] == ["machine-key.revoked", "machine-key.created"]
    assert trail["items"][0]["reason"] == "replaced"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"scopes": ["notes:push", "notes:read"]}, 403, "not-for-machines"),
        ({"scopes": ["notes:manage-keys"]}, 403, "not-for-machines"),
        ({"scopes": ["notes:write"]}, 403, "not-for-machines"),
        ({"source": "manual"}, 422, "reserved-source"),
        ({"days": 731}, 422, "invalid-body"),
    ],
)
async def test_a_key_brings_in_and_reads_nothing(
    client: httpx.AsyncClient, admin: dict[str, str], changed: dict[str, Any], status: int, code: str
) -> None:
    refused = await client.post(KEYS, json={"name": "x", "source": "y", "scopes": ["notes:push"], **changed}, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_machine_makes_no_keys(service: Any) -> None:
    machine = Actor("machine", "0" * 16, frozenset({"notes:push", "notes:manage-keys"}), 4, "genesys")
    with pytest.raises(Forbidden, match="only-people"):
        async with service.works(machine) as work:
            await create_machine_key(work, name="child", source="demo", scopes=["notes:push"])


async def test_keys_go_with_their_maker(
    client: httpx.AsyncClient, admin: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    leaver = bearer("notes:manage-keys", "notes:push", subject="leaver", level=4)
    body = {"name": "Genesys", "source": "genesys", "scopes": ["notes:push"]}
    theirs = [(await client.post(KEYS, json=body, headers=leaver)).json() for _ in range(2)]
    other = (await client.post(KEYS, json=body, headers=admin)).json()
    assert {one["created_by"] for one in theirs} == {"leaver"}
    lasts = datetime.fromisoformat(other["expires_at"]) - datetime.fromisoformat(other["created_at"])
    assert lasts == timedelta(days=365)  # unless another time is asked for
    gone = await client.post(f"{KEYS}:revoke", json={"created_by": "leaver", "reason": "left-the-company"}, headers=admin)
    assert gone.json() == {"revoked": sorted(one["id"] for one in theirs)}
    again = await client.post(f"{KEYS}:revoke", json={"created_by": "leaver", "reason": "left-the-company"}, headers=admin)
    assert again.json() == {"revoked": []}
    pushed = [
        (await client.post("/notes/v1/notes:push", json=[], headers={"Authorization": f"Bearer {one['key']}"})).status_code
        for one in (*theirs, other)
    ]
    assert pushed == [401, 401, 200]


async def test_a_route_knows_the_source(service: Any) -> None:
    router = Router()

    @router.get("/source", allow=Scope("notes:push"))
    async def source(call: Call[Any]) -> str:
        return f"{call.actor.kind} {call.actor.source}"

    service.routers = (router,)
    _, key = await _made(service)
    transport = httpx.ASGITransport(app=build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
        answer = await client.get("/notes/v1/source", headers={"Authorization": f"Bearer {key}"})
    assert answer.json() == "machine genesys"


async def _now(service: Any) -> Any:
    async with service.works(MAKER) as work:
        return work.now
