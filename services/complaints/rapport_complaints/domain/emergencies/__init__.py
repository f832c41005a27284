"""Emergencies and drills (S109-S112): their tables; types, plans and levels as data."""
