"""A reader who knows nothing but the events knows every state that the API shows: each type is held against the thing that
it is about, at the moment at which it is recorded. What is to come once comes once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
from rapport_complaints.back_tests.domain import BackTest
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Addressee, Ladder, Step
from rapport_complaints.cases.domain.handling import Analysis, LatentRisk
from rapport_complaints.cases.domain.life import LIFE, STATES
from rapport_complaints.cases.domain.refusals import NotMajor
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.policies import Rule, SlaPolicy, calendar_of
from rapport_complaints.handling.domain.major import MajorCase
from rapport_complaints.recovery.domain.case import DONE, RecoveryCase
from rapport_complaints.recovery.domain.compensation import Remedy
from rapport_complaints.win_backs.domain import AtRisk, WinBack
from rapport_contracts.complaints import CATALOGUE, vocabulary
from rapport_contracts.complaints.cases import ComplaintAcknowledged, ComplaintAssigned
from rapport_contracts.complaints.clocks import ClockPaused
from rapport_contracts.complaints.recovery import RecoveryExecuted
from rapport_contracts.complaints.vocabulary import EscalationTarget, EscalationTrigger
from rapport_contracts.event import Event, registry
from rapport_contracts.topics import TOPICS
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from . import test_change_life, test_recovery_life, test_repair_life, test_win_backs
from .declared import MACHINES, ROUTES
from .making import CALENDARS, MONDAY, MOVES, NINE_TO_FIVE, OFFICE, act, brought_to, judging, received, target, version
from .telling import PARTS, Reader, Road
from .test_incident_lives import DRILL_MOVES, INCIDENT_MOVES, planned, reported
from .test_majors import STEP, declared

EVENTS = {name: event for name, event in registry().items() if TOPICS[event.topic].owner == "complaints"}
WITHOUT_LIFE = {
    *("communication.recorded.v1", "letter.issued.v1", "attachment.added.v1", "root-cause-trend.detected.v1"),
    *("incident-link.made.v1", "incident-link.removed.v1"),
    *("complaints-merge.applied.v1", "complaints-split.applied.v1"),
    *("complaints-erasure.held.v1", "complaints-erasure.confirmed.v1", "complaints-checkpoint.recorded.v1"),
    "complaints-audit.anchored.v1",
    *(kind for kind, event in EVENTS.items() if event.topic == CATALOGUE),
}
"""Types of what has no states, or that use cases publish beside a complaint whose state they do not touch."""
INCIDENT = new_id()


def reckoned(code: str = "p") -> Basis:
    """A policy with every limit that there is."""
    rule = Rule(acknowledgement=target(4), resolution=target(20), update=target(8), extension=target(10))
    body = SlaPolicy(name=code, calendar="office", rules=[rule], follow_up_days=1)
    return Basis(version(body, code), rule, [version(OFFICE, "office")])


ALL_LIMITS = reckoned()
RISKY = Analysis(risk=LatentRisk("again", 2, 3, "unit-a"))
OTHER_HOURS = calendar_of([version(NINE_TO_FIVE, "office", 2)])
LADDER = version(
    Ladder(
        name="l",
        steps=[
            Step(
                code="refused",
                level=1,
                trigger=EscalationTrigger.REFUSALS,
                refusals=1,
                to=Addressee(kind=EscalationTarget.ROLE, code="team-lead"),
            )
        ],
        instead=Addressee(kind=EscalationTarget.ROLE, code="manager"),
    ),
    "standard",
)


def lower(complaint: Complaint, how: Act) -> None:
    if not complaint.is_major:
        raise NotMajor
    complaint.lower_major(how, new_id(), {"major"})


def extend(complaint: Complaint, how: Act) -> None:
    for each in complaint.running_clocks:
        if each.kind == "resolution":
            complaint.extend(judging(how), each, ALL_LIMITS, by=None, requested_by="agent-7")


COMPLAINT_MOVES: dict[str, Callable[[Complaint, Act], None]] = {
    **MOVES,
    "assign": lambda c, a: c.assign(a, a.who),
    "appeal": lambda c, a: c.appeal(a, "customer", ALL_LIMITS),
    "reopen": lambda c, a: c.reopen(a, ALL_LIMITS),
    "mark-major": lambda c, a: c.mark_major(a, new_id(), reckoned("major"), version=1, told=[]),
    "approve-proposal": lambda c, a: c.approve_proposal(judging(a)),
    "refuse-proposal": lambda c, a: c.refuse_proposal(judging(a), "too-much"),
}
BESIDE_COMPLAINTS: dict[str, Callable[[Complaint, Act], None]] = {
    "look at the clocks": lambda c, a: c.check_clocks(a.at),
    "learn the customer": lambda c, a: c.link(new_id(), a),
    "an emergency begins": lambda c, a: c.hold(a, INCIDENT),
    "an emergency ends": lambda c, a: c.release_from_incident(a, INCIDENT, CALENDARS),
    "the customer speaks": lambda c, a: c.begin_waiting(a.at, ALL_LIMITS),
    "the customer is told": lambda c, a: c.end_waiting(a.at),
    "edit the calendar": lambda c, a: c.follow_calendar("office", OTHER_HOURS, 2, a.at),
    "extend a clock": extend,
    "climb the ladder": lambda c, a: c.climb(a, LADDER),
    "keep somebody away": lambda c, a: c.block(a, "agent-1", "escalate"),
    "lower a major one": lower,
    "tell of a risk": lambda c, a: c.set_root_cause(a, "defect", latent_risk=True, analysis=RISKY),
}


def filed(reckoned_by: Basis | None = ALL_LIMITS, earlier: Complaint | None = None) -> Complaint:
    made_up = new_id()
    made = Complaint(
        id=made_up, number="C1", channel="phone", category="x", received_at=MONDAY, last_at=MONDAY, keyed_by=made_up
    )
    made.receive(act(), reckoned_by, earlier)
    return made


def imported(state: str) -> Complaint:
    made = Complaint(
        id=new_id(), number="C1", state=state, channel="web", category="x", received_at=MONDAY, last_at=MONDAY,
        keyed_by=new_id(), source="old", external_ref="1",
    )  # fmt: skip
    made.import_as_it_stands(act())
    return made


def of_complaints(begin: Callable[[], Complaint]) -> Road:
    return Road(begin, COMPLAINT_MOVES, BESIDE_COMPLAINTS)


def back_test() -> BackTest:
    made = BackTest(
        id=new_id(), policy="p", pack=None, body=ALL_LIMITS.policy.body, received_from=MONDAY, received_before=MONDAY,
        as_of=MONDAY, last_at=MONDAY, total=0,
    )  # fmt: skip
    made.begin(act())
    return made


def major_case() -> MajorCase:
    return declared({**STEP, "within": {"amount": 4, "unit": "business_hours"}})


def finish_steps(thing: Any, how: Act) -> None:
    for step in thing.open_steps:
        thing.complete_step(how, step)


SETTLE: dict[str, Callable[[Any, Act], object]] = {"look": lambda thing, a: thing.settle(a.at)}
APOLOGY: dict[str, Callable[[RecoveryCase, Act], object]] = {
    "propose an apology": lambda c, a: c.propose(a, 1, [Remedy("apology")], test_recovery_life.LIMITS)
}
ROADS = {
    "complaint": of_complaints(filed),
    "complaint without a policy": of_complaints(lambda: filed(None)),
    "complaint that repeats another": of_complaints(lambda: filed(earlier=received())),
    "recovery": Road(test_recovery_life.identified, test_recovery_life.MOVES, APOLOGY),
    "repair": Road(
        test_repair_life.requested,
        test_repair_life.MOVES,
        {
            **SETTLE,
            "link": lambda r, a: r.link(a, new_id()),
            "edit the calendar": lambda r, a: r.follow_calendar(OTHER_HOURS, a.at),
        },
    ),
    "incident": Road(reported, INCIDENT_MOVES, {**SETTLE, "finish": finish_steps}),
    "drill": Road(planned, DRILL_MOVES),
    "change": Road(test_change_life.proposed, test_change_life.MOVES, {**SETTLE, "finish": finish_steps}),
    "win-back": Road(
        lambda: WinBack.request(AtRisk(new_id(), "low_score", 1, None), version(test_win_backs.SHIPPED, "standard"), act()),
        test_win_backs.MOVES,
        SETTLE,
    ),
    "major-case": Road(
        major_case,
        {
            "complete-step": lambda m, a: m.complete_step(a, "call"),
            "lower": lambda m, a: m.lower(judging(a), []),
            "close": lambda m, a: m.close(a, "accepted", complete=False),
        },
        SETTLE,
        begins_in="declared",  # which `complaint.declared-major` says
    ),
    "back-test": Road(back_test, {"complete": lambda b, a: b.complete(a), "cancel": lambda b, a: b.cancel(a)}),
}


LIVES = sorted({name.split()[0] for name in ROADS})
ROADS |= {
    f"recovery {state}": Road(
        partial(test_recovery_life.brought_to, state), test_recovery_life.MOVES, APOLOGY, begins_in=state
    )
    for state in DONE
}
ROADS |= {
    f"complaint {state}": Road(partial(brought_to, state), COMPLAINT_MOVES, BESIDE_COMPLAINTS, state) for state in STATES
}


@cache
def walked(name: str) -> Reader:
    """What came on this road in all walks."""
    return ROADS[name].walks()


@pytest.mark.parametrize("name", ROADS)
def test_a_reader_of_the_events_knows_every_state(name: str) -> None:
    assert walked(name).seen


@pytest.mark.parametrize("state", STATES)
def test_a_reader_knows_the_state_of_what_another_system_began(state: str) -> None:
    assert of_complaints(lambda: imported(state)).walks(5).seen["complaint.imported.v1"] == 5


@pytest.mark.parametrize("life", LIVES)
def test_every_move_was_made_from_every_state(life: str) -> None:
    made = set().union(*(walked(name).made for name in ROADS if name.split()[0] == life))
    assert {(move.source, move.name) for move in MACHINES[life].moves} - made == set()


def test_every_type_came_or_is_of_something_without_states() -> None:
    came = {kind for name in ROADS for kind in walked(name).seen} | {"complaint.imported.v1"}
    assert set(EVENTS) - came == WITHOUT_LIFE
    assert {EVENTS[name].publication.state for name in WITHOUT_LIFE} == {None}


def test_every_life_is_walked_is_a_part_of_one_that_is_or_is_not_published() -> None:
    assert set(MACHINES) == {*LIVES, *PARTS, "customer-link"}


def test_the_contracts_have_the_states_of_the_table() -> None:
    assert set(vocabulary.STATES) == set(STATES) == set(LIFE.states)


@pytest.mark.parametrize(
    ("kind", "wrong", "says"),
    [
        (ComplaintAcknowledged, {"state": "assessed"}, "thinks 'assessed', and it is 'acknowledged'"),
        (ComplaintAcknowledged, {"state": None}, "thinks 'received', and it is 'acknowledged'"),
        (ComplaintAssigned, {"state": "assigned"}, "after complaint.assigned.v1 a reader thinks 'assigned'"),
        (ComplaintAssigned, {"often": "once"}, "complaint.assigned.v1 came again"),
        (ClockPaused, {"state": None}, "a reader thinks"),
    ],
)
def test_a_wrong_declaration_is_found(
    monkeypatch: pytest.MonkeyPatch, kind: type[Event], wrong: dict[str, Any], says: str
) -> None:
    monkeypatch.setattr(kind, "publication", replace(kind.publication, **wrong))
    with pytest.raises(AssertionError, match=says):
        ROADS["complaint"].walks()


def test_a_wrong_declaration_of_another_life_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecoveryExecuted, "publication", replace(RecoveryExecuted.publication, state="verified"))
    with pytest.raises(AssertionError, match="thinks 'verified', and it is 'executed'"):
        ROADS["recovery"].walks()


NAMED = re.compile(r"`(POST|PUT) …(/[^`]+)`")


def lost_routes(told: str) -> list[str]:
    """Routes that a sentence names and that the service does not have."""
    return [route for method, path in NAMED.findall(told) if (route := f"{method} /complaints/v1{path}") not in ROUTES]


@pytest.mark.parametrize("name", EVENTS)
def test_every_type_says_when_it_comes_and_names_routes_that_there_are(name: str) -> None:
    told = EVENTS[name].publication
    assert told.when.endswith(".")
    assert lost_routes(told.when) == []


def test_a_route_that_there_is_not_is_found() -> None:
    assert lost_routes("Staff enter it with `POST …/complaints/{id}:shelve`.") == [
        "POST /complaints/v1/complaints/{id}:shelve"
    ]
