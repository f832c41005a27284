"""Clocks, calendars, policies, packs and back-tests."""
