"""Recovery cases and compensation, declared."""

from __future__ import annotations

from rapport_chassis.subject import Holdings, Subject
from rapport_chassis.timers import Batched

from rapport_complaints.recovery.domain.case import RECOVERY_LIFE
from rapport_complaints.recovery.domain.compensation import AWARD_LIFE
from rapport_complaints.recovery.store.recoveries import OWNED, RECOVERY_POLICIES, open_recoveries
from rapport_complaints.recovery.usecases import expire_recoveries
from rapport_complaints.recovery.web import compensations, figures, recoveries

RECOVERY = Subject(
    "recovery",
    routers=[figures.router, recoveries.router, compensations.of_case, compensations.router],
    lives=[RECOVERY_LIFE, AWARD_LIFE],
    told=[RECOVERY_POLICIES],
    timers={"recovery.expire": Batched(expire_recoveries)},
    holdings=Holdings(tables=[OWNED], holds=open_recoveries),
)
