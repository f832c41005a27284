"""Complaints, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from prometheus_client import Gauge
from rapport_chassis.loops import Loop
from rapport_chassis.service import Service

from rapport_complaints.back_tests.web import back_tests
from rapport_complaints.cases.domain.life import MACHINES
from rapport_complaints.cases.store.customers import CUSTOMERS
from rapport_complaints.cases.web import actions, authority, clocks, complaints, guides, imports, side_ways
from rapport_complaints.cases.web import communications as correspondence
from rapport_complaints.clocks.web import policies, policy_packs
from rapport_complaints.correspondence.web import attachments, letters
from rapport_complaints.correspondence.web.customers import customers_router
from rapport_complaints.dossiers.web.dossiers import dossiers_router
from rapport_complaints.emergencies.store.emergency_lists import count_late
from rapport_complaints.emergencies.web import drills, emergency_data, incidents
from rapport_complaints.events import LISTENS, PROJECTIONS, TIMERS
from rapport_complaints.figures.store.figures import count_unassigned, count_untargeted
from rapport_complaints.figures.web.figures import figures_router
from rapport_complaints.finding.usecases.detect_trends import detect_trends
from rapport_complaints.finding.web import finding, finding_data, trends
from rapport_complaints.handling.store.majors import count_late_majors
from rapport_complaints.handling.web import approvals, escalations, handling, majors, staff
from rapport_complaints.recovery.usecases.work_on_win_back import stop_winning_back
from rapport_complaints.recovery.web import (
    changes,
    compensations,
    recoveries,
    recovery_figures,
    silence,
    win_back_data,
    win_backs,
)
from rapport_complaints.repairs.web import repair_data, repairs
from rapport_complaints.settings import Settings
from rapport_complaints.work import ComplaintsWork

__all__ = ["Settings", "service"]


def service(settings: Settings) -> Service[ComplaintsWork]:
    """The service with these settings; connects to nothing yet."""
    alarm, late, idle = Alarm(count_untargeted), Alarm(count_late), Alarm(count_unassigned)
    major = Alarm(count_late_majors)
    made = Service(
        name="complaints",
        title="Complaints (投诉): carried to an answer that the customer accepts",
        settings=settings,
        work=ComplaintsWork,
        routers=[
            complaints.router,
            actions.router,
            approvals.router,
            side_ways.router,
            clocks.router,
            handling.router,
            staff.router,
            guides.router,
            escalations.router,
            authority.router,
            majors.router,
            correspondence.router,
            letters.router,
            attachments.router,
            customers_router(settings.public_url, settings.zone),
            dossiers_router(settings.zone),
            policies.router,
            policy_packs.router,
            back_tests.router,
            figures_router(settings.zone),
            imports.router,
            incidents.router,
            drills.router,
            emergency_data.router,
            repair_data.router,
            repairs.router,
            recovery_figures.router,
            silence.router,
            recoveries.router,
            compensations.router,
            finding.router,
            finding_data.router,
            trends.router,
            changes.router,
            win_backs.router,
            win_back_data.router,
        ],
        listens=LISTENS,
        timers=TIMERS,
        loops=[
            Loop("no-target", alarm.look, every=settings.alarm_every, alone=False),
            Loop("unassigned", idle.look, every=settings.alarm_every, alone=False),
            Loop("late-updates", late.look, every=settings.alarm_every, alone=False),
            Loop("late-majors", major.look, every=settings.alarm_every, alone=False),
            Loop("trends", detect_trends, every=settings.trends_every),
        ],
        migrations="rapport_complaints.migrations",
        state_machines=MACHINES,
        customers=replace(CUSTOMERS, before_erasing=stop_winning_back),
        projections=PROJECTIONS,
    )
    alarm.gauge = Gauge(
        "rapport_complaints_without_target", "Open complaints that no SLA policy matches", registry=made.metrics.registry
    )
    idle.gauge = Gauge(
        "rapport_complaints_unassigned", "Open complaints that nobody could be found for", registry=made.metrics.registry
    )
    late.gauge = Gauge(
        "rapport_complaints_incidents_without_update",
        "Incidents under way whose last due update was not given",
        registry=made.metrics.registry,
    )
    major.gauge = Gauge(
        "rapport_complaints_major_late",
        "Major complaints with a step that is overdue and not done",
        registry=made.metrics.registry,
    )
    return made


class Alarm:
    """What an operator has to look at is counted, round after round, where he looks."""

    def __init__(self, count: Callable[[ComplaintsWork], Awaitable[int]]) -> None:
        """`gauge` is set once there is a registry."""
        self.count = count
        self.gauge: Gauge

    async def look(self, work: ComplaintsWork) -> int:
        """One round. Never has more to do."""
        self.gauge.set(await self.count(work))
        return 0
