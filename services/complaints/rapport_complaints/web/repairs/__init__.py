"""Repairs, vendors, limits and figures."""
