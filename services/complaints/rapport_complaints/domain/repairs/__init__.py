"""Repairs (S62, S133): orders, visits, acceptance, rework; limits and vendors as data."""
