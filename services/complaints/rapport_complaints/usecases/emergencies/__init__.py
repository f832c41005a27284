"""Incidents, drills, and what they do to complaints and clocks."""
