"""The life of a complaint (S48-S54) as a table: published, drawn in the README, walked by a test."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

WAITING = ("awaiting_customer", "awaiting_third_party")
HANDLED = ("assigned", "investigating", *WAITING, "root_cause_identified", "resolution_proposed")
APPEALS = ("not_upheld", "appealed", "appeal_dismissed")
TOLD = ("feedback_given", "follow_up_due")
"""The customer knows the decision; it is not closed yet."""
OPEN = ("received", "reopened", "acknowledged", "assessed", *HANDLED, *APPEALS, "accepted", "resolved", *TOLD)
ENDED = ("closed", "withdrawn", "duplicate", "transferred")
STATES = (*OPEN, *ENDED)

PAUSES = {"awaiting_customer": "pause-for-customer", "awaiting_third_party": "pause-for-third-party"}
"""Why a complaint waits, and the move that makes it wait."""


BEFORE_AN_OFFER = ("assessed", "assigned", "investigating")


def _stay(name: str, *states: str) -> list[Move]:
    """A thing that can be done in these states without leaving them."""
    return [Move(name, state, state) for state in states]


LIFE = StateTable(
    "complaint",
    "received",
    [
        Move("acknowledge", "received", "acknowledged"),
        Move("acknowledge", "reopened", "acknowledged"),
        Move("assess", "acknowledged", "assessed"),
        *_stay("assess", "assessed", "assigned", "investigating", *WAITING, "root_cause_identified"),
        Move("assign", "assessed", "assigned"),
        *_stay("assign", *HANDLED),
        Move("claim", "assessed", "assigned"),
        *_stay("claim", *HANDLED),  # guarded: when nobody has it
        Move("release", "assigned", "assessed"),
        *_stay("release", "reopened", "acknowledged", "assessed", *HANDLED[1:]),  # guarded: by who has it
        *_stay("promise", "received", "reopened", "acknowledged", "assessed", *HANDLED, "appealed"),
        *[Move("mark-duplicate", state, "duplicate") for state in BEFORE_AN_OFFER],
        *[Move("transfer", state, "transferred") for state in BEFORE_AN_OFFER],
        Move("start-investigation", "assigned", "investigating"),
        *_stay("record-step", "investigating", *WAITING),
        Move("pause-for-customer", "investigating", "awaiting_customer"),
        Move("pause-for-third-party", "investigating", "awaiting_third_party"),
        Move("resume", "awaiting_customer", "investigating"),
        Move("resume", "awaiting_third_party", "investigating"),
        Move("set-root-cause", "investigating", "root_cause_identified"),
        *_stay("set-root-cause", "root_cause_identified", "resolved", *TOLD),  # what came to light late, or before us
        *[Move("reject", state, "not_upheld") for state in (*BEFORE_AN_OFFER, "root_cause_identified")],
        Move("propose", "root_cause_identified", "resolution_proposed"),
        *_stay("ask-approval", "root_cause_identified"),
        Move("approve-proposal", "root_cause_identified", "resolution_proposed"),  # guarded: one waits; by somebody else
        *_stay("refuse-proposal", "root_cause_identified"),
        Move("accept", "resolution_proposed", "accepted"),
        Move("accept", "appeal_dismissed", "accepted"),  # guarded: when there was a proposal
        *_stay("accept", *TOLD),  # guarded: of a complaint that was not upheld
        Move("refuse", "resolution_proposed", "investigating"),
        *_stay("record-attempt", "resolution_proposed", *TOLD),
        *[Move("appeal", state, "appealed") for state in ("resolution_proposed", *TOLD)],  # guarded: once a decision
        Move("uphold-appeal", "appealed", "investigating"),
        Move("dismiss-appeal", "appealed", "appeal_dismissed"),
        Move("resolve", "accepted", "resolved"),
        Move("give-feedback", "resolved", "feedback_given"),
        Move("give-feedback", "resolution_proposed", "feedback_given"),  # guarded: after enough attempts without an answer
        Move("give-feedback", "not_upheld", "feedback_given"),
        Move("give-feedback", "appeal_dismissed", "feedback_given"),
        Move("reach-follow-up", "feedback_given", "follow_up_due", by="system"),
        *_stay("complete-follow-up", *TOLD),  # guarded: when one was scheduled
        *[Move("close", state, "closed") for state in TOLD],
        *_stay("escalate", *OPEN),
        *_stay("mark-major", *OPEN),  # guarded: when it is none
        Move("reopen", "closed", "reopened"),
        *[Move("withdraw", state, "withdrawn") for state in OPEN],
    ],
    ended=ENDED,
)
