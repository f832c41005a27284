"""Repairs, their lists and tallies."""
