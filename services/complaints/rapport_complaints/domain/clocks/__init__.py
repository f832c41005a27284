"""Limits that run in business time (S50): they pause, warn, are met and are breached.

`clocks`, `timing`: the arithmetic, `basis`: what it is reckoned with; `policies`: SLA policies and calendars as data,
`packs`: sets of them, `defaults`: those that are shipped; `back_test`: a policy tried on the past; `durations`: how
long it took.
"""
