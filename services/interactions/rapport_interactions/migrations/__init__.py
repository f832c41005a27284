"""Migrations of the interactions database; `versions/` in order."""

BRANCHES = ("chassis", "customers", "service")
