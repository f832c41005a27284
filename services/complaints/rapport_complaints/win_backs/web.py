"""Win-backs (S64): customers whom we may lose, and what becomes of them; and how many are dissatisfied and silent (S57).

Actions answer the win-back with its new version, take If-Match, and refuse with 409 what the state does not allow.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example
from rapport_chassis.figures import counted, measured, share
from rapport_chassis.periods import Period, SpanView
from rapport_chassis.versions import Since
from rapport_chassis.web import Call, Names, Person, Resource, Router, Scope, VersionedData, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed
from rapport_chassis.work import Work
from rapport_contracts.codes import NewStaffId
from rapport_contracts.complaints import figures as defined
from rapport_contracts.complaints.vocabulary import WinBackOutcome, WinBackReason
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_kernel.statistics import wilson

from rapport_complaints.access import CONFIGURE, READ, STATS
from rapport_complaints.win_backs.domain import WIN_BACK_LIFE, WinBack, WinBackPolicy
from rapport_complaints.win_backs.store import (
    BY_REQUEST,
    WIN_BACK_POLICIES,
    Silence,
    WinBackFilters,
    WinBacks,
    count_silence,
)

router = Router(tags=["win-backs"], about="Customers who went silent, and the attempt to win them back.")
silence = Router(tags=["figures"])
HANDLE = Scope("complaints:win-backs", level=2)


class WinBackView(View):
    """A win-back. `version` is its ETag. `occasions` is how often the reason
    occurred, `complaint_id` the complaint in which it did last."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(WIN_BACK_LIFE)] = Field(examples=["requested"])
    allowed: Annotated[Allowed, acted_on(WinBack)]
    customer_id: UUID
    reason: Annotated[str, known(WinBackReason)] = Field(examples=["refused_proposals"])
    occasions: int
    complaint_id: UUID | None
    policy: str
    policy_version: int
    owner: Person | None
    outcome: Annotated[str | None, known(WinBackOutcome)] = Field(examples=["won_back"])
    requested_at: UtcTime
    due_at: UtcTime
    started_at: UtcTime | None
    missed_at: UtcTime | None = Field(description="The due time, if it had passed before the win-back was closed.")
    closed_at: UtcTime | None
    names: Names


class WinBackStart(Command):
    """Who takes it on: an opaque staff id or a unit."""

    model_config = example({"owner": "staff-7", "note": "Calls her tomorrow."})

    owner: NewStaffId


class WinBackClosing(Command):
    """What became of it; the customer's words go into the note."""

    model_config = example({"outcome": "won_back", "note": "She stays, and wants to hear from us in a month."})

    outcome: WinBackOutcome


class NewWinBackPolicy(Since, WinBackPolicy):
    """The policy, effective from a date."""


# fmt: off
of = Resource(router, "/win-backs/{win_back_id}", ("win-back", "win-backs"), WinBackView, WinBacks, read=READ)
of.lists(WinBackFilters, BY_REQUEST,
         "Win-backs that match all filters, the newest first; sort by `requested_at` or `due_at`.")
of.shows("A customer whom we may lose, and what becomes of it.")
of.history()
of.verifies()
of.step("start", WinBack.start, WinBackStart, HANDLE, "Take a win-back on",
        "Somebody else can take it over until it is closed.")
of.step("close", WinBack.close, WinBackClosing, HANDLE, "Close a win-back", "With what became of it.")

keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/win-back-policies/{code}", WIN_BACK_POLICIES, WinBackPolicy, NewWinBackPolicy,
     every=("get_win_back_policies", "The win-back policy with all its versions", "Reasons, and which scores are low."),
     one=("get_win_back_policy", "The newest version of the win-back policy", "The newest version, or the one asked for."),
     put=("change_win_back_policy", "Add a version of the win-back policy",
          "There is one, `standard`. Applies to checks of customers on or after `effective_from`."))
# fmt: on


class SilencePeriod(Period):
    """Low answers given, and complaints received, in this time."""

    days: int = Field(
        default=30,
        ge=1,
        le=366,
        description="Customers who complain within so many days before or after their answer are not silent.",
    )


class SilentDissatisfaction(SpanView):
    """`complainants` were counted; `silent_share` is a sample of those who answered surveys; `estimated` combines the two:
    complainants / (1 - share), with bounds from the interval of the share. An estimate needs `minimum` customers with a low
    answer, one in `low_bands`."""

    minimum: int
    low_bands: Annotated[list[str], known(Band)]
    silent_share: Figure = Field(description="Percent of customers with a low answer who did not complain.")
    complainants: Figure
    estimated: Figure = Field(description="Dissatisfied customers, whether they complain or not.")


@silence.get(
    "/silent-dissatisfaction",
    allow=STATS,
    summary="How many customers are dissatisfied and do not complain",
)
async def silent_dissatisfaction(period: SilencePeriod, call: Call[Work]) -> SilentDissatisfaction:
    """Customers who do not complain need not be content. Of customers whose answer to a survey was low, by the win-back
    policy in force, this counts who complained within `days` of it. Left out, in `excluded`: `undecided`, whose days are not
    over; answers of an `unknown-customer`; answers of an `unknown-band`, stored before bands were. The estimate assumes that
    customers who answer surveys are like all others."""
    work = await call.work()
    policy = (await work.store(WIN_BACK_POLICIES).current()).body
    bands = [band.value for band in policy.low_bands]
    span = period.span(work)
    found = await call.read(count_silence, span.since, span.until, period.days, bands)
    return SilentDissatisfaction(
        **asdict(span), minimum=policy.minimum, low_bands=bands, **_figures(found, policy.minimum, work.now)
    )


def _figures(found: Silence, minimum: int, as_of: datetime) -> dict[str, Any]:
    """The figures of the answer by their fields."""
    excluded = {"undecided": found.undecided, "unknown-customer": found.unknown, "unknown-band": found.unbanded}
    without_customer = {"unknown-customer": found.unknown_complaints}
    silent = share(
        defined.SILENT_SHARE, found.silent, found.low, as_of, excluded, least=minimum, of="customers with a low answer"
    )
    estimate = spread = None
    if silent.interval is not None and found.silent < found.low:  # if all were silent, there is no telling
        low, high = wilson(found.silent, found.low)
        estimate = found.complainants * found.low / (found.low - found.silent)
        fewest, most = found.complainants / (1 - low), found.complainants / (1 - high)
        spread = Interval(low=fewest, high=most, level=0.95, method="wilson")
    return {
        "silent_share": silent,
        "complainants": counted(defined.COMPLAINANTS, found.complainants, as_of, without_customer),
        "estimated": measured(defined.DISSATISFIED, estimate, found.low, as_of, excluded, least=minimum, interval=spread),
    }
