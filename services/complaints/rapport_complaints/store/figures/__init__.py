"""Figures over complaints, read without loading them."""
