"""The update clock: it runs while the customer waits for an answer, and never when we spoke last."""

from __future__ import annotations

from typing import Any

from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.policies import Rule, SlaPolicy
from rapport_testing.databases import statements

from .desk import Desk, at, utc
from .making import OFFICE, act, brought_to, received, target, types, version
from .making import at as moment
from .making import clock as newest

LIMITS = Rule(acknowledgement=target(4), resolution=target(40), update=target(6))
POLICY = version(SlaPolicy(name="u", calendar="office", rules=[LIMITS]), "u")
UPDATES = Basis(POLICY, LIMITS, [version(OFFICE, "office")])
CALENDARS = {"office": UPDATES.calendar}
ASKS = moment("2026-11-23 10:00")


def investigated() -> Complaint:
    return brought_to("investigating", reckoned=UPDATES)


def waiting(complaint: Complaint) -> list[Any]:
    return [clock for clock in complaint.running_clocks if clock.kind == "update"]


def test_the_update_clock_does_not_fire_when_the_agent_spoke_last() -> None:
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES)
    assert newest(complaint, "update").due_at == moment("2026-11-23 17:30")  # two hours before lunch, four after it
    complaint.end_waiting(moment("2026-11-23 14:00"))
    complaint.check_clocks(moment("2027-11-23 14:00"))
    told = newest(complaint, "update")
    assert (told.state, told.in_time, told.breached_at) == ("met", True, None)
    assert waiting(complaint) == []


def test_the_update_clock_never_overrules_the_first_response() -> None:
    complaint = received(moment("2026-11-23 09:00"), UPDATES)
    complaint.begin_waiting(moment("2026-11-23 09:30"), UPDATES)
    assert waiting(complaint) == []
    assert complaint.due_at == newest(complaint, "acknowledgement").due_at == moment("2026-11-23 14:30")


def test_of_several_things_that_the_customer_says_the_oldest_counts() -> None:
    complaint = investigated()
    for hour in ("10:00", "11:00", "15:00"):
        complaint.begin_waiting(moment(f"2026-11-23 {hour}"), UPDATES)
    assert [clock.started_at for clock in waiting(complaint)] == [ASKS]


def test_what_was_said_before_our_last_words_is_answered() -> None:
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES, answered_at=moment("2026-11-23 10:30"))
    assert waiting(complaint) == []


def test_an_answer_that_was_entered_late_leaves_him_waiting_for_one_to_what_he_said_since() -> None:
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES)
    complaint.begin_waiting(moment("2026-11-23 15:00"), UPDATES)
    complaint.end_waiting(moment("2026-11-23 11:00"), moment("2026-11-23 15:00"), CALENDARS)
    (clock,) = waiting(complaint)
    assert (clock.started_at, clock.due_at) == (moment("2026-11-23 15:00"), moment("2026-11-24 12:00"))
    complaint.end_waiting(moment("2026-11-23 14:00"))
    assert waiting(complaint) == [clock]  # that was before he said it


def test_an_answer_after_the_limit_is_a_breach_at_the_limit() -> None:
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES)
    complaint.recorded.clear()
    complaint.end_waiting(moment("2026-11-23 17:31"))
    assert types(complaint) == ["clock.warned", "clock.breached", "clock.met"]
    assert newest(complaint, "update").breached_at == moment("2026-11-23 17:30")


def test_it_stands_still_while_we_wait_for_the_customer_and_runs_while_a_third_party_is_waited_for() -> None:
    for reason, state in (("awaiting_customer", "paused"), ("awaiting_third_party", "running")):
        complaint = investigated()
        complaint.begin_waiting(ASKS, UPDATES)
        complaint.pause(act(moment("2026-11-23 11:00")), reason)
        assert newest(complaint, "update").state == state
        complaint.resume(act(moment("2026-11-23 16:00")), CALENDARS)
        assert newest(complaint, "update").state == "running"


def test_what_the_customer_says_while_we_wait_for_him_sets_it_going_again() -> None:
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES)
    complaint.pause(act(moment("2026-11-23 11:00")), "awaiting_customer")
    complaint.begin_waiting(moment("2026-11-23 15:00"), UPDATES)
    assert newest(complaint, "update").due_at == moment("2026-11-24 11:00")  # one hour used, three today, two tomorrow
    complaint.resume(act(moment("2026-11-23 16:00")), CALENDARS)
    assert newest(complaint, "update").due_at == moment("2026-11-24 11:00")


def test_nobody_waits_for_an_update_of_a_complaint_that_has_been_answered_or_has_ended() -> None:
    for state in ("feedback_given", "closed", "withdrawn"):
        complaint = brought_to(state, reckoned=UPDATES)
        complaint.begin_waiting(moment("2026-11-23 15:00"), UPDATES)
        assert waiting(complaint) == []
    complaint = investigated()
    complaint.begin_waiting(ASKS, UPDATES)
    complaint.withdraw(act(moment("2026-11-23 11:00")))
    assert newest(complaint, "update").state == "stopped"


async def say(desk: Desk, filed: dict[str, Any], direction: str, when: str) -> None:
    body = {"direction": direction, "channel": "phone", "kind": "update", "at": at(when)}
    await desk.post(f"/complaints/{filed['id']}/communications", body)


async def test_words_in_and_out_run_the_update_clock_over_the_api(desk: Desk) -> None:
    await desk.post("/policy-packs/iso-10002:install", {"effective_from": "2026-01-01T00:00:00Z"})
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    await say(desk, filed, "inbound", "2026-11-09T09:30")
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-09T10:00"))
    assert "update" not in await desk.clocks(filed)

    await say(desk, filed, "inbound", "2026-11-10T10:00")
    told = (await desk.clocks(filed))["update"]
    assert (told["policy"], told["due_at"]) == ("iso-10002", utc("2026-11-17T10:00"))  # five business days
    await say(desk, filed, "outbound", "2026-11-11T10:00")
    assert (await desk.clocks(filed))["update"]["in_time"] is True
    await say(desk, filed, "inbound", "2026-11-10T12:00")  # entered late: it is answered
    await desk.facts()
    await desk.fire()
    assert (await desk.clocks(filed))["update"]["state"] == "met"
    assert "update" not in [getattr(fact, "kind", None) for fact in await desk.facts()]

    await say(desk, filed, "inbound", "2026-11-12T10:00")
    await desk.act(filed, "promise", method="phone", due_at="2099-01-01T00:00:00Z", at=at("2026-11-12T11:00"))
    clocks = (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]
    assert [clock["ended_at"] for clock in clocks if clock["kind"] == "update"] == [
        utc("2026-11-11T10:00"),
        utc("2026-11-12T11:00"),
    ]


async def test_a_talk_answers_a_refusal_and_an_answer_entered_late_only_what_was_said_before_it(desk: Desk) -> None:
    await desk.post("/policy-packs/iso-10002:install", {"effective_from": "2026-01-01T00:00:00Z"})
    filed = await desk.until("resolution_proposed")
    await desk.act(filed, "record-decision", accepted=False)
    assert (await desk.clocks(filed))["update"]["state"] == "running"
    await desk.act(filed, "record-step", method="site_visit", note="Seen.")
    assert (await desk.clocks(filed))["update"]["state"] == "running"
    await desk.act(filed, "record-step", method="customer_talk", note="Called him.")
    assert (await desk.clocks(filed))["update"]["state"] == "met"

    late = await desk.file(received_at=at("2026-11-09T09:00"))
    await desk.act(late, "acknowledge", method="phone", at=at("2026-11-09T09:10"))
    for direction, when in (("inbound", "10:00"), ("inbound", "15:00"), ("outbound", "11:00")):
        await say(desk, late, direction, f"2026-11-09T{when}")
    told = (await desk.clocks(late))["update"]
    assert (told["state"], told["started_at"]) == ("running", utc("2026-11-09T15:00"))


async def test_without_a_limit_for_updates_words_cost_the_clocks_nothing(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.until("acknowledged", received_at=at("2026-11-09T09:00"))
    with statements(served) as seen:
        await say(desk, filed, "outbound", "2026-11-20T11:00")
    assert not [one for one in seen if "clocks" in one and "SELECT" not in one], seen
    assert (await desk.get(f"/complaints/{filed['id']}"))["version"] == filed["version"]
