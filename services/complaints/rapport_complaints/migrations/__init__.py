"""Migrations of the complaints database; `versions/` in order."""
