"""The public page, and the routes of answers."""
