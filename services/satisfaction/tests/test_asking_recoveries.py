"""A recovery that was done is asked about, once, under the same rules as everything else (S67)."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.actor import Actor
from rapport_contracts.complaints.recovery import RecoveryExecuted
from rapport_kernel.ids import new_id
from rapport_satisfaction.asking.usecases.follow_complaints import follow_recoveries

from .world import API, HOUR, NOW, World, closed, completed, received


def done(customer: UUID | None, recovery: UUID | None = None, complaint: UUID | None = None) -> RecoveryExecuted:
    return RecoveryExecuted(
        recovery_id=recovery or new_id(), customer_id=customer, complaint_id=complaint, category="delivery", unit=None,
        plan=1, remedies=["apology"], executed_at=NOW - HOUR,
    )  # fmt: skip


async def tell(world: World, *events: RecoveryExecuted) -> None:
    async with world.served.works(Actor.system("test")) as work:
        await follow_recoveries(work, [world.message(event) for event in events])


async def test_a_recovery_is_asked_about_once_and_the_answer_says_which(world: World) -> None:
    customer, recovery = new_id(), new_id()
    await tell(world, done(customer, recovery), done(customer, recovery))
    await tell(world, done(customer, recovery))
    [invitation] = (await world.http.get(f"{API}/invitations")).json()["items"]
    assert (invitation["state"], invitation["survey"], invitation["subject"]) == ("scheduled", "after-recovery", "recovery")
    answer = await world.send(invitation["id"])
    assert answer.status_code == 200, answer.text
    form = await world.http.post(answer.json()["link"].removeprefix("https://ask.example"), data={"score": "5"})
    assert form.status_code == 200, form.text
    [(_, scored)] = await world.published("satisfaction.scored")
    assert (scored["recovery_id"], scored["complaint_id"], scored["value"]) == (str(recovery), None, 5.0)


async def test_the_throttle_and_an_open_complaint_hold_for_it_too(world: World) -> None:
    asked, complaining = new_id(), new_id()
    await world.tell(completed(customer=asked))
    await tell(world, done(asked))
    complaint = new_id()
    await world.tell(received(complaint, complaining))
    await tell(world, done(complaining, complaint=complaint))
    assert await world.decided() == [("scheduled", "eligible"), ("blocked", "throttled"), ("held", "open-complaint")]
    await world.tell(closed(complaint, complaining))
    # the survey about the complaint comes first, and only one of the two passes the throttle
    surveys = (await world.http.get(f"{API}/invitations", params={"customer": str(complaining)})).json()["items"]
    assert {(one["survey"], one["state"]) for one in surveys} == {
        ("after-complaint", "scheduled"),
        ("after-recovery", "blocked"),
    }


async def test_nobody_is_asked_before_it_is_known_who_he_is(world: World) -> None:
    await tell(world, done(None))
    assert await world.decided() == [("held", "customer-unknown")]
