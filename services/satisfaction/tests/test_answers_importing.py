"""Answers given elsewhere are imported."""

from __future__ import annotations

from rapport_chassis.work import Actor
from rapport_kernel.ids import new_id

from .world import API, bring


async def test_an_import_of_five_hundred_costs_as_many_statements_as_one_of_five(world) -> None:
    async def cost(count: int, source: str) -> int:
        with world.statements() as seen:
            await bring(world, [n % 13 for n in range(count)], source=source)
        return len(seen)

    assert await cost(500, "many") == await cost(13, "few") <= 12


async def test_one_bad_item_spoils_nothing(world) -> None:
    items = [
        {"ref": "1", "answers": {"score": 9, "comment": "personal words"}, "customer_id": str(new_id())},
        {"ref": "1", "answers": {"score": 8}},
        {"answers": {"score": 8}},
        {"ref": "2", "answers": {"score": 8}, "answered_at": "yesterday"},
        {"ref": "3", "answers": {"score": " "}},
        {"ref": "4", "answers": {"rank": 8}},
        {"ref": "5", "answers": {"score": 0}, "answered_at": "2018-05-21T10:00:00+02:00"},
    ]
    body = {"source": "s", "survey": "after-call", "responses": items}
    answer = await world.http.post(f"{API}/responses:import", json=body)
    assert [(one["result"], one["reason"]) for one in answer.json()["results"]] == [
        ("accepted", None), ("duplicate", None), ("rejected", "malformed"), ("rejected", "malformed"),
        ("rejected", "blank"), ("rejected", "unknown_question"), ("accepted", None),
    ]  # fmt: skip
    facts = await world.published()
    scored = [fact for kind, fact in facts if kind == "satisfaction.scored"]
    assert {(fact["ref"], fact["source"], fact["has_comment"]) for fact in scored} == {("1", "s", True), ("5", "s", False)}
    dated = next(fact for fact in scored if fact["ref"] == "5")
    assert (dated["answered_at"], dated["lowest"], dated["highest"]) == ("2018-05-21T08:00:00.000000Z", 0, 10)
    received = {fact["ref"]: fact for kind, fact in facts if kind == "survey-response.received"}
    assert received["5"]["answered_at"] == dated["answered_at"] < received["5"]["received_at"]
    assert {fact["ref"] for kind, fact in facts if kind == "survey-response.rejected"} == {"3", "4"}
    assert (await world.http.get(f"{API}/scores")).json()["excluded"] == {"blank": 1, "unknown_question": 1}
    assert (await world.http.get(f"{API}/follow-ups")).json()["items"] == []
    [first, _] = sorted((await world.http.get(f"{API}/responses")).json()["items"], key=lambda one: one["ref"])
    assert (await world.http.get(f"{API}/responses/{first['id']}")).json()["comments"] == {"comment": "personal words"}


async def test_words_of_a_customer_who_was_erased_are_refused(world) -> None:
    customer = new_id()
    async with world.served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    item = {"ref": "1", "answers": {"score": 9, "comment": "words"}, "customer_id": str(customer)}
    body = {"source": "s", "survey": "after-call", "responses": [item]}
    answer = await world.http.post(f"{API}/responses:import", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")
    assert (await world.http.get(f"{API}/responses")).json()["items"] == []


async def test_a_page_of_comments_costs_as_many_statements_as_one_comment(world) -> None:
    counts = {}
    for number in (1, 20):
        items = [{"ref": f"{number}-{n}", "answers": {"score": 3, "comment": f"words {n}"}} for n in range(number)]
        body = {"source": "s", "survey": "after-call", "responses": items}
        assert (await world.http.post(f"{API}/responses:import", json=body)).status_code == 200
        with world.statements() as seen:
            listed = (await world.http.get(f"{API}/responses")).json()["items"]
        counts[len(listed)] = len(seen)
        assert {one["comments"]["comment"] for one in listed} >= {f"words {n}" for n in range(number)}
    assert counts[1] == counts[21] <= 5, counts
