"""The ways that complaints of the demonstration go, as tables: what is done with them, one act after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rapport_cli.demo.acts import QUALITY, Act, act, managed

HANDLER, OTHER, SUBJECT = "complaints-desk-2", "complaints-desk-3", "agent-007"
MAJOR_CHECKLIST = tuple(
    act("complete-major-step", step=step) for step in ("team", "call", "facts", "statement", "scope", "review")
)
"""The checklist of the shipped policy for major complaints."""
LONG_AGO = timedelta(days=40)
"""Longer than any limit of the shipped policy for ordinary complaints, whatever holidays lie in between."""

Acts = tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """`old`: the complaint came by letter so long ago, and `wait` passed before anybody did anything. `after`: the name of a
    way gone before, whose complaint this one repeats (`duplicate_of`, `recurrence_of`) and whose customer comes again."""

    acts: Acts
    old: timedelta | None = None
    wait: timedelta = timedelta()
    after: str = ""


TAKEN: Acts = (act("acknowledge", method="phone"), act("assess", severity="medium"))
BEGIN: Acts = (
    *TAKEN,
    act("assign", assignee=HANDLER),
    act("start-investigation"),
    act("record-step", method="record_review", note="The records of the day were read."),
)
PAUSED: Acts = (
    act("pause", reason="awaiting_customer", note="They are looking for the receipt."),
    act("resume"),
)
FOUND: Acts = (act("set-root-cause", latent_risk=False),)
PROPOSE: Acts = (*FOUND, act("propose", note="We explained what we can do."))
REFUSED: Acts = (
    act("record-decision", accepted=False, reason="not-enough"),
    act("record-step", method="customer_talk", note="They told us what they had expected."),
    *PROPOSE,
)
END: Acts = (act("record-decision", accepted=True), act("resolve"), act("give-feedback", method="phone"), act("close"))
REJECTED: Acts = (act("reject", grounds=["as_agreed"]), act("give-feedback", method="letter"))
APPEALED: Acts = (*BEGIN, *REJECTED, act("appeal", reason="wrong-facts"))
COSTLY: Acts = (
    *FOUND,
    act(
        "propose",
        remedy="refund",
        note="All that was paid.",
        amount="900.00",
        currency="CNY",
        ask_approval=True,
    ),
)
RISK = {"code": "double-booking", "likelihood": 3, "impact": 4, "owner": "unit-payments"}
LETTER = {"template": "acknowledgement", "language": "en", "channel": "letter", "message": "", "signature": "Customer care"}
PHOTO = {"kind": "customer_document", "content_type": "image/jpeg", "size_bytes": 20_480, "reference": "urn:demo:receipt"}
WRITTEN: Acts = (
    Act("/letters", LETTER, timed=False),
    act("/communications", direction="inbound", channel="email", kind="other", words="Here is the receipt."),
    Act("/attachments", {**PHOTO, "sha256": "0" * 64}, timed=False),
    act("promise", method="phone"),
)

WAYS: dict[str, Way] = {
    "left open": Way(BEGIN),
    "closed after a refused proposal": Way((*BEGIN, *PROPOSE, *REFUSED, *END)),
    "withdrawn": Way((*TAKEN, act("assign", assignee=HANDLER), act("withdraw", reason="settled-otherwise"))),
    "closed after a pause": Way((*BEGIN, *PAUSED, *PROPOSE, *END)),
    "closed": Way((*BEGIN, *PROPOSE, *END)),
    "never acknowledged": Way((), old=LONG_AGO),
    "answered late": Way((*BEGIN, *PROPOSE, *END), old=LONG_AGO, wait=timedelta(days=15)),
    "escalated by hand": Way(
        (
            *TAKEN,
            act("escalate", to={"kind": "role", "code": "team-lead"}, reason="asks-for-it"),
            act("withdraw", reason="settled-otherwise"),
        )
    ),
    "refused twice": Way((*BEGIN, *PROPOSE, *REFUSED, *REFUSED[:1])),
    "not upheld": Way((*BEGIN, *REJECTED, act("record-decision", accepted=True), act("close"))),
    "not upheld, appeal upheld": Way(
        (
            *APPEALED,
            managed("decide-appeal", upheld=True, assignee=OTHER, reason="new-facts"),
            Act("set-root-cause", {"latent_risk": False}, QUALITY),
            Act("propose", {"note": "They were right."}, QUALITY),
            *END,
        )
    ),
    "not upheld, appeal dismissed": Way(
        (
            *APPEALED,
            managed("decide-appeal", upheld=False, reason="as-before"),
            act("give-feedback", method="letter"),
            act("close"),
        )
    ),
    "reopened": Way((*BEGIN, *PROPOSE, *END, act("reopen", reason="happened-again"), *TAKEN)),
    "duplicate": Way((*TAKEN, act("mark-duplicate")), after="left open"),
    "recurrence": Way(BEGIN, after="closed"),
    "transferred": Way((*TAKEN, act("transfer", to="partner-bank", reason="not-ours"))),
    "written to": Way((*TAKEN, *WRITTEN)),
    "major": Way(
        (
            *BEGIN,
            act("mark-major", reason="press"),
            *MAJOR_CHECKLIST,
            *PROPOSE,
            *END,
        )
    ),
    "major, behind its checklist": Way((*TAKEN, act("mark-major", reason="press")), old=LONG_AGO),
    "major for a while": Way((*TAKEN, act("mark-major", reason="press"), managed("lower-major", reason="one-shop-only"))),
    "costly, approved": Way((*BEGIN, *COSTLY, managed("approve-proposal"))),
    "costly, not approved": Way((*BEGIN, *COSTLY, managed("refuse-proposal", reason="too-much"))),
    "claimed, and given back": Way((*TAKEN, act("claim"), act("release", reason="end-of-shift"))),
    "kept from whom it is about": Way(
        (
            TAKEN[0],
            act("assess", severity="high", complex=True, subject_staff=[SUBJECT]),
            Act("assign", {"assignee": SUBJECT}, refused=True),
            *BEGIN[2:],
            act("set-root-cause", latent_risk=True, risk=RISK, method="five_whys", whys=["Nobody looked.", "No list."]),
        )
    ),
    "asked once more": Way((*BEGIN, *PROPOSE, *END[:3], act("complete-follow-up", result="content"), act("close"))),
    "to be asked once more": Way((*BEGIN, *PROPOSE, *END[:3])),
    "nobody reached": Way(
        (
            *BEGIN,
            *PROPOSE,
            *(act("record-attempt", method="phone"),) * 3,
            act("give-feedback", method="letter"),
            act("close"),
        )
    ),
}
ASKED_AGAIN = {"asked once more": timedelta(days=14), "to be asked once more": timedelta(minutes=-1)}
"""When they are to be asked whether the answer has held, from now: one is asked before that, for the other it is time."""
