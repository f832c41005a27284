"""Complaints of the domain, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rapport_chassis.versions import SHIPPED_SINCE
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Addressee
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import (
    DAYS,
    CalendarData,
    LimitUnit,
    Opening,
    Rule,
    SlaPolicy,
    Target,
    calendar_of,
)
from rapport_contracts.complaints.vocabulary import EscalationTarget
from rapport_contracts.event import Event
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.money import Money
from rapport_kernel.versions import Version

ZONE = ZoneInfo("Asia/Shanghai")
WORKDAY = [Opening(opens="09:00", closes="12:00"), Opening(opens="13:30", closes="18:00")]
OFFICE = CalendarData(name="office", zone="Asia/Shanghai", week=dict.fromkeys(DAYS[:5], WORKDAY))
NINE_TO_FIVE = CalendarData(
    name="nine to five", zone="Asia/Shanghai", week={day: [Opening(opens="09:00", closes="17:00")] for day in DAYS[:5]}
)


def at(text: str) -> datetime:
    """A time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


MONDAY = at("2026-11-23 09:00")


def target(amount: int, unit: LimitUnit = LimitUnit.BUSINESS_HOURS) -> Target:
    return Target(amount=amount, unit=unit)


def version(body: Any, code: str = "x", number: int = 1, effective_from: datetime = SHIPPED_SINCE) -> Version[Any]:
    return Version(code, number, effective_from, body, SHIPPED_SINCE, "person:a")


def basis(
    calendar: CalendarData = OFFICE,
    acknowledgement: Target | None = None,
    resolution: Target | None = None,
    **policy: Any,
) -> Basis:
    rule = Rule(acknowledgement=acknowledgement or target(4), resolution=resolution or target(20))
    body = SlaPolicy(name="p", calendar="office", rules=[rule], **policy)
    return Basis(version(body, "p"), rule, [version(calendar, "office")])


def act(moment: datetime = MONDAY, **more: Any) -> Act:
    return Act(at=moment, recorded_at=moment, by="person:clerk-1", **more)


def judging(how: Act) -> Act:
    """The same, done by somebody who had no part in the complaint so far."""
    return replace(how, by="person:judge-1")


def received(
    moment: datetime = MONDAY, reckoned: Basis | None = None, *, untargeted: bool = False, **more: Any
) -> Complaint:
    """A complaint as it was taken in, with what it recorded cleared."""
    made_up = new_id()
    made = Complaint(
        id=made_up, number="C1", channel="phone", category="x", received_at=moment, last_at=moment, keyed_by=made_up, **more
    )
    made.receive(act(moment), None if untargeted else reckoned or basis())
    return made


def assess(complaint: Complaint, how: Act, severity: str = "medium", **more: Any) -> None:
    complaint.assess(
        how,
        severity=severity,
        category=complaint.category,
        complex_=False,
        subject_staff=more.get("subject_staff", []),
        basis=more.get("basis"),
    )


STEPS: list[tuple[str, Callable[[Complaint, Act], None]]] = [
    ("acknowledged", lambda c, a: c.acknowledge(a, "phone")),
    ("assessed", assess),
    ("assigned", lambda c, a: c.assign(a, "agent-1")),
    ("investigating", lambda c, a: c.start_investigation(a)),
    ("root_cause_identified", lambda c, a: c.set_root_cause(a, "process", latent_risk=False)),
    ("resolution_proposed", lambda c, a: c.propose(a, "apology")),
    ("accepted", lambda c, a: c.decide(a, accepted=True)),
    ("resolved", lambda c, a: c.resolve(a)),
    ("feedback_given", lambda c, a: c.give_feedback(a, "phone")),
    ("closed", lambda c, a: c.close(a)),
]


def followed_up(complaint: Complaint, how: Act) -> None:
    """Told, and the day of asking once more has come."""
    complaint.give_feedback(how, "phone", how.at + timedelta(microseconds=1))
    complaint.reach_follow_up(how)


ASIDE: dict[str, tuple[str, Callable[[Complaint, Act], None]]] = {
    "not_upheld": ("assessed", lambda c, a: c.reject(a, ["misuse"])),
    "appealed": ("resolution_proposed", lambda c, a: c.appeal(a, "customer", basis())),
    "appeal_dismissed": ("appealed", lambda c, a: c.dismiss_appeal(judging(a))),
    "follow_up_due": ("resolved", followed_up),
    "duplicate": ("assessed", lambda c, a: c.mark_duplicate(a, received(a.at), has_duplicates=False)),
    "transferred": ("assessed", lambda c, a: c.transfer(a, "partner-bank")),
}
"""The states beside the straight road, and how they are reached from it."""


def not_upheld(**more: Any) -> Complaint:
    """A complaint that is not upheld; the customer knows."""
    complaint = brought_to("not_upheld", **more)
    complaint.give_feedback(act(), "letter")
    complaint.recorded.clear()
    complaint.unsaved_history.clear()
    return complaint


def brought_to(state: str, moment: datetime = MONDAY, **more: Any) -> Complaint:
    """A complaint in that state, reached along the shortest road, all of it at one moment."""
    complaint = received(moment, **more)
    if state == "reopened":
        complaint = brought_to("closed", moment, **more)
        complaint.reopen(act(moment), basis())
    elif state == "withdrawn":
        complaint.withdraw(act(moment, reason="settled"))
    elif state.startswith("awaiting"):
        complaint = brought_to("investigating", moment, **more)
        complaint.pause(act(moment), state)
    elif state in ASIDE:
        before, step = ASIDE[state]
        complaint = brought_to(before, moment, **more)
        step(complaint, act(moment))
    else:
        for reached, step in STEPS:
            if complaint.state == state:
                break
            step(complaint, act(moment))
            assert complaint.state == reached
    assert complaint.state == state
    complaint.recorded.clear()
    complaint.unsaved_history.clear()
    return complaint


def clock(complaint: Complaint, kind: str = "resolution") -> Clock:
    """The newest clock of that kind."""
    return [each for each in complaint.clocks if each.kind == kind][-1]


def types(complaint: Complaint) -> list[str]:
    """What it recorded, short."""
    return [fact.event_type.removesuffix(".v1") for fact in complaint.recorded if isinstance(fact, Event)]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


CALENDARS = {"office": calendar_of([version(OFFICE)])}
MOVES: dict[str, Callable[[Complaint, Act], None]] = {
    "acknowledge": lambda c, a: c.acknowledge(a, "phone"),
    "assess": assess,
    "assign": lambda c, a: c.assign(a, "agent-2"),
    "claim": lambda c, a: c.claim(a),
    "release": lambda c, a: c.release(a, "end-of-shift"),
    "promise": lambda c, a: c.promise(a, a.at + hours(5), "phone"),
    "start-investigation": lambda c, a: c.start_investigation(a),
    "record-step": lambda c, a: c.record_step(a, "site_visit"),
    "pause-for-customer": lambda c, a: c.pause(a, "awaiting_customer"),
    "pause-for-third-party": lambda c, a: c.pause(a, "awaiting_third_party"),
    "resume": lambda c, a: c.resume(a, CALENDARS),
    "set-root-cause": lambda c, a: c.set_root_cause(a, "defect", latent_risk=True),
    "propose": lambda c, a: c.propose(a, "refund"),
    "accept": lambda c, a: c.decide(a, accepted=True),
    "refuse": lambda c, a: c.decide(a, accepted=False),
    "record-attempt": lambda c, a: c.record_attempt(a, "phone"),
    "resolve": lambda c, a: c.resolve(a),
    "give-feedback": lambda c, a: c.give_feedback(a, "letter"),
    "close": lambda c, a: c.close(a),
    "reopen": lambda c, a: c.reopen(a, basis()),
    "withdraw": lambda c, a: c.withdraw(a),
    "reject": lambda c, a: c.reject(a, ["no_failure_found"]),
    "mark-duplicate": lambda c, a: c.mark_duplicate(a, received(a.at), has_duplicates=False),
    "transfer": lambda c, a: c.transfer(a, "legal"),
    "appeal": lambda c, a: c.appeal(a, "customer", basis()),
    "uphold-appeal": lambda c, a: c.uphold_appeal(judging(a), f"agent-9{c.appeals}"),
    "dismiss-appeal": lambda c, a: c.dismiss_appeal(judging(a)),
    "reach-follow-up": lambda c, a: c.reach_follow_up(a),
    "ask-approval": lambda c, a: c.ask_approval(a, "refund", Money("CNY", Decimal(900)), 3),
    "approve-proposal": lambda c, a: c.approve_proposal(a),
    "refuse-proposal": lambda c, a: c.refuse_proposal(a, "too-much"),
    "escalate": lambda c, a: c.escalate(a, Addressee(kind=EscalationTarget.ROLE, code="team-lead"), None),
    "mark-major": lambda c, a: c.mark_major(a, new_id(), basis(), version=1, told=[]),
    "complete-follow-up": lambda c, a: c.complete_follow_up(a, "content"),
}
"""Every move of the table and the method that makes it."""

ACTIONS: dict[str, list[dict[str, Any]]] = {
    "acknowledge": [{"method": "phone"}],
    "assess": [{"severity": "low"}, {"severity": "critical", "complex": True, "vulnerability": "access"}],
    "assign": [{"assignee": "agent-1"}, {"assignee": "agent-2"}, {"assignee": "agent-9"}],
    "claim": [{}],
    "auto-assign": [{}],
    "release": [{"reason": "end-of-shift"}],
    "promise": [{"due_at": "2099-01-01T00:00:00Z", "method": "email"}],
    "start-investigation": [{}],
    "record-step": [
        {"method": "site_visit", "note": "Seen."},
        {"method": "customer_talk", "note": "Heard.", "evidence": [{"kind": "text", "text": "Page 3."}]},
    ],
    "pause": [{"reason": "awaiting_customer"}, {"reason": "awaiting_third_party"}],
    "resume": [{}],
    "set-root-cause": [
        {"cause": "defect", "latent_risk": True},
        {"cause": "process", "latent_risk": False, "method": "five_whys", "whys": ["Nobody looked.", "No list."]},
    ],
    "propose": [
        {"remedy": "refund", "note": "The price."},
        {"remedy": "refund", "note": "All.", "amount": "49000.00", "currency": "CNY"},
    ],
    "approve-proposal": [{}],
    "refuse-proposal": [{"reason": "too-much"}],
    "record-decision": [{"accepted": True}, {"accepted": False}],
    "record-attempt": [{"method": "sms"}],
    "resolve": [{}],
    "give-feedback": [{"method": "letter"}, {"method": "letter", "follow_up_at": "2099-01-01T00:00:00Z"}],
    "reject": [{"grounds": ["misuse", "other"]}],
    "appeal": [{"reason": "wrong-facts"}],
    "decide-appeal": [
        {"upheld": True, "assignee": "agent-3", "reason": "new-facts"},
        {"upheld": True, "assignee": "agent-4", "reason": "new-facts"},
        {"upheld": False, "reason": "as-before"},
    ],
    "complete-follow-up": [{"result": "not_content"}],
    "escalate": [
        {"to": {"kind": "role", "code": "team-lead"}, "reason": "angry"},
        {"to": {"kind": "staff", "code": "agent-9"}, "reason": "angry", "level": 2},
    ],
    "mark-major": [{"reason": "press"}],
    "complete-major-step": [{"step": "call"}],
    "lower-major": [{"reason": "one-shop-only"}],
    "tag-handling": [{"tag": "emotional", "reason": "call-of-today"}],
    "untag-handling": [{"tag": "emotional", "reason": "unfair"}],
    "close": [{}],
    "reopen": [{"reason": "again"}],
    "withdraw": [{"reason": "settled"}],
    "transfer": [{"to": "legal", "reason": "not-ours"}],
    "mark-duplicate": [{}],
}
"""Every action of the API and bodies that it takes."""
