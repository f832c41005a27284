"""Rules as data: when to ask, how often at most, how to follow up. Each has versions, in force from a date."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field
from rapport_contracts.event import Payload
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import named

from rapport_satisfaction.surveys.domain import Key

Trigger = Literal["interaction.completed", "complaint.closed", "recovery.executed"]


class TriggerRule(Payload, extra="forbid"):
    """The survey that follows an event: to what share, when, and until when.

    `channel_windows` gives for a channel the hours after the contact during which it may be used for asking; a channel
    that is not named has no window of its own.
    """

    event: Annotated[Trigger, named("trigger-event")]
    survey: Key
    enabled: bool = True
    sampling_percent: int = Field(default=100, ge=0, le=100)
    delay_minutes: int = Field(default=0, ge=0, le=60 * 24 * 30)
    max_age_hours: int = Field(default=72, ge=1, le=24 * 366)
    expires_after_days: int = Field(default=14, ge=1, le=90)
    channel_windows: dict[Key, int] = Field(default_factory=dict, max_length=20)

    @property
    def max_age(self) -> timedelta:
        """A contact older than this is not asked about."""
        return timedelta(hours=self.max_age_hours)

    @property
    def delay(self) -> timedelta:
        """How long after the decision the invitation may go out."""
        return timedelta(minutes=self.delay_minutes)

    @property
    def validity(self) -> timedelta:
        """How long a link may be answered; also how long an invitation waits to be sent."""
        return timedelta(days=self.expires_after_days)


class ThrottleRule(Payload, extra="forbid"):
    """How often a customer may be asked (S72). Sends of any survey count, not answers (Formbricks).

    `exceptions` gives a survey a gap of its own in days instead of `any_survey_days` (Qualtrics: custom rules are
    exceptions to the general one). Reminders are exempt, up to `max_reminders`, `reminder_days` apart.
    """

    any_survey_days: int = Field(default=7, ge=0, le=366)
    relationship_days: int = Field(default=90, ge=0, le=366)
    max_reminders: int = Field(default=2, ge=0, le=5)
    reminder_days: int = Field(default=2, ge=0, le=90)
    exceptions: dict[Key, int] = Field(default_factory=dict, max_length=100)

    def gap(self, survey: str) -> timedelta:
        """How long the last survey of any kind must be ago before `survey` may be sent."""
        return timedelta(days=self.exceptions.get(survey, self.any_survey_days))

    @property
    def reminder_gap(self) -> timedelta:
        """How long the last message about a survey must be ago before another reminds of it."""
        return timedelta(days=self.reminder_days)

    @property
    def relationship_gap(self) -> timedelta:
        """How long the last relationship survey must be ago before another."""
        return timedelta(days=self.relationship_days)


class FollowUpRule(Payload, extra="forbid"):
    """Who is called back, how soon, how often it is tried (S64, S127; Bain's inner loop: within 24-48 hours)."""

    bands: list[Band] = Field(default_factory=lambda: [Band.DETRACTOR, Band.DISSATISFIED, Band.HARD])
    due_hours: int = Field(default=48, ge=1, le=24 * 90)
    tries: int = Field(default=3, ge=1, le=20)

    @property
    def within(self) -> timedelta:
        """Time from the answer until the case must be closed."""
        return timedelta(hours=self.due_hours)


DEFAULT = "default"
"""The code of the rules of which there is only one."""
