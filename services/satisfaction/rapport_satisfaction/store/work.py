"""The unit of work of this service."""

from __future__ import annotations

from functools import cached_property

from rapport_chassis.work import Work

from rapport_satisfaction.store.facts import FactStore
from rapport_satisfaction.store.follow_ups import FollowUps
from rapport_satisfaction.store.invitations import Invitations
from rapport_satisfaction.store.policies import Policies
from rapport_satisfaction.store.responses import Responses
from rapport_satisfaction.store.surveys import Surveys


class SatisfactionWork(Work):
    """One transaction of Satisfaction."""

    @cached_property
    def surveys(self) -> Surveys:
        """Survey definitions."""
        return Surveys(self)

    @cached_property
    def policies(self) -> Policies:
        """Trigger, throttle and follow-up rules."""
        return Policies(self)

    @cached_property
    def invitations(self) -> Invitations:
        """Candidates and invitations."""
        return Invitations(self)

    @cached_property
    def responses(self) -> Responses:
        """Answers, and those that do not count."""
        return Responses(self)

    @cached_property
    def follow_ups(self) -> FollowUps:
        """Cases to close the loop."""
        return FollowUps(self)

    @cached_property
    def facts(self) -> FactStore:
        """What other services told: open complaints, consents."""
        return FactStore(self)
