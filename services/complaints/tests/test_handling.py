"""Who does it: taking complaints out of the queue, giving them back, and what each queue shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.refusals import AlreadyTaken, ConflictOfInterest, NotYours
from rapport_kernel.errors import NotAllowed
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .making import act, brought_to, types


@pytest_asyncio.fixture
async def other(desk: Desk, tokens: TokenMaker) -> AsyncIterator[Desk]:
    """A second person with the same scopes."""
    async with client_of(desk.served.asgi, headers=tokens.bearer(*SCOPES, subject="clerk-2")) as client:
        yield Desk(client, desk.served, desk.db)


async def queue(desk: Desk, name: str, **filters: Any) -> list[str]:
    """The numbers in a queue, in its order."""
    return [item["number"] for item in (await desk.get("/complaints", {"queue": name, **filters}))["items"]]


def test_who_takes_a_complaint_answers_for_it() -> None:
    complaint = brought_to("assessed")
    complaint.claim(act())
    assert (complaint.state, complaint.assignee, complaint.handlers) == ("assigned", "clerk-1", ["clerk-1"])
    assert types(complaint) == ["complaint.claimed"]


def test_taking_what_one_has_already_changes_nothing() -> None:
    complaint = brought_to("investigating")
    complaint.assignee = "clerk-1"
    complaint.claim(act())
    assert complaint.recorded == [] and complaint.unsaved_history == []


def test_what_somebody_else_has_is_not_taken() -> None:
    complaint = brought_to("investigating")
    with pytest.raises(AlreadyTaken):
        complaint.claim(act())
    assert complaint.assignee == "agent-1" and complaint.unsaved_history == []


@pytest.mark.parametrize("because", ["subject_staff", "barred"])
def test_who_has_a_conflict_of_interest_does_not_take_it(because: str) -> None:
    complaint = brought_to("assessed")
    setattr(complaint, because, ["clerk-1"])
    with pytest.raises(ConflictOfInterest):
        complaint.claim(act())


def test_only_who_has_it_gives_it_back() -> None:
    complaint = brought_to("investigating")
    with pytest.raises(NotYours):
        complaint.release(act(), "end-of-shift")
    assert complaint.assignee == "agent-1"


def test_what_was_done_before_a_release_stays_and_the_next_one_goes_on() -> None:
    complaint = brought_to("investigating")
    complaint.assignee = "clerk-1"
    complaint.release(act(), "end-of-shift")
    assert (complaint.state, complaint.assignee) == ("investigating", None)
    complaint.claim(act())
    assert (complaint.state, complaint.handlers) == ("investigating", ["agent-1", "clerk-1"])
    assert types(complaint) == ["complaint.released", "complaint.claimed"]


@pytest.mark.parametrize("state", ["closed", "withdrawn", "duplicate", "transferred", "received"])
def test_what_ended_or_is_not_assessed_is_not_taken(state: str) -> None:
    with pytest.raises(NotAllowed):
        brought_to(state).claim(act())


async def test_two_people_reach_for_one_complaint_and_one_has_it_until_he_gives_it_back(desk: Desk, other: Desk) -> None:
    filed = await desk.until("assessed")
    assert (await desk.act(filed, "claim"))["assignee"] == "clerk-1"
    assert (await other.act(filed, "claim", status=409))["code"] == "already-taken"
    assert (await other.act(filed, "release", status=409, reason="not-mine"))["code"] == "not-yours"
    assert (await desk.act(filed, "release", status=422))["code"] == "invalid-body"
    given_back = await desk.act(filed, "release", reason="end-of-shift", note="He calls back tomorrow.")
    assert (given_back["state"], given_back["assignee"]) == ("assessed", None)
    assert (await other.act(filed, "claim"))["handlers"] == ["clerk-1", "clerk-2"]
    facts = [fact for fact in await desk.facts() if fact.event_type.startswith(("complaint.claimed", "complaint.released"))]
    assert [fact.event_type for fact in facts] == ["complaint.claimed.v1", "complaint.released.v1", "complaint.claimed.v1"]
    assert facts[1].model_dump()["reason"] == "end-of-shift"
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [(row["move"], row["reason"]) for row in history][-3:] == [
        ("claim", None),
        ("release", "end-of-shift"),
        ("claim", None),
    ]


async def test_the_subject_of_a_complaint_reaches_for_it_in_vain_and_the_attempt_is_known(desk: Desk) -> None:
    filed = await desk.until("assessed", subject_staff=["clerk-1"])
    await desk.facts()
    assert (await desk.act(filed, "claim", status=409))["code"] == "conflict-of-interest"
    assert await desk.names() == ["conflict-of-interest.blocked"]
    assert (await desk.get(f"/complaints/{filed['id']}"))["assignee"] is None


async def test_queues_show_open_complaints_in_the_order_in_which_they_are_due(desk: Desk, other: Desk) -> None:
    late = await desk.until("assessed", received_at="2026-09-01T02:00:00Z")
    early = await desk.until("assessed", received_at="2026-08-03T02:00:00Z")
    ended = await desk.until("assessed", received_at="2026-08-02T02:00:00Z")
    await desk.act(ended, "claim")
    await desk.act(ended, "withdraw", reason="settled")
    assert await queue(desk, "unassigned") == [early["number"], late["number"]]
    assert await queue(desk, "due-soon") == [early["number"], late["number"]]
    assert await queue(desk, "unassigned", sort="-due_at") == [late["number"], early["number"]]

    await desk.act(late, "claim")
    assert await queue(desk, "mine") == [late["number"]]
    assert await queue(other, "mine") == []
    assert await queue(desk, "unassigned") == [early["number"]]
    assert await queue(desk, "due-soon", assignee="clerk-1") == [late["number"]]
    assert await queue(desk, "due-soon", due_before=early["due_at"]) == []
    counted = {each.pop("queue"): each for each in (await desk.get("/queues"))["queues"]}
    assert {name: each["count"] for name, each in counted.items()} == {"mine": 1, "team": 0, "due-soon": 2, "unassigned": 1}
    assert not any(each["count_capped"] for each in counted.values())


async def test_a_complaint_is_found_by_what_people_call_it(desk: Desk) -> None:
    filed, other = await desk.until("assessed"), await desk.file()
    await desk.act(filed, "claim")
    assert (await desk.get(f"/complaints/{filed['number']}"))["id"] == filed["id"]
    await desk.get("/complaints/C2026-999999", status=404)
    await desk.get("/complaints/c-7", status=422)

    async def found(**asked: Any) -> list[str]:
        return [each["number"] for each in (await desk.get("/complaints", asked))["items"]]

    assert await found(number=filed["number"]) == [filed["number"]]
    assert await found(number="C2026-999999") == []
    assert await found(state=["received", "assigned"], sort=["-severity", "number"]) == [filed["number"], other["number"]]
    assert await found(state="closed", open="true") == await found(open="false") == []
    since = (await desk.get("/complaints", {"sort": "-updated_at"}))["items"][0]["updated_at"]
    assert await found(changed_since=since) == [filed["number"]]
    for wrong in ("closed,investigating", "nonsense"):
        refused = await desk.get("/complaints", {"state": wrong}, status=422)
        assert refused["code"] == "invalid-parameters" and "investigating" in refused["errors"][0]["message"]
        assert wrong not in str(refused)
    assert await found(category="nobody-uses-this") == []
    assert (await desk.get("/complaints", {"category": "a,b"}, status=422))["errors"][0]["code"] == "comma-joined"
    assert (await desk.get("/complaints", {"count": "true", "limit": 1}))["count"] == 2


async def test_the_queue_of_a_team_is_what_its_members_have_now(desk: Desk, other: Desk) -> None:
    filed = await desk.until("assessed")
    await other.act(filed, "claim")
    assert await queue(desk, "team") == []
    for staff in ("clerk-1", "clerk-2"):
        await desk.put(f"/staff/{staff}", {"team": "parcels", "capacity": 9, "calendar": "cn"})
    assert await queue(desk, "team") == [filed["number"]]
    await desk.put("/staff/clerk-2", {"team": "letters", "capacity": 9, "calendar": "cn"})
    assert await queue(desk, "team") == []
    assert await queue(other, "team") == [filed["number"]]


async def test_a_queue_is_paged_and_its_cursor_belongs_to_it(desk: Desk) -> None:
    filed = [(await desk.file(received_at=f"2026-08-0{day}T02:00:00Z"))["number"] for day in (3, 4, 5)]
    first = await desk.get("/complaints", {"queue": "unassigned", "limit": 2})
    second = await desk.get("/complaints", {"queue": "unassigned", "limit": 2, "after": first["next"]})
    assert [item["number"] for item in first["items"] + second["items"]] == filed
    refused = await desk.get("/complaints", {"queue": "mine", "limit": 2, "after": first["next"]}, status=422)
    assert refused["code"] == "bad-cursor"
    assert (await desk.get("/complaints", {"queue": "whose"}, status=422))["code"] == "invalid-parameters"


@pytest.mark.parametrize("name", ["mine", "team", "due-soon", "unassigned"])
async def test_a_queue_is_one_statement(desk: Desk, served: Service[Work], name: str) -> None:
    await desk.file()
    with statements(served) as seen:
        await queue(desk, name)
    assert len(seen) == 2, seen  # now, the list


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("assignee = 'clerk-1'", "complaints_by_due_mine"),
        ("assignee IS NULL", "complaints_by_due_unassigned"),
        ("coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00') < now()", "complaints_by_due_open"),
    ],
)
async def test_a_queue_is_read_from_its_index_in_order(desk: Desk, condition: str, index: str) -> None:
    due = "coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00')"
    opened = "state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')"
    query = f"SELECT * FROM complaints WHERE {opened} AND {condition} ORDER BY {due}, id LIMIT 51"  # noqa: S608 - ours
    async with desk.db.transaction():
        await desk.db.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = [row[0] for row in await desk.db.fetch(f"EXPLAIN {query}")]
    assert any(index in line for line in plan) and not any("Sort" in line for line in plan), plan
