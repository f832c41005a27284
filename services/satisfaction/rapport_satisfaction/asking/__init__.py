"""Asking: whom we ask about what, when, and why not."""
