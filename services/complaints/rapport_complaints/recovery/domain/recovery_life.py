"""The life of a recovery case (S65) and of the money it awards, as tables: published, drawn, walked by tests."""

from __future__ import annotations

from rapport_kernel.states import Move, StateTable

CLAIMABLE = ("approved", "offered")
"""The customer has not taken it yet: it can lapse."""
PROMISED = (*CLAIMABLE, "accepted")
"""Approved and not done yet."""
DONE = ("executed", "verified", "failed")
SET_ASIDE = ("rejected", "declined", "expired", "withdrawn")
"""The plan came to nothing; another one can be made."""

RECOVERY_LIFE = StateTable(
    "identified",
    [
        *[Move("propose", state, "proposed") for state in ("identified", *SET_ASIDE, "failed")],
        Move("approve", "proposed", "approved"),  # guarded: authority, independence
        Move("reject", "proposed", "rejected"),
        Move("offer", "approved", "offered"),
        Move("offer", "offered", "offered"),
        Move("accept", "offered", "accepted"),
        Move("decline", "offered", "declined"),
        *[Move("expire", state, "expired") for state in CLAIMABLE],
        Move("execute", "accepted", "executed"),
        *[Move("execute", state, "executed") for state in CLAIMABLE],  # guarded: without money
        Move("verify", "executed", "verified"),
        Move("fail", "executed", "failed"),
        *[Move("withdraw", state, "withdrawn") for state in ("proposed", *PROMISED)],
        *[Move("reverse", state, "reversed") for state in DONE],  # guarded: the last of its money
        *[Move("reverse-part", state, state) for state in DONE],
        *[Move("close", state, "closed") for state in ("identified", *DONE, *SET_ASIDE)],
    ],
)

AWARD_LIFE = StateTable(
    "reserved",
    [
        Move("approve", "reserved", "approved"),
        Move("pay", "approved", "paid"),
        Move("release", "reserved", "released"),
        Move("release", "approved", "released"),
        Move("reverse-part", "paid", "paid"),
        Move("reverse", "paid", "reversed"),
    ],
)
