"""Repairs and their limits."""
