"""Calendars and SLA policies: data with versions. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.clocks.domain.policies import CalendarData, SlaPolicy
from rapport_complaints.clocks.store.versions import CALENDARS, SLA_POLICIES
from rapport_complaints.clocks.usecases.put_calendar import NewCalendar, put_calendar
from rapport_complaints.clocks.usecases.put_policy import NewPolicy, put_policy

B = TypeVar("B", bound=BaseModel)
router = Router(tags=["policies"])


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/sla-policies/{code}", lambda work: work.store(SLA_POLICIES), SlaPolicy, NewPolicy, put_policy,
     errors=(Invalid, VersionConflict),
     every=("find_policies", "SLA policies with all their versions", "Every version of every policy, by code and version."),
     one=("show_policy", "The newest version of a policy",
          "The newest version, or the one asked for: what was decided under it stays explained by it."),
     put=("change_policy", "Add a version of a policy",
          "For complaints received from `effective_from` on. Running clocks keep the version that they started under."))
keep("/calendars/{code}", lambda work: work.store(CALENDARS), CalendarData, NewCalendar, put_calendar,
     errors=(Invalid, VersionConflict),
     every=("find_calendars", "Calendars with all their versions", "Every version of every calendar, by code and version."),
     one=("show_calendar", "The newest version of a calendar", "The newest version, or the one asked for."),
     put=("change_calendar", "Add a version of a calendar",
          ("Days from `effective_from` on follow it. Clocks that run under it are reckoned anew right after, each with an "
           "event and its old due time kept.")))
# fmt: on
