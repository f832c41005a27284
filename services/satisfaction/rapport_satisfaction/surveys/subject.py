"""Surveys, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_satisfaction.surveys.web import router

SURVEYS = Subject("surveys", routers=[router])
