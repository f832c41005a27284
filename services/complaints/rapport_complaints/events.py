"""What Complaints listens to, what it projects of it, and its timers: the whole answer in three tables."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens, Raw
from rapport_chassis.projections import Projection
from rapport_chassis.timers import Sets, TimerTable
from rapport_contracts.complaints.intake import TOPIC as INBOUND
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    InteractionAmended,
    InteractionCompleted,
    InteractionLinked,
    InteractionTimedOut,
)
from rapport_contracts.satisfaction.scores import SatisfactionScored

from rapport_complaints.back_tests.store.back_tests import RUN
from rapport_complaints.back_tests.usecases.run_back_test import run_back_test
from rapport_complaints.cases.store.complaints import LOOK
from rapport_complaints.cases.store.tables import interactions
from rapport_complaints.cases.usecases.follow_calendar import (
    FOLLOW,
    FOLLOW_REPAIRS,
    follow_calendar,
    follow_calendar_with_repairs,
)
from rapport_complaints.cases.usecases.follow_interactions import follow_interactions, project_interactions
from rapport_complaints.cases.usecases.look_at_clocks import look_at_clocks
from rapport_complaints.cases.usecases.reach_follow_up import FOLLOW_UP, reach_follow_up
from rapport_complaints.cases.usecases.take_handed_over import take_handed_over
from rapport_complaints.emergencies.store.incidents import WATCH
from rapport_complaints.emergencies.usecases.hold_clocks import HOLD, hold_clocks
from rapport_complaints.emergencies.usecases.link_incidents import LINK, link_past_complaints
from rapport_complaints.emergencies.usecases.watch_incidents import watch_incidents
from rapport_complaints.figures.store.durations import MEASURE
from rapport_complaints.figures.usecases.measure_times import measure_times
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.majors import LOOK as MAJOR_LOOK
from rapport_complaints.handling.usecases.climb_ladder import LOOK_AGAIN, climb_ladder, look_again
from rapport_complaints.handling.usecases.work_on_major import look_at_majors
from rapport_complaints.recovery.store.changes import LOOK as CHANGE_LOOK
from rapport_complaints.recovery.store.recoveries import EXPIRE
from rapport_complaints.recovery.store.tables import scores
from rapport_complaints.recovery.store.tables_win_backs import DUE as WIN_BACK_DUE
from rapport_complaints.recovery.store.win_backs import LOOK as CUSTOMER_LOOK
from rapport_complaints.recovery.usecases.advance_change import look_at_changes
from rapport_complaints.recovery.usecases.advance_recovery import expire_recoveries
from rapport_complaints.recovery.usecases.verify_recoveries import project_scores, verify_recoveries
from rapport_complaints.recovery.usecases.work_on_win_back import look_at_customers, look_at_win_backs
from rapport_complaints.repairs.store.repairs import LOOK as REPAIR_LOOK
from rapport_complaints.repairs.usecases.look_at_repairs import look_at_repairs
from rapport_complaints.work import ComplaintsWork

CONTACTS: list[type[Event]] = [InteractionLinked, InteractionCompleted, InteractionAmended, InteractionTimedOut]
LISTENS = Listens(
    batches=[
        Batch("interactions", CONTACTS, follow_interactions),
        Batch("satisfaction", [SatisfactionScored], verify_recoveries),
    ],
    raws=[Raw("inbound", INBOUND, take_handed_over)],
)

PROJECTIONS = [
    # A complaint may be filed out of a contact that nobody has told us of yet: its row holds the place, and knows nothing.
    Projection("interactions", [interactions], CONTACTS, project_interactions, only={"interactions": "sequence > 0"}),
    Projection("scores", [scores], [SatisfactionScored], project_scores),
]

TIMERS: TimerTable[ComplaintsWork] = {
    LOOK: Sets(look_at_clocks),
    CLIMB: Sets(climb_ladder),
    LOOK_AGAIN: look_again,
    MAJOR_LOOK: Sets(look_at_majors),
    FOLLOW: follow_calendar,
    FOLLOW_REPAIRS: follow_calendar_with_repairs,
    RUN: run_back_test,
    FOLLOW_UP: Sets(reach_follow_up),
    WATCH: Sets(watch_incidents),
    LINK: link_past_complaints,
    HOLD: hold_clocks,
    REPAIR_LOOK: Sets(look_at_repairs),
    CHANGE_LOOK: Sets(look_at_changes),
    MEASURE: Sets(measure_times),
    EXPIRE: Sets(expire_recoveries),
    CUSTOMER_LOOK: Sets(look_at_customers),
    WIN_BACK_DUE: Sets(look_at_win_backs),
}
