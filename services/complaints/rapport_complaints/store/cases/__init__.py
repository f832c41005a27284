"""Complaints with clocks, history and timers; their lists, similar ones, whose they are, what other services said."""
