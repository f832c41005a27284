"""Figures, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_interactions.figures.web import router

FIGURES = Subject("figures", routers=[router])
