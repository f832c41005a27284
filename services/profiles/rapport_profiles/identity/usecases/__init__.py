"""Finding and identifying customers, and deciding conflicts."""
