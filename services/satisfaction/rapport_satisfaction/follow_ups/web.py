"""Follow-up cases: list them, and take them step by step to their end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example
from rapport_chassis.web import Router, Scope
from rapport_chassis.web.resources import Resource
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, View
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Metric

from rapport_satisfaction.follow_ups.domain import FOLLOW_UP_LIFE, FollowUp, is_open
from rapport_satisfaction.follow_ups.store import BY_DUE_TIME, FollowUpFilters, FollowUps
from rapport_satisfaction.surveys.web import READ

HANDLE = Scope("satisfaction:follow-up")

router = Router(tags=["follow-ups"], about="Cases of unhappy customers, until somebody has talked with them.")


class Attempt(Command):
    """Whether the customer was reached."""

    model_config = example({"reached": True})

    reached: bool


class Cause(Command):
    """Why the customer is unhappy, as a code of yours."""

    cause: NewCode = Field(examples=["waiting-time"])


class Action(Command):
    """The action that was taken, as a code of yours."""

    action: NewCode = Field(examples=["callback-and-apology"])


class Confirmation(Command):
    """Whether the customer is satisfied with the action."""

    satisfied: bool


class Assignment(Command):
    """The agent who looks after it: an opaque staff id."""

    assignee: NewStaffId


class Closing(Command):
    """Reason, note and time only."""


class FollowUpView(View):
    """A case to close the loop with an unhappy customer."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(FOLLOW_UP_LIFE)] = Field(examples=["opened"])
    invitation_id: UUID
    response_id: UUID
    customer_id: UUID
    survey: str
    metric: Annotated[str, known(Metric)]
    score: int
    opened_at: datetime
    due_at: datetime
    tries: int
    most_tries: int
    cause: str | None
    action: str | None
    assignee: str | None
    contacted_at: datetime | None
    escalated_at: datetime | None = Field(description="the due time itself, when it passed before the case was closed")
    closed_at: datetime | None
    allowed: Annotated[Allowed, acted_on(FollowUp)]


# fmt: off
of = Resource(router, "/follow-ups/{follow_up_id}", ("follow-up", "follow-ups"), FollowUpView, FollowUps, read=READ)
of.lists(FollowUpFilters, BY_DUE_TIME, ("list_follow_ups", "List follow-up cases", "The most urgent first."))
of.shows(("show", "Read a follow-up case", "Its state, and what can be done now."))
of.history()
of.verifies()
of.step("record-attempt", FollowUp.record_attempt, Attempt, HANDLE, "Record an attempt to reach the customer",
        "Reached: contacted. Missed as often as the rule allows: unreachable.", name="record_attempt")
of.step("record-cause", FollowUp.record_cause, Cause, HANDLE, "Record the cause", "Needs a contact first.",
        name="record_cause")
of.step("record-action", FollowUp.record_action, Action, HANDLE, "Record the action taken", "Needs a cause first.",
        name="record_action")
of.step("confirm", FollowUp.confirm, Confirmation, HANDLE, "Record whether the customer is satisfied",
        "Not satisfied: another action is needed.", name="confirm")
of.step("assign", FollowUp.assign, Assignment, HANDLE, "Assign a case to an agent", "Not possible once it is closed.",
        name="assign", when=is_open, batch=True)
of.step("close", FollowUp.close, Closing, HANDLE, "Close the loop",
        "Only when the customer confirmed, or could not be reached.", name="close", batch=True)
# fmt: on
