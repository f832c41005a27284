"""The figures of the contact centre."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from rapport_chassis.bodies import Params
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure
from rapport_kernel.errors import Invalid

from rapport_interactions.domain.figures import MINIMUM, Denominator
from rapport_interactions.store.figures import Counted, GroupBy
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.count_contacts import count_contacts
from rapport_interactions.web.periods import Bound, period, zone_of

router = Router(tags=["figures"])

_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Question(Params):
    """Which contacts, and how they are counted."""

    from_: Bound | None = Field(default=None, alias="from", description="Time with offset, or a day of `tz`.")
    to: Bound | None = Field(default=None, description="Time with offset (not included), or a day of `tz` (included).")
    group_by: GroupBy | None = None
    tz: str = Field(default="UTC", max_length=64, description="IANA time zone whose days are meant.")
    threshold: float = Field(default=20, ge=0, le=86_400, description="Seconds of the service level.")
    denominator: Denominator = Field(default="offered", description="What the service level is a share of.")
    channel: _Name | None = None
    direction: _Name | None = None
    queue: _Name | None = None
    agent: _Name | None = None
    contact_type: _Name | None = Field(default=None, alias="type")


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
    """The figures of one day, queue, agent or type; `key` null: contacts without one."""

    key: str | None


class Stats(FigureSet):
    """The figures of all contacts asked for, and of each group. Each figure says what it counts and what it leaves out."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": f"Rates and means of fewer than {MINIMUM} contacts have no value and the verdict `too few`."
        }
    )

    since: UtcTime | None
    until: UtcTime | None
    tz: str
    group_by: str | None
    minimum: int = Field(description="contacts that a rate or mean needs")
    groups: list[Group]


@router.get("/stats", allow=Scope("interactions:read"), errors=[Invalid], summary="Figures of contacts")
async def stats(question: Question, call: Call[InteractionsWork]) -> Stats:
    """Offered, answered, abandoned, phantom; average speed of answer; abandon rate; service level; average service time.

    Grouped by agent, `answered` credits who answered first, `handled` everybody who took part.
    """
    zone = zone_of(question.tz)
    since, until = period(question.from_, question.to, zone)
    what = Counted(
        since=since,
        until=until,
        zone=question.tz,
        group_by=question.group_by,
        threshold=question.threshold,
        channel=question.channel,
        direction=question.direction,
        queue=question.queue,
        agent=question.agent,
        contact_type=question.contact_type,
    )
    counted = await call.read(count_contacts, what, question.denominator)
    return Stats(
        **counted.total,
        since=since,
        until=until,
        tz=question.tz,
        group_by=question.group_by,
        minimum=MINIMUM,
        groups=[Group(key=key, **figures) for key, figures in counted.groups],
    )
