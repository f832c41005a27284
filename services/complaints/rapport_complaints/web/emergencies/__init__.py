"""Incidents, drills, and the data they go by."""
