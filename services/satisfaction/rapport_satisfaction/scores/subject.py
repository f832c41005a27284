"""Scores, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_satisfaction.scores.web import router

SCORES = Subject("scores", routers=[router])
