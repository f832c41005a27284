"""Follow-up cases: list them, and take them step by step to their end."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body, Params
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router, Scope
from rapport_contracts.fields import Code, FollowUpId
from rapport_kernel.errors import Invalid, NotAllowed, NotFound, VersionConflict

from rapport_satisfaction.domain.follow_ups import FollowUp
from rapport_satisfaction.store.follow_ups import FollowUpFilter
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.advance_follow_up import Step, advance_follow_up
from rapport_satisfaction.web.surveys import READ
from rapport_satisfaction.web.views import FollowUpView

FOLLOW_UP = Scope("satisfaction:follow-up")
_ERRORS = [NotFound, NotAllowed, VersionConflict]

router = Router(prefix="/follow-ups", tags=["follow-ups"])


class Narrowed(Params):
    """Filters of the list; `overdue` true: the due time passed before it was closed."""

    state: str | None = Field(default=None, max_length=50)
    assignee: str | None = Field(default=None, max_length=100)
    customer_id: UUID | None = None
    invitation_id: UUID | None = None
    overdue: bool | None = None


class Attempt(Body):
    """The customer was tried."""

    reached: bool


class Cause(Body):
    """Why the customer is unhappy, as a code of yours."""

    cause: Code = Field(examples=["waiting-time"])


class Action(Body):
    """What was done about it, as a code of yours."""

    action: Code = Field(examples=["callback-and-apology"])


class Confirmation(Body):
    """What the customer says to it."""

    satisfied: bool


class Assignment(Body):
    """Who looks after it: an opaque staff id."""

    assignee: Code


@router.get("", allow=READ, errors=[Invalid], summary="List follow-up cases")
async def list_follow_ups(narrowed: Narrowed, paging: Paging, call: Call[SatisfactionWork]) -> Page[FollowUpView]:
    """The most urgent first."""
    asked = FollowUpFilter(**narrowed.model_dump())
    return (await call.read(lambda work: work.follow_ups.page(asked, paging))).map(_view)


@router.get("/{follow_up_id}", allow=READ, errors=[NotFound], summary="Read a follow-up case")
async def show(follow_up_id: FollowUpId, call: Call[SatisfactionWork]) -> FollowUpView:
    """Its state, and the moves that the state has."""
    return _view(await call.read(lambda work: work.follow_ups.get(follow_up_id)))


@router.post("/{follow_up_id}:record-attempt", allow=FOLLOW_UP, errors=_ERRORS, summary="The customer was tried")
async def record_attempt(follow_up_id: FollowUpId, body: Attempt, call: Call[SatisfactionWork]) -> FollowUpView:
    """Reached: contacted. Not reached as often as the rule allows: unreachable."""
    return await _step(call, follow_up_id, "attempted", lambda case, now: case.attempt(now, reached=body.reached))


@router.post("/{follow_up_id}:record-cause", allow=FOLLOW_UP, errors=_ERRORS, summary="Write down the cause")
async def record_cause(follow_up_id: FollowUpId, body: Cause, call: Call[SatisfactionWork]) -> FollowUpView:
    """Needs a contact first."""
    return await _step(call, follow_up_id, "cause-recorded", lambda case, _: case.record_cause(body.cause))


@router.post("/{follow_up_id}:record-action", allow=FOLLOW_UP, errors=_ERRORS, summary="Write down what was done")
async def record_action(follow_up_id: FollowUpId, body: Action, call: Call[SatisfactionWork]) -> FollowUpView:
    """Needs a cause first."""
    return await _step(call, follow_up_id, "action-taken", lambda case, _: case.take_action(body.action))


@router.post("/{follow_up_id}:confirm", allow=FOLLOW_UP, errors=_ERRORS, summary="Write down what the customer says to it")
async def confirm(follow_up_id: FollowUpId, body: Confirmation, call: Call[SatisfactionWork]) -> FollowUpView:
    """Not satisfied: another action is needed."""
    return await _step(call, follow_up_id, "asked", lambda case, _: case.ask_customer(satisfied=body.satisfied))


@router.post("/{follow_up_id}:assign", allow=FOLLOW_UP, errors=_ERRORS, summary="Give a case to somebody")
async def assign(follow_up_id: FollowUpId, body: Assignment, call: Call[SatisfactionWork]) -> FollowUpView:
    """Not possible once it is closed."""
    return await _step(call, follow_up_id, "assigned", lambda case, _: case.assign(body.assignee))


@router.post("/{follow_up_id}:close", allow=FOLLOW_UP, errors=_ERRORS, summary="Close the loop")
async def close(follow_up_id: FollowUpId, call: Call[SatisfactionWork]) -> FollowUpView:
    """Only when the customer confirmed, or could not be reached."""
    return await _step(call, follow_up_id, "closed", lambda case, now: case.close(now))


async def _step(call: Call[SatisfactionWork], follow_up_id: UUID, action: str, step: Step) -> FollowUpView:
    return _view(await call.run(advance_follow_up, follow_up_id, action, step))


def _view(case: FollowUp) -> FollowUpView:
    return FollowUpView.model_validate(case, from_attributes=True)
