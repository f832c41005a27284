"""Money for customers (补偿): awards, the ledger, budgets, and how long offers stand."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.web import Call, Page, Paging, Router
from rapport_contracts.fields import UtcTime
from rapport_contracts.money import Currency, Total
from rapport_kernel.errors import Invalid, NotAllowed, NotFound, VersionConflict

from rapport_complaints.domain.recovery.compensation import ReversalExceeds
from rapport_complaints.domain.recovery.recovery_data import Budget, RecoveryPolicy
from rapport_complaints.store.recovery import recovery_lists as lists
from rapport_complaints.store.recovery.money import used
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.recovery.advance_recovery import Reversal, reverse_compensation
from rapport_complaints.usecases.recovery.put_recovery_data import (
    NewBudget,
    NewRecoveryPolicy,
    put_budget,
    put_recovery_policy,
)
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view
from rapport_complaints.web.recovery.recoveries import APPROVE
from rapport_complaints.web.recovery.recovery_views import CompensationView, EntryView, RecoveryView, recovery_view

router = Router(tags=["compensation"])


class BudgetStanding(BaseModel):
    """A budget in one of its periods; `used` is what the ledger says was awarded and not taken back."""

    code: str
    version: int
    from_: UtcTime = Field(serialization_alias="from")
    to: UtcTime = Field(description="When it begins anew.")
    currency: Currency
    limit: Total
    used: Total
    left: Total = Field(description="Below zero when the budget was cut after the money was awarded.")
    as_of: UtcTime


@router.get("/compensations", allow=READ, errors=[Invalid], summary="List compensations")
async def get_compensations(
    filters: lists.CompensationFilters, paging: Paging, call: Call[ComplaintsWork]
) -> Page[CompensationView]:
    """Those that match all filters, the newest first, with the sums of the ledger."""
    page = await call.read(lists.find_compensations, filters, paging)
    return Page(items=[CompensationView.model_validate(row) for row in page.items], next=page.next)


@router.get("/compensations/{compensation_id}", allow=READ, errors=[NotFound], summary="Show a compensation")
async def get_compensation(compensation_id: UUID, call: Call[ComplaintsWork]) -> CompensationView:
    """With the sums of the ledger."""
    return CompensationView.model_validate(await call.read(lists.show_compensation, compensation_id))


@router.post(
    "/compensations/{compensation_id}:reverse",
    allow=APPROVE,
    errors=(NotFound, NotAllowed, VersionConflict, Invalid, ReversalExceeds),
    summary="Money that was paid came back",
)
async def post_reverse_compensation(compensation_id: UUID, body: Reversal, call: Call[ComplaintsWork]) -> RecoveryView:
    """All of it or a part, several times, never more than is left (409 `reversal-exceeds`). Answers its case, whose version
    If-Match names; once nothing of its money is left the case is `reversed`."""
    return recovery_view(await call.run(reverse_compensation, compensation_id, body))


@router.get("/compensation-ledger", allow=READ, errors=[Invalid], summary="The ledger")
async def get_ledger(filters: lists.LedgerFilters, paging: Paging, call: Call[ComplaintsWork]) -> Page[EntryView]:
    """In the order in which it was entered. Nothing in it is ever changed or removed: the database refuses it."""
    page = await call.read(lists.find_entries, filters, paging)
    return Page(items=[EntryView.model_validate(row) for row in page.items], next=page.next)


@router.get("/compensation-budgets", allow=READ, summary="Budgets with all their versions")
async def get_budgets(call: Call[ComplaintsWork]) -> Page[VersionView[Budget]]:
    """Without one nothing but authority limits what is awarded."""
    return version_page(await (await call.work()).compensation_budgets.all())


@router.get("/compensation-budgets/{code}", allow=READ, errors=[NotFound], summary="The newest version of a budget")
async def get_budget(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[Budget]:
    """The newest version, or the one asked for."""
    budgets = (await call.work()).compensation_budgets
    return version_view((await budgets.of(code))[-1] if version is None else await budgets.exact(code, version))


@router.get(
    "/compensation-budgets/{code}/standing", allow=READ, errors=[NotFound, Invalid], summary="What is left of a budget"
)
async def get_budget_standing(code: Name, call: Call[ComplaintsWork], at: UtcTime | None = None) -> BudgetStanding:
    """In the period in which `at` lies, now by default, under the version that holds then."""
    work = await call.work()
    moment = at or work.now
    version = next((each for each in await work.compensation_budgets.in_force(moment) if each.code == code), None)
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


@router.put(
    "/compensation-budgets/{code}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict],
    status=201,
    summary="Add a version of a budget",
)
async def change_budget(code: Name, body: NewBudget, call: Call[ComplaintsWork]) -> VersionView[Budget]:
    """A new code is a new budget; `in_use` false ends one. An award has to fit in every budget of its unit, category and
    currency."""
    return version_view(await call.run(put_budget, code, body))


@router.get("/recovery-policies", allow=READ, summary="The recovery policy with all its versions")
async def get_recovery_policies(call: Call[ComplaintsWork]) -> Page[VersionView[RecoveryPolicy]]:
    """How long offers stand."""
    return version_page(await (await call.work()).recovery_policies.all())


@router.get("/recovery-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the recovery policy")
async def get_recovery_policy(
    code: Name, call: Call[ComplaintsWork], version: int | None = None
) -> VersionView[RecoveryPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).recovery_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/recovery-policies/{code}",
    allow=CONFIGURE,
    errors=[Invalid, NotFound, VersionConflict],
    status=201,
    summary="Add a version of the recovery policy",
)
async def change_recovery_policy(
    code: Name, body: NewRecoveryPolicy, call: Call[ComplaintsWork]
) -> VersionView[RecoveryPolicy]:
    """There is one, `standard`. For plans approved from `effective_from` on."""
    return version_view(await call.run(put_recovery_policy, code, body))
