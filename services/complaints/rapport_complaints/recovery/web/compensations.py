"""Money for customers (补偿): awards, the ledger, budgets, and how long offers stand."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.commands import example
from rapport_chassis.lists import Page, Paging
from rapport_chassis.versions import Since
from rapport_chassis.web import Actions, Call, Name, Names, Person, Router, VersionedData, View
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed, shown_as
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.money import Amount, Currency, Total
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ, REFUSALS
from rapport_complaints.recovery.domain.compensation import AWARD_LIFE, Award, EntryKind, ReversalExceeds
from rapport_complaints.recovery.domain.policies import Budget, RecoveryPolicy
from rapport_complaints.recovery.store import lists
from rapport_complaints.recovery.store.recoveries import COMPENSATION_BUDGETS, RECOVERY_POLICIES, Recoveries, used
from rapport_complaints.recovery.usecases import reverse_compensation
from rapport_complaints.recovery.web.recoveries import APPROVE, recovery_view
from rapport_complaints.shipped import shipped

router = Router(tags=["compensation"], about="What customers were granted, paid out, and the budgets it comes from.")
of_case = Router(
    tags=["recovery"], about="Failures of service, also without a complaint, and what is done to make them good."
)


class CompensationView(View):
    """Money of a plan. `state`: `reserved` (waits for approval), `approved`, `paid`, `released` (not paid), `reversed` (all
    came back). The sums are those of the ledger."""

    id: UUID
    recovery_id: UUID
    number: str = Field(description="Of the recovery case.", examples=["S2026-000042"])
    customer_id: UUID | None
    complaint_id: UUID | None
    category: str
    unit: str | None
    plan: int
    kind: Annotated[str, known(RemedyKind)] = Field(examples=["refund"])
    state: Annotated[str, known(AWARD_LIFE)] = Field(examples=["paid"])
    currency: str = Field(examples=["CNY"])
    amount: Amount
    awarded_at: UtcTime
    paid: Total
    came_back: Total = Field(description="Of what was paid.")
    standing: Total = Field(description="Awarded and not taken back: the part that uses up budgets.")
    allowed: Annotated[Allowed, acted_on(Award)]


_shown = shown_as(CompensationView)


class EntryView(View):
    """An entry of the ledger; never changed. A reversal names the entry that it takes back, and counts negatively."""

    id: UUID
    recovery_id: UUID
    compensation_id: UUID
    kind: Annotated[str, known(EntryKind, name="budget-entry-kind")]
    currency: str
    amount: Amount
    reverses: UUID | None
    at: UtcTime
    recorded_at: UtcTime
    actor: Person
    reason: str | None
    names: Names


class BudgetStanding(BaseModel):
    """A budget in one of its periods; `used` is the sum of the ledger that was awarded and not taken back."""

    code: str
    version: int
    from_: UtcTime = Field(serialization_alias="from")
    to: UtcTime = Field(description="When the next period begins.")
    currency: Currency
    limit: Total
    used: Total
    left: Total = Field(description="Below zero if the budget was cut after the money was awarded.")
    as_of: UtcTime


@of_case.get("/recovery-cases/{recovery_id}/compensations", allow=READ, errors=[NotFound], summary="The money of a case")
async def get_recovery_compensations(recovery_id: UUID, call: Call[Work]) -> Page[CompensationView]:
    """Of all its plans, in their order, with the sums of the ledger."""
    await (await call.work()).store(Recoveries).get(recovery_id)
    rows = await call.read(lists.compensations_of, recovery_id)
    return Page(items=[_shown(row, call) for row in rows])


@router.get("/compensations", allow=READ, summary="List compensations")
async def get_compensations(
    filters: lists.CompensationFilters, paging: Annotated[Paging, lists.AWARDED], call: Call[Work]
) -> Page[CompensationView]:
    """Those that match all filters, the newest first, with the sums of the ledger."""
    return (await call.read(lists.find_compensations, filters, paging)).map(lambda row: _shown(row, call))


@router.get("/compensations/{compensation_id}", allow=READ, errors=[NotFound], summary="Show a compensation")
async def get_compensation(compensation_id: UUID, call: Call[Work]) -> CompensationView:
    """With the sums of the ledger."""
    return _shown(await call.read(lists.show_compensation, compensation_id), call)


# fmt: off
on = Actions(router, "/compensations/{compensation_id}", Award, recovery_view, REFUSALS)
on("reverse", reverse_compensation, APPROVE, "A payment came back",
   "In full or in part, several times, never more than is left (409 `reversal-exceeds`). Answers its case, whose version "
   "If-Match names; once no money is left the case is `reversed`.",
   ReversalExceeds, name="post_reverse_compensation", moves=("reverse-part", "reverse"))
# fmt: on


@router.get("/compensation-ledger", allow=READ, summary="The ledger")
async def get_ledger(
    filters: lists.LedgerFilters, paging: Annotated[Paging, lists.ENTERED], call: Call[Work]
) -> Page[EntryView]:
    """In the order in which it was entered. Entries are never changed or removed: the database refuses it."""
    return (await call.read(lists.find_entries, filters, paging)).map(EntryView.model_validate)


class NewBudget(Since, Budget):
    """A budget, effective from a date. Awards made earlier in its period count."""

    model_config = example(
        {"name": "North, deliveries", "unit": "north", "currency": "CNY", "amount": "20000.00", "period": "month"}
    )


class NewRecoveryPolicy(Since, RecoveryPolicy):
    """The policy, effective from a date, for plans approved from then on."""

    model_config = example(shipped("recovery_policies", RecoveryPolicy)["standard"].model_dump(mode="json"))


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/compensation-budgets/{code}", COMPENSATION_BUDGETS, Budget, NewBudget,
     errors=(VersionConflict,),
     every=("get_budgets", "Budgets with all their versions", "Without one, awards are limited by authority only."),
     one=("get_budget", "The newest version of a budget", "The newest version, or the one asked for."),
     put=("change_budget", "Add a version of a budget",
          ("A new code is a new budget; `in_use` false ends one. An award has to fit in every budget of its unit, category "
           "and currency.")))
keep("/recovery-policies/{code}", RECOVERY_POLICIES, RecoveryPolicy, NewRecoveryPolicy,
     every=("get_recovery_policies", "The recovery policy with all its versions", "How long offers stand."),
     one=("get_recovery_policy", "The newest version of the recovery policy", "The newest version, or the one asked for."),
     put=("change_recovery_policy", "Add a version of the recovery policy",
          "There is one, `standard`. For plans approved from `effective_from` on."))
# fmt: on


@router.get("/compensation-budgets/{code}/standing", allow=READ, errors=[NotFound], summary="The rest of a budget")
async def get_budget_standing(code: Name, call: Call[Work], at: UtcTime | None = None) -> BudgetStanding:
    """In the period that contains `at`, now by default, under the version in force then."""
    work = await call.work()
    moment = at or work.now
    version = next((each for each in await work.store(COMPENSATION_BUDGETS).in_force(moment) if each.code == code), None)
    if version is None:
        raise NotFound
    spent = await used(work, version.body, moment)
    start, stop = version.body.span(moment)
    return BudgetStanding(
        code=code,
        version=version.version,
        from_=start,
        to=stop,
        currency=version.body.currency,
        limit=version.body.amount,
        used=spent.amount,
        left=version.body.amount - spent.amount,
        as_of=work.now,
    )
