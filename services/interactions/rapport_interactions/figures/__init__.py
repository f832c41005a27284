"""Figures: counting contacts over any period, with the definition of each number."""
