"""What the customer answers judges a recovery (S67); figures about it, and the same customers before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.listens import Message
from rapport_contracts.envelope import Envelope
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_kernel.ids import new_id

from .desk import Desk
from .test_recovery import act, executed, opened, refund

PLACES = count()
LATER = timedelta(minutes=5)


def scored(band: str = "satisfied", value: float = 5.0, **about: Any) -> SatisfactionScored:
    known = {"customer_id": None, "interaction_id": None, "complaint_id": None, "scored_at": datetime.now(UTC) + LATER}
    return SatisfactionScored(
        invitation_id=about.pop("invitation_id", new_id()), response_id=new_id(), survey="after-recovery",
        metric=about.pop("metric", "csat"), value=value, band=band, touchpoint=None, agent=None, agents=[],
        **{**known, **about},
    )  # fmt: skip


async def tell(desk: Desk, *events: SatisfactionScored) -> None:
    """Answers to surveys, as the consumer group hands them over."""
    (handle,) = [each.batch for each in desk.served.subscriptions if each.name == "rapport.complaints.satisfaction"]
    assert handle is not None
    messages = [
        Message(
            event,
            Envelope(new_id(), event.event_type, "satisfaction", event.scored_at, event.key, 1, correlation_id=new_id()),
            event.topic,
            0,
            next(PLACES),
        )
        for event in events
    ]
    async with desk.served.works(Actor.system("satisfaction")) as work:
        await handle(work, messages)


@pytest.mark.parametrize(
    ("band", "state"),
    [
        ("satisfied", "verified"),
        ("neutral", "failed"),
        ("dissatisfied", "failed"),
        ("promoter", "verified"),
        ("odd", "failed"),
    ],
)
async def test_the_answer_verifies_the_case_or_says_that_it_failed(desk: Desk, band: str, state: str) -> None:
    case = await executed(desk)
    await desk.facts()
    answer = scored(band, 4.0, recovery_id=case["id"], customer_id=case["customer_id"])
    await tell(desk, answer, scored("dissatisfied", 1.0, recovery_id=case["id"]))
    await tell(desk, answer)
    shown = await desk.get(f"/recovery-cases/{case['id']}")
    assert (shown["state"], shown["value"], shown["metric"], shown["asked"]) == (
        state, 4.0, "csat", str(answer.invitation_id),
    )  # fmt: skip
    (fact,) = await desk.facts()
    assert (fact.event_type, fact.by_survey, fact.value) == (f"recovery.{state}.v1", True, 4.0)  # type: ignore[attr-defined]
    if state == "failed":
        assert (await act(desk.http, case, "propose", **refund("10")))["plan"] == 2


async def test_an_answer_about_the_complaint_counts_once_the_recovery_was_done(desk: Desk) -> None:
    complaint = await desk.file()
    case = await desk.post("/recovery-cases", {"complaint_id": complaint["id"], "failure": "late"})
    await tell(desk, scored(complaint_id=complaint["id"]))
    assert (await desk.get(f"/recovery-cases/{case['id']}"))["state"] == "identified"
    await act(desk.http, case, "propose", remedies=[{"kind": "apology"}], reason="late")
    await act(desk.http, case, "execute")
    await tell(desk, scored(complaint_id=complaint["id"], scored_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert (await desk.get(f"/recovery-cases/{case['id']}"))["state"] == "executed"
    await tell(desk, scored(complaint_id=complaint["id"]), scored(complaint_id=new_id()), scored(recovery_id=new_id()))
    assert (await desk.get(f"/recovery-cases/{case['id']}"))["state"] == "verified"


async def test_figures_count_what_the_histories_and_the_ledger_say(desk: Desk) -> None:
    few = await desk.get("/recovery-cases/stats")
    assert (few["time_to_recover"]["verdict"], few["acceptance_rate"]["value"]) == ("too_few", None)
    await desk.put("/recovery-policies/standard", {"name": "x", "minimum": 2})
    paid, declined = [await executed(desk) for _ in range(3)], await opened(desk)
    await act(desk.http, declined, "propose", **refund("77.70"))
    await act(desk.http, declined, "offer", method="phone")
    await act(desk.http, declined, "record-choice", accepted=False)
    await tell(desk, scored(recovery_id=paid[0]["id"]), scored("dissatisfied", recovery_id=paid[1]["id"]))
    told = await desk.get("/recovery-cases/stats", {"from": "2020-01-01T00:00:00Z"})
    assert (told["identified"]["value"], told["time_to_recover"]["n"], told["time_to_recover"]["excluded"]) == (
        4, 3, {"not-done": 1},
    )  # fmt: skip
    assert told["time_to_recover"]["value"] > 0
    assert (told["acceptance_rate"]["value"], told["acceptance_rate"]["n"]) == (75.0, 4)
    assert (told["content_share"]["value"], told["content_share"]["n"]) == (50.0, 2)
    (money,) = told["money"]
    assert {name: money[name] for name in ("kind", "category", "currency", "n", "awarded", "paid", "came_back")} == {
        "kind": "refund", "category": "delivery", "currency": "CNY", "n": 4, "awarded": "360.00", "paid": "360.00",
        "came_back": "0.00",
    }  # fmt: skip
    assert (money["definition"]["key"], money["as_of"][:2]) == ("complaints.recovery-money", "20")
    assert (await desk.get("/recovery-cases/stats", {"to": "2020-01-01T00:00:00Z"}))["money"] == []
    await desk.get("/recovery-cases/stats", {"from": "x"}, status=422)


async def test_the_same_customers_are_compared_before_and_after_each_metric_for_itself(desk: Desk) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    customers: list[UUID] = [new_id() for _ in range(4)]
    before, after = ((2, 4), (3,), (1,), (5,)), ((5,), (4,), (3, 5), ())
    for customer, was, now in zip(customers, before, after, strict=True):
        await tell(desk, *(scored(value=value, customer_id=customer, scored_at=long_ago) for value in was))
        case = await opened(desk, customer_id=str(customer))
        await act(desk.http, case, "propose", remedies=[{"kind": "apology"}], reason="late")
        await act(desk.http, case, "execute")
        await tell(desk, *(scored(value=value, customer_id=customer) for value in now))
    await tell(desk, scored(metric="nps", value=9, customer_id=customers[0]), scored(value=1, customer_id=new_id()))
    few = (await desk.get("/recovery-cases/effect"))["metrics"]
    assert [(each["metric"], each["change"]["verdict"], each["change"]["n"]) for each in few] == [
        ("csat", "too_few", 3),
        ("nps", "too_few", 0),
    ]
    await desk.put("/recovery-policies/standard", {"name": "x", "minimum": 3})
    csat = (await desk.get("/recovery-cases/effect"))["metrics"][0]
    assert (csat["before"]["value"], csat["after"]["value"]) == (2.33, 4.33)
    change = csat["change"]  # by 2, 1 and 3: mean 2, deviation 1
    assert (change["value"], change["excluded"]) == (2.0, {"only-before": 1})
    assert change["interval"]["low"] == round(2 - 1.959964 / 3**0.5, 2)
