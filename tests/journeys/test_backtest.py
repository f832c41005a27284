"""A policy pack tried on the past through `rapport backtest`: its sums are those of plain arithmetic."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from rapport_testing.product import pages

MONDAY = datetime(2003, 6, 2, 1, tzinfo=UTC)
"""Nine in the morning in Shanghai."""
PERIOD = ("--from", "2003-06-01T00:00:00Z", "--to", "2003-07-01T00:00:00Z")


def test_a_pack_is_tried_on_imported_complaints_and_the_command_says_what_would_be_late(product):
    items = [
        {
            "ref": f"b{days}",
            "received_at": MONDAY.isoformat(),
            "state": "closed",
            "closed_at": (MONDAY + timedelta(days=days, hours=3)).isoformat(),
            "channel": "web",
            "category": "delivery",
        }
        for days in range(40)
    ]
    with product.client() as client:
        answer = client.post("/complaints/v1/complaints:import", json={"source": "old-desk", "complaints": items})
        assert answer.status_code == 200, answer.text

        # Closed at noon so many days later. Five business days end on Friday evening, day 4; fifteen on day 18.
        found = json.loads(product.run("backtest", "internal-strict", *PERIOD, "--json").stdout)
        assert (found["state"], found["total"], found["done_complaints"], found["n"]) == ("completed", 40, 40, 40)
        assert (found["changed"], found["newly_breached"], found["newly_met"]) == (14, 14, 0)
        assert (found["breached_before"], found["breached_after"]) == (40 - 19, 40 - 5)
        assert found["excluded"] == {"not-recorded": 40}
        changes = list(pages(client, f"/complaints/v1/back-tests/{found['id']}/changes"))
        assert {each["due_after"] for each in changes} == {"2003-06-06T10:00:00.000000Z"}
        assert {each["due_before"] for each in changes} == {"2003-06-20T10:00:00.000000Z"}

    shown = product.run("backtest", "internal-strict", *PERIOD).stdout
    assert "newly breached" in shown
    assert "left out, not-recorded: 40" in shown
    refused = product.run("backtest", "nobodys", *PERIOD, check=False)
    assert refused.returncode != 0
    assert "no such pack" in refused.stderr
