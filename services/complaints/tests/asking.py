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
CHANGES = {"changed_since": [ago(0), ago(30)]}
LISTS: dict[str, dict[str, list[Any]]] = {
    "/complaints": {
        "queue": ["mine", "team", "due-soon", "unassigned"],
        "number": ["C2026-000001", "none"],
        "source": ["system-1", "none"],
        "external_ref": ["ref-1", "none"],
        "state": ["closed", "received", "appealed", ["appealed", "reopened"]],
        "open": [True, False],
        "channel": ["phone", "letter", "forum"],
        "category": ["category-0", "category-59", "none"],
        "source_category": ["theirs-0", "theirs-89", "none"],
        "product": ["product-0", "product-190", "none"],
        "cause": ["cause-1", "none"],
        "severity": ["medium", "critical", ["low", "critical"]],
        "assignee": ["agent-7", "nobody"],
        "customer": ["{customer}", NOBODY],
        "duplicate_of": ["{original}", NOBODY],
        "recurrence_of": ["{repeated}", NOBODY],
        "flag": ["vulnerable", "major", "no-target", ["major", "unassigned"]],
        "escalated": [True, False],
        "awaiting_approval": [True, False],
        "due_before": [ago(0), ago(2000)],
        **CHANGES,
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
        "state": ["declared", "closed"],
        "due_before": [ago(0), ago(2000)],
        **CHANGES,
        **SPAN,
    },
    "/recovery-cases": {
        "number": ["R2026-000001", "none"],
        "state": ["closed", "identified", ["expired", "withdrawn"]],
        "open": [True, False],
        "category": ["category-1", "none"],
        "unit": ["unit-1", "none"],
        "customer": ["{recovered}", NOBODY],
        "complaint": ["{recovering}", NOBODY],
        "remedy": ["refund", "repair", "gift"],
        "expires_before": [ago(-10), ago(2000)],
        **CHANGES,
        **SPAN,
    },
    "/compensations": {
        "state": ["paid", "reserved"],
        "open": [True, False],
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
        "number": ["W2026-000001", "none"],
        "state": ["accepted_by_customer", "requested", ["rework", "done"]],
        "open": [True, False],
        "category": ["water", "heating", "none"],
        "vendor": ["vendor-1", "none"],
        "customer": ["{repaired}", NOBODY],
        "complaint": ["{repairing}", NOBODY],
        "due_before": [ago(0), ago(2000)],
        **CHANGES,
        **SPAN,
    },
    "/win-backs": {
        "state": ["closed", "requested", ["requested", "in_progress"]],
        "reason": ["low_score", "vulnerable_not_upheld"],
        "outcome": ["won_back", "forgotten"],
        "customer": ["{won}", NOBODY],
        "complaint": ["{winning}", NOBODY],
        "assignee": ["agent-2", "nobody"],
        "open": [True, False],
        "due_before": [ago(0), ago(2000)],
        **CHANGES,
        **SPAN,
    },
    "/changes": {
        "number": ["V2026-000001", "none"],
        "state": ["closed", "changing", ["unfrozen", "refrozen"]],
        "assignee": ["agent-2", "nobody"],
        "dimension": ["cause", "unit"],
        "group": ["cause-1", "none"],
        "trend": [NOBODY],
        "complaint": ["{changed}", NOBODY],
        "verdict": ["fallen", "no-history"],
        "open": [True, False],
        "late": [True, False],
        "due_before": [ago(0), ago(2000)],
        **CHANGES,
        **SPAN,
    },
    "/incidents": {
        "number": ["I2026-000001", "none"],
        "state": ["closed", "declared", ["contained", "reviewed"]],
        "open": [True, False],
        "level": [1, 9],
        "incident_type": ["outage", "none"],
        "touchpoint": ["place-1", "none"],
        "emergency": [True, False],
        **CHANGES,
        **SPAN,
    },
    "/drills": {
        "number": ["D2026-000001", "none"],
        "state": ["closed", "cancelled"],
        "open": [True, False],
        "plan": ["general", "none"],
        **CHANGES,
        **SPAN,
    },
    "/trends": {
        "verdict": ["rising", "steady"],
        "dimension": ["cause", "unit"],
        "name": ["cause-1", "none"],
        **SPAN,
    },
    "/trend-runs": {**SPAN},
    "/staff": {"team": ["team-1", "none"], "skill": ["none"], "active": [True, False]},
    "/back-tests": {
        "state": ["completed", "cancelled"],
        "open": [True, False],
        "policy": ["standard", "none"],
        **CHANGES,
        **SPAN,
    },
    "/back-tests/{back_test}/changes": {
        "kind": ["resolution", "update"],
        "outcome_before": ["in-time", "no-limit"],
        "outcome_after": ["breached", "running"],
    },
    "/complaints/{escalated}/history": {**SPAN},
    "/complaints/{escalated}/investigation": {**SPAN},
    "/complaints/{escalated}/communications": {"direction": ["inbound"], "kind": ["update"], "channel": ["phone"], **SPAN},
    "/complaints/{escalated}/letters": {**SPAN},
    "/complaints/{escalated}/attachments": {"kind": ["evidence"], **SPAN},
    "/complaints/{escalated}/similar": {},
    "/incidents/{incident}/history": {**SPAN},
    "/incidents/{incident}/complaints": {**SPAN},
    "/incidents/{incident}/interactions": {**SPAN},
    "/recovery-cases/{paid}/history": {**SPAN},
    "/repairs/{repair}/history": {**SPAN},
    "/changes/{change}/history": {**SPAN},
    "/win-backs/{win_back}/history": {**SPAN},
    "/drills/{drill}/history": {**SPAN},
    "/major-cases/{major_case}/history": {**SPAN},
}
"""By route: for each parameter what it may say: what many have, what few have, what none has."""
SORTS = {
    "/complaints": [
        "received_at",
        "-received_at",
        "due_at",
        "-due_at",
        "number",
        "-number",
        "severity",
        "-severity",
        "-updated_at",
    ],
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
