"""What Profiles listens to, and what it does about it."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_contracts.event import registry
from rapport_contracts.interactions.contacts import CallerPresented

from rapport_profiles.domain.timeline import shape_of
from rapport_profiles.store.tables import timeline_entries, timeline_links
from rapport_profiles.usecases.identify_callers import identify_callers
from rapport_profiles.usecases.project_timeline import project_timeline

TIMELINE = Batch("timeline", [event for event in registry().values() if shape_of(event)], project_timeline, inbox=False)
"""Lines are keyed by their event, links by the greatest: an event that comes twice changes nothing."""

PROJECTIONS = [Projection("timeline", [timeline_entries, timeline_links], TIMELINE.events, project_timeline)]
LISTENS = Listens(batches=[Batch("callers", [CallerPresented], identify_callers), TIMELINE])
