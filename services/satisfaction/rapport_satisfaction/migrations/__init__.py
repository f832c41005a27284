"""Alembic revisions of the database of Satisfaction; `versions/` in order."""
