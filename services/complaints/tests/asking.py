"""Every list with every way to narrow it down, and every figure, as they are asked of the complaints of `many.sql`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

MANY = Path(__file__).with_name("many.sql")
CALLER = "agent-1"
"""Who asks: he has complaints and a team."""
NOBODY = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Request:
    """A path below `/complaints/v1` with its parameters."""

    path: str
    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As it is read."""
        return "&".join([self.path, *(f"{name}={str(value)[:19]}" for name, value in self.params.items())])


async def fill(db: asyncpg.Connection, n: int, beside: float = 1) -> None:
    """`n` complaints with all that belongs to them, into empty tables; `beside` times as much beside them as usual."""
    await db.execute(f"SET many.n = '{int(n)}'; SET many.beside = '{float(beside)}'")
    await db.execute(MANY.read_text(), timeout=3600)


def ago(days: float) -> str:
    """So many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


SPAN = {"from": [ago(30)], "to": [ago(700)], "period": ["rolling:30d", "2001"], "tz": ["UTC"]}
LISTS: dict[str, dict[str, list[Any]]] = {
    "/complaints": {
        "queue": ["mine", "team", "due-soon", "unassigned"],
        "state": ["closed", "received", "appealed", "nowhere"],
        "channel": ["phone", "letter", "fax"],
        "category": ["category-0", "category-59", "none"],
        "source_category": ["theirs-0", "theirs-89", "none"],
        "product": ["product-0", "product-190", "none"],
        "cause": ["cause-1", "none"],
        "severity": ["medium", "critical", "none"],
        "assignee": ["agent-7", "nobody"],
        "customer": ["{customer}", NOBODY],
        "duplicate_of": ["{original}", NOBODY],
        "recurrence_of": ["{repeated}", NOBODY],
        "flag": ["vulnerable", "major", "no-target", "none"],
        "escalated": [True, False],
        "awaiting_approval": [True, False],
        "due_before": [ago(0), ago(2000)],
        **SPAN,
    },
    "/escalations": {
        "complaint": ["{escalated}", NOBODY],
        "open": [True, False],
        "level": [1, 2, 9],
        "trigger": ["clock_breached", "severity"],
        "step": ["step-1", "none"],
        "to_kind": ["role", "staff"],
        "target": ["lead-1", "none"],
        **SPAN,
    },
    "/major-cases": {
        "complaint": ["{major}", NOBODY],
        "open": [True, False],
        "late": [True, False],
        "rule": ["severe-1", "none"],
        "by_hand": [True, False],
        "due_before": [ago(0), ago(2000)],
        **SPAN,
    },
    "/recovery-cases": {
        "state": ["closed", "identified", "nowhere"],
        "category": ["category-1", "none"],
        "unit": ["unit-1", "none"],
        "customer": ["{recovered}", NOBODY],
        "complaint": ["{recovering}", NOBODY],
        "remedy": ["refund", "repair", "gift"],
        "expires_before": [ago(-10), ago(2000)],
        **SPAN,
    },
    "/compensations": {
        "state": ["paid", "reserved"],
        "kind": ["refund", "goodwill", "gift"],
        "recovery": ["{paid}", NOBODY],
        "customer": ["{recovered}", NOBODY],
        "complaint": ["{recovering}", NOBODY],
        "category": ["category-1", "none"],
        "unit": ["unit-1", "none"],
        "currency": ["CNY", "EUR"],
        **SPAN,
    },
    "/compensation-ledger": {
        "compensation": ["{compensation}", NOBODY],
        "recovery": ["{paid}", NOBODY],
        "kind": ["award", "reversal"],
        **SPAN,
    },
    "/repairs": {
        "state": ["accepted_by_customer", "requested", "nowhere"],
        "category": ["water", "heating", "none"],
        "vendor": ["vendor-1", "none"],
        "customer": ["{repaired}", NOBODY],
        "complaint": ["{repairing}", NOBODY],
        "due_before": [ago(0), ago(2000)],
        **SPAN,
    },
    "/win-backs": {
        "state": ["closed", "requested", "nowhere"],
        "reason": ["low_score", "vulnerable_not_upheld"],
        "outcome": ["won_back", "forgotten"],
        "customer": ["{won}", NOBODY],
        "complaint": ["{winning}", NOBODY],
        "owner": ["agent-2", "nobody"],
        "open": [True, False],
        "due_before": [ago(0), ago(2000)],
        **SPAN,
    },
    "/changes": {
        "state": ["closed", "changing", "nowhere"],
        "owner": ["agent-2", "nobody"],
        "dimension": ["cause", "unit"],
        "group": ["cause-1", "none"],
        "trend": [NOBODY],
        "complaint": ["{changed}", NOBODY],
        "verdict": ["fallen", "no-history"],
        "open": [True, False],
        "late": [True, False],
        "due_before": [ago(0), ago(2000)],
        **SPAN,
    },
    "/incidents": {
        "state": ["closed", "declared", "nowhere"],
        "level": [1, 9],
        "incident_type": ["outage", "none"],
        "touchpoint": ["place-1", "none"],
        "under_way": [True, False],
        **SPAN,
    },
    "/drills": {"state": ["closed", "nowhere"], "plan": ["general", "none"], **SPAN},
    "/trends": {
        "verdict": ["rising", "steady", "none"],
        "dimension": ["cause", "unit"],
        "name": ["cause-1", "none"],
        **SPAN,
    },
    "/trend-runs": {},
    "/staff": {"team": ["team-1", "none"], "skill": ["none"], "active": [True, False]},
    "/back-tests": {"state": ["completed", "nowhere"], "policy": ["standard", "none"]},
    "/back-tests/{back_test}/changes": {
        "kind": ["resolution", "none"],
        "outcome_before": ["in-time", "none"],
        "outcome_after": ["breached", "none"],
    },
    "/complaints/{escalated}/history": {},
    "/complaints/{escalated}/investigation": {},
    "/complaints/{escalated}/communications": {"direction": ["inbound"], "kind": ["call"], "channel": ["phone"]},
    "/complaints/{escalated}/letters": {},
    "/complaints/{escalated}/attachments": {"kind": ["photo"]},
    "/complaints/{escalated}/similar": {},
    "/incidents/{incident}/history": {},
    "/incidents/{incident}/complaints": {},
    "/incidents/{incident}/interactions": {},
    "/recovery-cases/{paid}/history": {},
    "/repairs/{repair}/history": {},
    "/changes/{change}/history": {},
    "/win-backs/{win_back}/history": {},
    "/drills/{drill}/history": {},
    "/major-cases/{major_case}/history": {},
}
"""By route: for each parameter what it may say: what many have, what few have, what none has."""
SORTS = {
    "/complaints": ["received_at", "-received_at", "due_at", "-due_at", "number", "-number"],
    "/recovery-cases": ["number"],
    "/repairs": ["number"],
    "/changes": ["number"],
    "/incidents": ["number"],
    "/drills": ["number"],
}
GROUPS = (
    *("status", "channel", "category", "source_category", "cause", "product", "severity", "touchpoint", "unit", "team"),
    *("handler", "policy", "source", "day", "week", "month", "quarter", "year"),
)
FIGURES = [
    Request("/stats", {}),
    *[Request("/stats", {"group_by": name}) for name in GROUPS],
    Request("/recovery-cases/stats", {}),
    Request("/recovery-cases/effect", {}),
    Request("/recurrence-rate", {}),
    Request("/repairs/stats", {"group_by": "vendor"}),
    Request("/repairs/stats", {"group_by": "category"}),
    Request("/silent-dissatisfaction", {"days": 30}),
]
LAST_MONTH = {"from": ago(30), "to": ago(0)}

_SAMPLES = {
    "customer": "SELECT customer_id FROM complaints WHERE customer_id IS NOT NULL ORDER BY id LIMIT 1",
    "original": "SELECT duplicate_of FROM complaints WHERE duplicate_of IS NOT NULL ORDER BY id LIMIT 1",
    "repeated": "SELECT recurrence_of FROM complaints WHERE recurrence_of IS NOT NULL ORDER BY id LIMIT 1",
    "escalated": "SELECT complaint_id FROM escalations ORDER BY id LIMIT 1",
    "major": "SELECT complaint_id FROM major_cases ORDER BY id LIMIT 1",
    "recovered": "SELECT customer_id FROM recovery_cases WHERE customer_id IS NOT NULL ORDER BY id LIMIT 1",
    "recovering": "SELECT complaint_id FROM recovery_cases ORDER BY id LIMIT 1",
    "paid": "SELECT recovery_id FROM compensations ORDER BY id LIMIT 1",
    "compensation": "SELECT id FROM compensations ORDER BY id LIMIT 1",
    "repaired": "SELECT customer_id FROM repairs WHERE customer_id IS NOT NULL ORDER BY id LIMIT 1",
    "repairing": "SELECT complaint_id FROM repairs ORDER BY id LIMIT 1",
    "repair": "SELECT id FROM repairs ORDER BY id LIMIT 1",
    "won": "SELECT customer_id FROM win_backs ORDER BY id LIMIT 1",
    "winning": "SELECT complaint_id FROM win_backs ORDER BY id LIMIT 1",
    "win_back": "SELECT id FROM win_backs ORDER BY id LIMIT 1",
    "changed": "SELECT complaints[1] FROM changes ORDER BY id LIMIT 1",
    "change": "SELECT id FROM changes ORDER BY id LIMIT 1",
    "back_test": "SELECT id FROM back_tests LIMIT 1",
    "drill": "SELECT id FROM drills ORDER BY id LIMIT 1",
    "major_case": "SELECT id FROM major_cases LIMIT 1",
    "incident": "SELECT incident_id FROM incident_complaints ORDER BY incident_id LIMIT 1",
}


async def samples(db: asyncpg.Connection) -> dict[str, str]:
    """Ids out of the tables, for what `LISTS` leaves open."""
    return {name: str(await db.fetchval(query)) for name, query in _SAMPLES.items()}


def lists(known: Mapping[str, str]) -> Iterator[Request]:
    """Every list as it is, in every order, and narrowed down by every value of every parameter alone."""
    for path, parameters in LISTS.items():
        there = path.format(**known)
        yield Request(there, {})
        for sort in SORTS.get(path, []):
            yield Request(there, {"sort": sort})
        for name, values in parameters.items():
            for value in values:
                yield Request(there, {name: value.format(**known) if isinstance(value, str) else value})
