"""Investigation and root cause, taxonomies, trends and recurrences."""
