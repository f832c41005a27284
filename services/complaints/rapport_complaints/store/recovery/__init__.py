"""Recoveries with their ledger, changes, win-backs, the silent."""
