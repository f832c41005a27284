"""Migrations of the satisfaction database; `versions/` in order."""

BRANCHES = ("chassis", "customers", "service")
