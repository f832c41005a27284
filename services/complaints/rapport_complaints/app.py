"""Complaints, put together from its subjects, the core first: in this order they react to facts."""

from __future__ import annotations

from rapport_chassis.customers import Receipts
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.complaints.receipts import (
    ComplaintsErasureConfirmed,
    ComplaintsErasureHeld,
    ComplaintsMergeApplied,
    ComplaintsSplitApplied,
)

from rapport_complaints.attachments.subject import ATTACHMENTS
from rapport_complaints.back_tests.subject import BACK_TESTS
from rapport_complaints.cases.subject import cases
from rapport_complaints.clocks.subject import CLOCKS
from rapport_complaints.correspondence.subject import correspondence
from rapport_complaints.dossiers.subject import dossiers
from rapport_complaints.emergencies.subject import emergencies
from rapport_complaints.figures.subject import FIGURES
from rapport_complaints.finding.subject import finding
from rapport_complaints.handling.subject import handling
from rapport_complaints.recovery.subject import RECOVERY
from rapport_complaints.recovery.usecases import verify_recoveries
from rapport_complaints.repairs.subject import REPAIRS
from rapport_complaints.scores.subject import survey_scores
from rapport_complaints.settings import Settings
from rapport_complaints.shipping import SHIPPED
from rapport_complaints.taxonomies.subject import TAXONOMIES
from rapport_complaints.win_backs.subject import WIN_BACKS
from rapport_complaints.win_backs.usecases import check_who_answered

__all__ = ["Settings", "service"]


def service(settings: Settings) -> Service[Work]:
    """The service with these settings; connects to nothing yet."""
    return Service(
        name="complaints",
        title="Complaints",
        about="What went wrong, carried to an answer that the customer accepts: cases with their life and their clocks.",
        settings=settings,
        work=Work,
        migrations="rapport_complaints.migrations",
        shipped=SHIPPED,
        subjects=[
            CLOCKS,
            TAXONOMIES,
            cases(settings),
            ATTACHMENTS,
            handling(settings),
            emergencies(settings),
            correspondence(settings),
            finding(settings),
            RECOVERY,
            WIN_BACKS,
            survey_scores(check_who_answered, verify_recoveries),
            REPAIRS,
            BACK_TESTS,
            FIGURES,
            dossiers(settings),
        ],
        receipts=Receipts(ComplaintsMergeApplied, ComplaintsSplitApplied, ComplaintsErasureConfirmed, ComplaintsErasureHeld),
    )
