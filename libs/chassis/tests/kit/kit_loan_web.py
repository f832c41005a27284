"""The routes of the loans of the tests: all that a subject writes for them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from kit_loan_store import BY_DUE_TIME, LoanFilters, Loans
from kit_loans import Condition, Loan, is_whole
from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.web import Router, Scope
from rapport_chassis.web.resources import Resource
from rapport_chassis.web.values import acted_on
from rapport_chassis.web.views import Allowed, View
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict

READ = Scope("loans:read")
HANDLE = Scope("loans:handle", level=2)
router = Router(tags=["loans"])


class Prolonging(Command):
    """For how long."""

    model_config = example({"days": 3, "reason": "customer-called"})

    days: int = Field(ge=1, le=30)


class Return(Command):
    """How it came back."""

    condition: Condition


class LoanView(View):
    """A loan. `version` is its ETag."""

    id: UUID
    version: int
    updated_at: UtcTime
    state: str = Field(examples=["lent"])
    allowed: Annotated[Allowed, acted_on(Loan)]
    customer_id: UUID
    devices: list[str]
    condition: str | None
    due_at: UtcTime
    returned_at: UtcTime | None


async def take_back(work: Work, loan_id: UUID, command: Return) -> Loan:
    """A use case with a rule of its own: what is broken needs a note."""
    loan, act = await load_for_command(work, Loans, loan_id, command)
    if command.condition is Condition.BROKEN and command.note is None:
        raise Conflict("still-in-use")
    loan.take_back(act, command.condition)
    return loan


# fmt: off
of = Resource(router, "/loans/{loan_id}", ("loan", "loans"), LoanView, Loans, read=READ)
of.lists(LoanFilters, BY_DUE_TIME, "Loans that match all filters, the most urgent first.")
of.shows("A device that is lent to a customer.")
of.history()
of.verifies(("check_loan", "Check a loan", "Whether its history is what was written."))
of.step("prolong", Loan.prolong, Prolonging, HANDLE, "Let it stay longer", "Moves the due time.", when=is_whole, batch=True)
of.action("take-back", take_back, HANDLE, "Take it back", "It is back, whole or broken.", "still-in-use", name="post_return",
          batch=True)
# fmt: on
