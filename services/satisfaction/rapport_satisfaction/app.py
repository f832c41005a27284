"""Satisfaction, put together."""

from __future__ import annotations

from dataclasses import replace

from rapport_chassis.service import Service
from rapport_chassis.subject import Subject

from rapport_satisfaction.domain import follow_ups as follow_up_cases
from rapport_satisfaction.domain import invitations as invitation_lives
from rapport_satisfaction.events import LISTENS, PROJECTIONS, TIMERS
from rapport_satisfaction.settings import Settings
from rapport_satisfaction.shipping import SHIPPED
from rapport_satisfaction.store.customers import HOLDINGS, RECEIPTS
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.forget_customers import stop_asking
from rapport_satisfaction.web import answers, follow_ups, responses, rules, surveys
from rapport_satisfaction.web.invitations import invitations_router


def service(settings: Settings) -> Service[SatisfactionWork]:
    """The service; nothing is connected until it runs."""
    return Service(
        name="satisfaction",
        title="Satisfaction",
        settings=settings,
        work=SatisfactionWork,
        subjects=[
            Subject(
                "surveys",
                routers=[
                    surveys.router,
                    rules.router,
                    invitations_router(settings.public_url),
                    answers.router,
                    responses.router,
                    follow_ups.router,
                ],
                listens=LISTENS,
                timers=TIMERS,
                lives={"invitation": invitation_lives.LIFE, "follow-up": follow_up_cases.LIFE},
                holdings=replace(HOLDINGS, before_erasing=stop_asking),
                projections=PROJECTIONS,
            )
        ],
        receipts=RECEIPTS,
        migrations="rapport_satisfaction.migrations",
        shipped=SHIPPED,
    )
