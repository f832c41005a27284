"""What the figures of contacts mean. A contact counts in the period in which it started."""

from __future__ import annotations

from rapport_contracts.figures import define

LEAST = 10
"""Our choice: one of seven contacts moves a rate by 14 points."""

OFFERED = define(
    "interactions.offered",
    "count",
    "Contacts that were answered or abandoned. Phantoms, contacts that only a bot or a menu served, those of unknown outcome"
    " and those still open are not offered.",
)
ANSWERED = define(
    "interactions.answered",
    "count",
    "Contacts with the outcome answered; grouped by agent, those whom this agent answered first.",
)
ABANDONED = define("interactions.abandoned", "count", "Contacts with the outcome abandoned.")
PHANTOM = define("interactions.phantom", "count", "Lines that were opened with nobody there; they are never offered.")
HANDLED = define(
    "interactions.handled",
    "count",
    "Answered contacts; grouped by agent, those in which this agent took part, first or later.",
)
NEGATIVE_DURATIONS = define(
    "interactions.negative-durations",
    "count",
    "Contacts with a duration below zero at their source, kept as it came and flagged.",
)
AVERAGE_SPEED_OF_ANSWER = define(
    "interactions.average-speed-of-answer",
    "seconds",
    "Mean seconds in queues before the first answer by a person (`summary.wait_seconds`), over answered contacts; those"
    " without a queue count 0, and queues after a transfer do not count.",
    least=LEAST,
)
ABANDON_RATE = define(
    "interactions.abandon-rate",
    "percent",
    "Abandoned of offered contacts; phantoms are never offered. Interval 95 %: Wilson.",
    least=LEAST,
)
SERVICE_LEVEL = define(
    "interactions.service-level",
    "percent",
    "Contacts answered after at most `threshold` seconds in queues before the first answer, of those that `denominator`"
    " names: offered, or answered. Interval 95 %: Wilson.",
    least=LEAST,
)
AVERAGE_SERVICE_TIME = define(
    "interactions.average-service-time",
    "seconds",
    "Mean seconds in service with agents, over answered contacts; grouped by agent, over handled ones, of the agent's own"
    " seconds.",
    least=LEAST,
)
