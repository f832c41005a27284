"""What is declared about the figures of complaints is what is answered, all of it and nothing else."""

from __future__ import annotations

from random import Random

from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_testing.figures import declared, definitions_in

from .desk import Desk
from .test_back_test import tried
from .test_changes import DAYS, refrozen
from .test_recovery import executed
from .test_recovery_verified import scored, tell
from .test_repairs import request
from .test_trend_detection import SHIPPED, fill, look, rows, windows_of


async def test_the_definitions_are_exactly_those_that_are_answered(desk: Desk, served: Service[Work]) -> None:
    """A complaint with its cause, a repair, a recovery that was paid and judged, a change, a trend, a back-test."""
    await desk.until("root_cause_identified")
    await request(desk)
    case = await executed(desk)
    await tell(desk, scored(recovery_id=case["id"], customer_id=case["customer_id"]))
    change = await refrozen(desk)
    await fill(desk, rows(await windows_of(desk), Random(1), "shop", 2 * SHIPPED.minimum, SHIPPED.minimum))
    await look(served)
    answers = [
        await desk.get("/stats", {"group_by": "month"}),
        await desk.get("/recurrence-rate"),
        await desk.get("/recovery-cases/stats"),
        await desk.get("/recovery-cases/effect"),
        await desk.get("/repairs/stats", {"group_by": "category"}),
        await desk.get("/silent-dissatisfaction"),
        await desk.get(f"/changes/{change['id']}/effect", {"days": DAYS}),
        await desk.get("/trends"),
        await tried(desk, {"pack": "internal-strict"}, "internal-strict"),
    ]
    assert definitions_in(*answers) == declared("complaints")
