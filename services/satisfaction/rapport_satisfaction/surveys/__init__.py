"""Surveys: what is asked, in versions; a published version never changes."""
