"""Incidents, drills and links of complaints; lists of them."""
