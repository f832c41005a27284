"""Escalations: written with their complaints, ended with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from rapport_contracts.complaints.escalation import EscalationEnded
from sqlalchemy import insert, text

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.escalating import Escalation
from rapport_complaints.handling.store.tables import escalations

CLIMB = "escalation.look"
"""The kind of timer at which a step of the ladder may be due; its key is the complaint."""


async def write_escalations(work: Work, held: Iterable[Complaint]) -> None:
    """Keep those that were raised since; one statement."""
    rows: list[dict[str, Any]] = []
    for complaint in held:
        raised, complaint.raised = complaint.raised, []
        rows.extend({"complaint_id": complaint.id, **_row(each)} for each in raised)
    if rows:
        await work.connection.execute(insert(escalations), rows)


async def end_escalations(work: Work, ended: Sequence[EscalationEnded]) -> None:
    """End those of complaints that are over; one statement."""
    if ended:
        rows = [{"complaint_id": each.complaint_id, "ended_at": each.ended_at, "outcome": each.outcome} for each in ended]
        await work.connection.execute(_END, {"rows": to_json(rows)})


def _row(each: Escalation) -> dict[str, Any]:
    return {
        "id": each.id,
        "episode": each.episode,
        "level": each.level,
        "trigger": each.trigger,
        "step": each.step,
        "policy_version": each.version,
        "to_kind": each.to.kind,
        "to_code": each.to.code,
        "reason": each.act.reason,
        "actor": each.act.by,
        "triggered_at": each.since,
        "escalated_at": each.act.at,
    }


_END = text(
    """
    UPDATE escalations e SET ended_at = k.ended_at, outcome = k.outcome
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(complaint_id uuid, ended_at timestamptz, outcome text)
    WHERE e.complaint_id = k.complaint_id AND e.ended_at IS NULL
    """
)
