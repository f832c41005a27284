"""Consent of customers, for each purpose and channel, with its evidence."""
