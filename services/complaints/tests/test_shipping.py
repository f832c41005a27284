"""What Complaints ships with: as the calendar library says, and with its effects when a later version changes it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.shipped import Shipped, entries
from rapport_chassis.work import Work
from rapport_complaints import shipped as folder
from rapport_complaints.shipped.chinese_holidays import announced
from rapport_complaints.shipping import SHIPPED

from .desk import Desk

NextVersion = Callable[..., Shipped[Work]]


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """`next_version("calendars", change)`: what a later version ships, with one file changed in place."""
    monkeypatch.syspath_prepend(tmp_path)

    def made(name: str, change: Callable[[dict[str, Any]], None]) -> Shipped[Work]:
        package = f"later_{name}"
        shutil.copytree(Path(folder.__file__).parent, tmp_path / package)
        file = tmp_path / package / f"{name}.json"
        changed = json.loads(file.read_text())
        change(changed)
        file.write_text(json.dumps(changed))
        return replace(SHIPPED, package=package)

    return made


def test_the_chinese_calendar_has_the_days_that_the_library_knows() -> None:
    ours = entries("rapport_complaints.shipped", "calendars")["cn"]
    assert {name: ours[name] for name in ("holidays", "make_up_days", "complete_until")} == announced()


async def test_the_database_has_this_edition(desk: Desk, served: Service[Work]) -> None:
    assert not await SHIPPED.load(served.works)
    assert await desk.db.fetchval("SELECT count(*) FROM shipped") == 1


async def test_new_holidays_of_a_later_version_move_the_clocks_that_run(
    desk: Desk, served: Service[Work], next_version: NextVersion
) -> None:
    filed = await desk.file()
    before = {clock["id"]: clock["due_at"] for clock in (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]}
    year = datetime.now(UTC).year

    def close(calendars: dict[str, Any]) -> None:
        calendars["cn"]["holidays"] |= {f"{each}-{month:02}-15": "x" for each in (year, year + 1) for month in range(1, 13)}
        calendars["cn"]["make_up_days"] = {}
        calendars["cn"]["week"] = {"tue": [{"opens": "10:00", "closes": "10:30"}]}

    assert await next_version("calendars", close).load(served.works)
    assert [row["kind"] for row in await desk.db.fetch("SELECT kind FROM timers WHERE key = 'cn' ORDER BY kind")] == [
        "calendar.follow",
        "calendar.follow-repairs",
    ]
    assert not await desk.db.fetch("SELECT kind FROM timers WHERE key = 'always'")
    await desk.fire()
    after = {clock["id"]: clock["due_at"] for clock in (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]}
    assert set(after) == set(before) and after != before


async def test_a_ladder_of_a_later_version_is_climbed_at_once(
    desk: Desk, served: Service[Work], next_version: NextVersion
) -> None:
    await desk.until("assessed", received_at=datetime.now(UTC).isoformat())

    def severe(policies: dict[str, Any]) -> None:
        step = {"trigger": "severity", "severities": ["medium"], "level": 1, "to": {"kind": "role", "code": "team-lead"}}
        policies["standard"]["steps"].append({"code": "severe", **step})

    assert await next_version("escalation_policies", severe).load(served.works)
    await desk.fire()
    assert [item["step"] for item in (await desk.get("/escalations"))["items"]] == ["severe"]


async def test_a_policy_that_somebody_put_stays(desk: Desk, served: Service[Work], next_version: NextVersion) -> None:
    ours = {"name": "Ours", "claim_days": 10, "minimum": 5}
    await desk.put("/recovery-policies/standard", ours)
    later = next_version("recovery_policies", lambda policies: policies["standard"].update(claim_days=30))
    assert await later.load(served.works)
    assert (await desk.get("/recovery-policies/standard"))["body"] == ours
