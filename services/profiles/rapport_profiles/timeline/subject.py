"""The timeline, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned
from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_chassis.subject import Holdings, Subject
from rapport_contracts.event import registry

from rapport_profiles.timeline.domain import shape_of
from rapport_profiles.timeline.store import timeline_entries, timeline_links
from rapport_profiles.timeline.usecases import project_timeline
from rapport_profiles.timeline.web import router

EVENTS = [event for event in registry().values() if shape_of(event)]

TIMELINE = Subject(
    "timeline",
    routers=[router],
    # No inbox: lines are keyed by their event, links by the greatest, so that an event that comes twice changes nothing.
    listens=Listens(batches=[Batch("timeline", EVENTS, project_timeline, inbox=False)]),
    projections=[Projection("timeline", [timeline_entries, timeline_links], EVENTS, project_timeline)],
    holdings=Holdings(
        tables=[
            Owned(timeline_links, key="subject_id", deleted=True),
            Owned(timeline_entries, customer="anchor", key="event_id", follows=False, deleted=True),
        ]
    ),
)
