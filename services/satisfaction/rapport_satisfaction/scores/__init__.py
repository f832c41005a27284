"""Scores: NPS, CSAT and CES of the answers."""
