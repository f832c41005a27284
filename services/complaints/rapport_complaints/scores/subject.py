"""Answers to surveys, declared."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_chassis.subject import Holdings, Subject
from rapport_contracts.satisfaction.scores import SatisfactionScored

from rapport_complaints.scores.store import OWNED, scores
from rapport_complaints.scores.usecases import TakeScores, project_scores, take_scores


def survey_scores(*then: TakeScores) -> Subject:
    """The subject; `then` is what others do with a set of answers, in this order and in the same transaction."""
    return Subject(
        "scores",
        listens=Listens(batches=[Batch("satisfaction", [SatisfactionScored], take_scores(*then))]),
        projections=[Projection("scores", [scores], [SatisfactionScored], project_scores)],
        holdings=Holdings(tables=[OWNED]),
    )
