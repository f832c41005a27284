"""Findings, taxonomies, trends, recurrences."""
