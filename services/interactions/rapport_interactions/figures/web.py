"""The figures of the contact centre over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel
from rapport_chassis.periods import SpanView
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work
from rapport_contracts.figures import Figure

from rapport_interactions.figures.store import Question
from rapport_interactions.figures.usecases import count_contacts

router = Router(tags=["figures"], about="Figures over a period, each with its n and its definition.")


class FigureSet(BaseModel):
    """The figures of one group of contacts. Rates in percent, times in seconds."""

    offered: Figure
    answered: Figure
    abandoned: Figure
    phantom: Figure
    handled: Figure
    negative_durations: Figure
    average_speed_of_answer: Figure
    abandon_rate: Figure
    service_level: Figure
    average_service_time: Figure


class Group(FigureSet):
    """The figures of one period, channel, touchpoint, source, queue, agent or type; `key` null: contacts without one."""

    key: str | None


class Stats(FigureSet, SpanView):
    """The figures of all contacts in question, and of each group. Each figure has its definition and what it leaves out."""

    group_by: str | None
    groups: list[Group]


@router.get("/stats", allow=Scope("interactions:read"), errors=["too-many-groups"], summary="Figures of contacts")
async def stats(question: Question, call: Call[Work]) -> Stats:
    """Offered, answered, abandoned, phantom; average speed of answer; abandon rate; service level; average service time.

    Grouped by agent, `answered` credits who answered first, `handled` everyone who took part.
    """
    counted = await call.read(count_contacts, question)
    return Stats(
        **dict[str, Any](counted.total),
        **asdict(counted.span),
        group_by=question.group_by,
        groups=[Group(key=key, **figures) for key, figures in counted.groups],
    )
