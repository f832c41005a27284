"""Taxonomies, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.taxonomies.store import TAXONOMY
from rapport_complaints.taxonomies.web import router

TAXONOMIES = Subject("taxonomies", routers=[router], told=[TAXONOMY])
