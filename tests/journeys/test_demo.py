"""`rapport demo` on the running product: every way is gone, and what analysts look for is on the topics."""

from __future__ import annotations

import json

TO_BE_FOUND = {
    *("clock.warned.v1", "clock.breached.v1", "clock.rescheduled.v1", "complaint.escalated.v1", "escalation.ended.v1"),
    *("complaint.rejected.v1", "decision.accepted.v1", "appeal.filed.v1", "appeal.upheld.v1", "appeal.dismissed.v1"),
    *("complaint.reopened.v1", "complaint.marked-duplicate.v1", "complaint.transferred.v1", "complaint.recurred.v1"),
    *("complaint.linked.v1", "complaint.claimed.v1", "complaint.released.v1", "conflict-of-interest.blocked.v1"),
    *("commitment.made.v1", "letter.issued.v1", "attachment.added.v1", "latent-risk.identified.v1"),
    *("complaint-follow-up.scheduled.v1", "complaint-follow-up.reached.v1", "complaint-follow-up.completed.v1"),
    *("complaint.declared-major.v1", "complaint.lowered-from-major.v1", "major-step.completed.v1", "major-step.missed.v1"),
    *("proposal-approval.requested.v1", "proposal.approved.v1", "proposal.refused.v1", "major-case.ended.v1"),
    *("recovery.identified.v1", "recovery.approved.v1", "recovery.rejected.v1", "recovery.declined.v1"),
    *("recovery.verified.v1", "recovery.failed.v1", "recovery.reversed.v1", "recovery.withdrawn.v1", "recovery.closed.v1"),
    *("compensation.awarded.v1", "compensation.paid.v1", "compensation.released.v1", "compensation.reversed.v1"),
    *("repair.completed.v1", "repair-result.refused.v1", "repair-result.accepted.v1", "repair-limit.breached.v1"),
    *("repair-vendor.assigned.v1", "repair-visit.recorded.v1", "repair.linked.v1", "repair.cancelled.v1"),
    *("incident.declared.v1", "incident-update.missed.v1", "incident-link.made.v1", "incident-link.removed.v1"),
    *("incident.updated.v1", "incident-level.changed.v1", "incident.restored.v1", "incident.closed.v1"),
    *("emergency-plan.activated.v1", "drill.held.v1", "drill-gap.closed.v1", "drill.closed.v1", "drill.cancelled.v1"),
    *("change.refrozen.v1", "change-effect.measured.v1", "change.closed.v1", "change-step.missed.v1", "change.abandoned.v1"),
    *("recovery.offered.v1", "incident.dismissed.v1", "back-test.completed.v1"),
    *( "consent.granted.v1", "consent.withdrawn.v1", "contact-point.verified.v1"),
    *("customer.corrected.v1", "identity-conflict.detected.v1", "identity-conflict.resolved.v1"),
}  # fmt: skip


def test_the_demonstration_goes_every_way_and_each_leaves_its_facts(product):
    told = json.loads(product.run("demo", "--calls", "40", "--days", "3", "--seed", "7", "--json").stdout)
    for part in ("complaints", "recoveries", "repairs", "changes", "emergencies"):
        assert all(count > 0 for count in told[part].values()), told[part]
    assert all(count > 0 for count in told["identity"].values()), told["identity"]
    assert told["back_test"]["n"] > 0
    assert told["event_types"]["occurred"] < told["event_types"]["known"]

    lines = product.run("events", "tail", "--from", "start", "--end", "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    found = {event["type"] for event in events}
    assert TO_BE_FOUND - found == set()
    began = {event["data"]["started_at"][:10] for event in events if event["type"] == "interaction.started.v1"}
    assert len(began) >= 3, began
    assert told["event_types"]["events"] <= len(events)
