"""Surveys, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject
from rapport_contracts.satisfaction.surveys import SurveyPublished

from rapport_satisfaction.surveys.usecases import SurveysTold, tell_published
from rapport_satisfaction.surveys.web import READ, router

SURVEYS = Subject(
    "surveys",
    routers=[router],
    reactions={SurveyPublished: [tell_published]},
    told=[SurveysTold()],
    heard={"survey": READ},
)
