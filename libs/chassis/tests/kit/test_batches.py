"""An action on many things at once has a result for each; and who the caller is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from kit_loan_store import Loans
from kit_loans import Loan
from rapport_chassis.actor import Actor
from rapport_chassis.commands import Command
from rapport_chassis.security.issuer import LocalIssuer
from rapport_chassis.web.app import WebApp
from rapport_chassis.web.batches import body_of_batch
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id


async def lent(works: WorkFactory[Work], number: int) -> list[Loan]:
    async with works(Actor.system("test")) as work:
        act = Act(at=work.now, recorded_at=work.now, by="system:test")
        return [work.store(Loans).add(Loan.lend(new_id(), act)) for _ in range(number)]


def items(*loans: Loan, **more: Any) -> dict[str, Any]:
    return {"items": [{"id": str(each.id)} for each in loans], **more}


async def test_a_batch_has_for_each_item_the_result_of_its_action_alone(
    client: httpx.AsyncClient, works: WorkFactory[Work]
) -> None:
    first, stale, gone, last = await lent(works, 4)
    await client.post(f"/loans/{gone.id}:take-back", json={"condition": "good"})
    alone = await client.post(f"/loans/{gone.id}:prolong", json={"days": 2})
    late = await client.post(f"/loans/{stale.id}:prolong", json={"days": 2}, headers={"If-Match": '"7"'})
    assert "prolong" in late.json()["allowed"], "what the caller can do now"
    body = items(last, stale, gone, first, days=2, note="they asked")
    body["items"][1]["version"], nobody = 7, str(new_id())
    answer = await client.post("/loans:batch-prolong", json={**body, "items": [*body["items"], {"id": nobody}]})
    told = answer.json()
    assert (answer.status_code, told["done"], told["refused"]) == (200, 2, 3)
    assert [each["id"] for each in told["results"]] == [*(str(each.id) for each in (last, stale, gone, first)), nobody]
    assert [(each["result"], each["status"], each["version"]) for each in told["results"]] == [
        ("done", 200, 2),
        ("refused", 412, None),
        ("refused", 409, None),
        ("done", 200, 2),
        ("refused", 404, None),
    ]
    assert told["results"][0]["problem"] is None
    for result, same in ((told["results"][1], late), (told["results"][2], alone)):
        assert {**result["problem"], "trace_id": 0} == {**same.json(), "trace_id": 0}
    history = (await client.get(f"/loans/{first.id}/history")).json()["items"]
    assert [(each["move"], each["note"]) for each in history][1:] == [("prolong", "they asked")]
    assert (await client.get(f"/loans/{stale.id}")).json()["version"] == 1, "of what was refused nothing happened"
    assert (await client.get(f"/loans/{first.id}/history:verify")).json()["intact"]


async def test_a_batch_is_done_once_and_its_results_come_again(client: httpx.AsyncClient, works: WorkFactory[Work]) -> None:
    one, two = await lent(works, 2)
    key = {"Idempotency-Key": "batch-1"}
    body = items(one, two, condition="broken")
    refused = (await client.post("/loans:batch-take-back", json=body, headers=key)).json()
    assert [each["problem"]["code"] for each in refused["results"]] == ["still-in-use", "still-in-use"]
    again = await client.post("/loans:batch-take-back", json=body, headers=key)
    assert again.json() == refused and again.headers["Idempotency-Replayed"] == "true"
    done = [
        (await client.post("/loans:batch-take-back", json={**body, "note": "glass"}, headers={"Idempotency-Key": "batch-2"}))
        for _ in range(2)
    ]
    assert done[0].json() == done[1].json() and done[0].json()["done"] == 2
    assert (await client.get(f"/loans/{one.id}")).json()["version"] == 2


async def test_each_item_of_a_batch_costs_its_action_and_a_savepoint(
    client: httpx.AsyncClient, works: WorkFactory[Work], statements: Callable[[], Any]
) -> None:
    counts = {}
    for number in (1, 2, 5):
        loans = await lent(works, number)
        with statements() as sent:
            await client.post("/loans:batch-prolong", json=items(*loans, days=2))
        counts[number] = len(sent)
    each = counts[2] - counts[1]
    assert counts[5] - counts[2] == 3 * each and each <= 10, counts


@pytest.mark.parametrize("wrong", ["none", "many", "twice", "command"])
async def test_a_batch_that_cannot_be_read_does_nothing(
    client: httpx.AsyncClient, works: WorkFactory[Work], wrong: str
) -> None:
    (loan,) = await lent(works, 1)
    body = {
        "none": items(days=2),
        "many": {"items": [{"id": str(new_id())} for _ in range(101)], "days": 2},
        "twice": items(loan, loan, days=2),
        "command": items(loan, days=0),
    }[wrong]
    answer = await client.post("/loans:batch-prolong", json=body)
    assert answer.status_code == 422 and answer.json()["errors"], answer.text
    assert (await client.get(f"/loans/{loan.id}")).json()["version"] == 1


async def test_a_batch_needs_what_its_action_needs(client: httpx.AsyncClient, issuer: LocalIssuer, loan: Loan) -> None:
    for scopes, level in ((["loans:read"], 4), (["loans:handle"], 1)):
        headers = {"Authorization": f"Bearer {issuer.mint('agent-8', scopes, level=level)}"}
        assert (await client.post("/loans:batch-prolong", json=items(loan, days=2), headers=headers)).status_code == 403


def test_a_command_with_items_of_its_own_has_no_batch() -> None:
    class Packing(Command):
        items: list[str]

    with pytest.raises(TypeError, match="items"):
        body_of_batch(Packing)


def test_the_document_describes_a_batch(app: WebApp) -> None:
    operation = app.openapi["paths"]["/loans/v1/loans:batch-prolong"]["post"]
    assert operation["x-scope"] == "loans:handle" and "`not-allowed`" in operation["description"]
    body = app.openapi["components"]["schemas"]["ProlongingBatch"]
    assert set(body["required"]) == {"items", "days"} and body["examples"][0]["days"] == 3


# --- who reads


async def test_me_says_who_the_caller_is_whatever_they_may_do(client: httpx.AsyncClient, issuer: LocalIssuer) -> None:
    me = (await client.get("/me")).json()
    ends = datetime.fromisoformat(me.pop("expires_at"))
    assert 3500 < (ends - datetime.now(UTC)).total_seconds() <= 3600
    assert me == {
        "subject": "agent-7",
        "kind": "person",
        "level": 2,
        "scopes": ["loans:handle", "loans:read"],
        "source": None,
        "staff": None,
    }
    nothing = {"Authorization": f"Bearer {issuer.mint('agent-8', [])}"}
    assert (await client.get("/me", headers=nothing)).json()["scopes"] == []
    assert (await client.get("/me", headers={"Authorization": "Bearer nonsense"})).status_code == 401
    del client.headers["Authorization"]
    assert (await client.get("/me")).status_code == 401
