"""Answers, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned
from rapport_chassis.subject import Holdings, Subject

from rapport_satisfaction.answers.store import responses
from rapport_satisfaction.answers.web import responses as responses_web
from rapport_satisfaction.answers.web.public import answering_router
from rapport_satisfaction.asking.store.invitations import invitations
from rapport_satisfaction.settings import Settings


def answers(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "answers",
        routers=[answering_router(settings), responses_web.router],
        holdings=Holdings(
            tables=[
                Owned(
                    responses,
                    known_by=("id", "interaction_id", "complaint_id", "invitation_id"),
                    keyed_by="keyed_by",
                    sealed=("comments",),
                    blanked={"comments": "NULL"},
                    moves_with=("invitation_id", invitations, "id"),
                )
            ]
        ),
    )
