"""Migrations of the profiles database; `versions/` in order."""

BRANCHES = ("chassis", "customers", "service")
