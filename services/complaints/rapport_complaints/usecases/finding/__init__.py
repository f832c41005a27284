"""Investigation, root cause, trends."""
