"""Migrations of the complaints database; `versions/` in order."""

BRANCHES = ("chassis", "customers", "service")
