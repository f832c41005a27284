"""The life of a complaint (S48-S54) and of its clocks, as tables: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

WAITING = ("awaiting_customer", "awaiting_third_party")
HANDLED = ("assigned", "investigating", *WAITING, "root_cause_identified", "resolution_proposed")
OPEN = ("received", "reopened", "acknowledged", "assessed", *HANDLED, "accepted", "resolved", "feedback_given")
ENDED = ("closed", "withdrawn")
STATES = (*OPEN, *ENDED)

PAUSES = {"awaiting_customer": "pause-for-customer", "awaiting_third_party": "pause-for-third-party"}
"""Why a complaint waits, and the move that makes it wait."""


def _stay(name: str, *states: str) -> list[Move]:
    """A thing that can be done in these states without leaving them."""
    return [Move(name, state, state) for state in states]


LIFE = StateTable(
    "received",
    [
        Move("acknowledge", "received", "acknowledged"),
        Move("acknowledge", "reopened", "acknowledged"),
        Move("assess", "acknowledged", "assessed"),
        *_stay("assess", "assessed", "assigned", "investigating", *WAITING, "root_cause_identified"),
        Move("assign", "assessed", "assigned"),
        *_stay("assign", *HANDLED),
        *_stay("promise", "received", "reopened", "acknowledged", "assessed", *HANDLED),
        Move("start-investigation", "assigned", "investigating"),
        *_stay("record-step", "investigating", *WAITING),
        Move("pause-for-customer", "investigating", "awaiting_customer"),
        Move("pause-for-third-party", "investigating", "awaiting_third_party"),
        Move("resume", "awaiting_customer", "investigating"),
        Move("resume", "awaiting_third_party", "investigating"),
        Move("set-root-cause", "investigating", "root_cause_identified"),
        *_stay("set-root-cause", "root_cause_identified"),
        Move("propose", "root_cause_identified", "resolution_proposed"),
        Move("accept", "resolution_proposed", "accepted"),
        Move("refuse", "resolution_proposed", "investigating"),
        *_stay("record-attempt", "resolution_proposed"),
        Move("resolve", "accepted", "resolved"),
        Move("give-feedback", "resolved", "feedback_given"),
        Move("give-feedback", "resolution_proposed", "feedback_given"),  # guarded: after enough attempts without an answer
        Move("close", "feedback_given", "closed"),
        Move("reopen", "closed", "reopened"),
        *[Move("withdraw", state, "withdrawn") for state in OPEN],
    ],
)

CLOCK_LIFE = StateTable(
    "running",
    [
        Move("pause", "running", "paused"),
        Move("resume", "paused", "running"),
        Move("meet", "running", "met"),
        Move("meet", "paused", "met"),
        Move("stop", "running", "stopped"),
        Move("stop", "paused", "stopped"),
    ],
)

MACHINES = {"complaint": LIFE, "clock": CLOCK_LIFE}
