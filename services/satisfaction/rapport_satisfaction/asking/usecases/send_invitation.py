"""Send an invitation: hand the link to the company's messaging gateway, once; the second time is a reminder."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from uuid import UUID

from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict

from rapport_satisfaction.asking.domain.eligibility import objection
from rapport_satisfaction.asking.domain.invitations import ASKED, Invitation
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import Rules, RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import REVIEW, case_of, facts_about
from rapport_satisfaction.surveys.store import Surveys

TOKEN_BYTES = 32
"""256 bits cannot be guessed, so the hash needs no salt and no slow function."""


async def send_invitation(work: Work, invitation_id: UUID) -> tuple[Invitation, str]:
    """The invitation and the token of its link, which is stored nowhere; an earlier link is void.

    Raises NotFound, NotAllowed, Conflict (`too-early`, `reminders-used`, or the reason that has come up since the
    decision: `throttled`, `open-complaint`, `consent-withdrawn`).
    """
    invitation = await work.store(Invitations).get(invitation_id, for_update=True)
    rules = await work.store(RulesInForce).read()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if invitation.state in ASKED:
        invitation.remind(hash_of(token), work.now, rules.throttle.body.max_reminders)
    else:
        await _send(work, invitation, rules, token)
    await work.audit("invitation.sent", f"invitation:{invitation.id}", detail={"reminders": invitation.reminders})
    return invitation, token


async def _send(work: Work, invitation: Invitation, rules: Rules, token: str) -> None:
    survey = (await work.store(Surveys).by_keys([invitation.survey]))[invitation.survey]
    rule = rules.triggers[invitation.rule_key].body
    assert survey.in_use is not None  # noqa: S101 - a rule names a published survey only
    invitation.send(hash_of(token), survey.in_use.number, work.now, work.now + rule.validity)
    known = await facts_about(work, [invitation], rules)
    facts = known.about(invitation)
    facts = replace(facts, asks=[ask for ask in facts.asks if not ask.pending])
    found = objection(replace(case_of(work, invitation, rules), facts=facts))
    if found is not None:
        raise Conflict(found.reason, f"{found.sentence}.")
    assert invitation.expires_at is not None  # noqa: S101 - just set
    await work.timers.set(REVIEW, invitation.id, invitation.expires_at)


def hash_of(token: str) -> bytes:
    """The SHA-256 of a token, which is all that is stored of it."""
    return hashlib.sha256(token.encode()).digest()
