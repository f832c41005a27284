"""Complaints: filed, shown, listed, imported, and everything that can be done with one; `views`: what a level sees of it."""
