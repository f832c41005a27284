"""Send an invitation: hand the link to the company's messaging gateway, once; the second time is a reminder."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from uuid import UUID

from rapport_kernel.errors import Conflict

from rapport_satisfaction.domain.eligibility import objection
from rapport_satisfaction.domain.invitations import ASKED, Invitation
from rapport_satisfaction.store.policies import Rules
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW, case_of, what_is_known

TOKEN_BYTES = 32
"""256 bits: not to be guessed, so that the hash needs no salt and no slowness."""


async def send_invitation(work: SatisfactionWork, invitation_id: UUID) -> tuple[Invitation, str]:
    """The invitation and the token of its link, which is known to nobody after this; an earlier link is void.

    Raises NotFound, NotAllowed, Conflict (`too-early`, `reminders-used`, or the reason that has come up since the
    decision: `throttled`, `open-complaint`, `consent-withdrawn`).
    """
    invitation = await work.invitations.get(invitation_id, for_update=True)
    rules = await work.policies.at(work.now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if invitation.state in ASKED:
        invitation.remind(hash_of(token), work.now, rules.throttle.rule.max_reminders)
    else:
        await _send(work, invitation, rules, token)
    await work.audit("invitation.sent", f"invitation:{invitation.id}", detail={"reminders": invitation.reminders})
    return invitation, token


async def _send(work: SatisfactionWork, invitation: Invitation, rules: Rules, token: str) -> None:
    survey = (await work.surveys.by_keys([invitation.survey]))[invitation.survey]
    rule = rules.triggers[invitation.rule_key].rule
    assert survey.in_use is not None  # noqa: S101 - a rule names a published survey only
    invitation.send(hash_of(token), survey.in_use.number, work.now, work.now + rule.validity)
    known = await what_is_known(work, [invitation], rules)
    facts = known.about(invitation)
    facts = replace(facts, asks=[ask for ask in facts.asks if not ask.pending])
    found = objection(replace(case_of(work, invitation, rules), facts=facts))
    if found is not None:
        raise Conflict(found.reason, f"{found.sentence}.")
    assert invitation.expires_at is not None  # noqa: S101 - just set
    await work.timers.set(REVIEW, invitation.id, invitation.expires_at)


def hash_of(token: str) -> bytes:
    """What is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()
