"""Assigning, claiming, escalating, major complaints, and the data they go by."""
