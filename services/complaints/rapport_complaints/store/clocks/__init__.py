"""Back-tests, durations, policy packs."""
