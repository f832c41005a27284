"""Back-tests: a policy tried on complaints of the past."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.figures import ref_of
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Actions, Call, Name, Router, View
from rapport_chassis.web.operations import Aside
from rapport_chassis.web.values import acted_on, known
from rapport_chassis.web.views import Allowed
from rapport_chassis.work import Work
from rapport_contracts.codes import STORED
from rapport_contracts.complaints.figures import BACK_TEST
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import DefinitionRef
from rapport_kernel.errors import NotAllowed, NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.back_tests.domain import BACK_TEST_LIFE, BackTest
from rapport_complaints.back_tests.store import (
    FOUND,
    STARTED,
    BackTestFilters,
    BackTests,
    ChangeFilters,
    find_back_tests,
    find_changes,
)
from rapport_complaints.back_tests.usecases import NewBackTest, TooManyBackTests, cancel_back_test, start_back_test
from rapport_complaints.clocks.domain.policies import SlaPolicy

router = Router(tags=["policies"], about="How long answers may take: policies and calendars in versions, tried on the past.")


class BackTestView(View):
    """A back-test. The sums count limits (acknowledgement, resolution), not complaints; they are full counts, and final
    once it is `completed`. `breached_after` less `breached_before` is `newly_breached` less what is no longer breached."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    state: Annotated[str, known(BACK_TEST_LIFE)] = Field(examples=["completed"])
    allowed: Annotated[Allowed, acted_on(BackTest)]
    policy: str = Field(description="The code that the policy would have.")
    pack: str | None
    body: SlaPolicy
    received_from: UtcTime
    received_before: UtcTime
    as_of: UtcTime = Field(description="What had not ended is judged by this time.")
    definition: DefinitionRef
    total: int = Field(description="Complaints of the period.")
    done_complaints: int = Field(description="Complaints looked at so far.")
    n: int = Field(description="Limits compared.")
    changed: int = Field(description="Limits that would have ended otherwise.")
    newly_breached: int
    newly_met: int
    breached_before: int
    breached_after: int
    excluded: dict[str, int] = Field(
        description="Limits left out: `stopped`, `not-recorded` (acknowledged elsewhere), `no-closing-time`."
    )
    ended_at: UtcTime | None


class BackTestChangeView(View):
    """A limit that would have ended otherwise. Outcomes: `in-time`, `breached`, `running`, `no-limit`; `policy` is what
    holds, null without a limit; without `clock_id` it was reckoned from the times of the complaint."""

    complaint_id: UUID
    number: str
    kind: Annotated[str, known(ClockKind)]
    clock_id: UUID | None
    policy: str | None
    before: str = Field(examples=["in-time"])
    after: str = Field(examples=["breached"])
    due_before: UtcTime | None
    due_after: UtcTime | None


@router.post(
    "/sla-policies/{code}:back-test",
    allow=CONFIGURE,
    errors=[TooManyBackTests, "empty-period", "policy-or-pack", "unknown-pack", "unknown-calendar", "never"],
    status=202,
    summary="Try a policy on the past",
    on=Aside("changes nothing of the policy; it begins a back-test"),
)
async def post_back_test(code: Name, body: NewBackTest, call: Call[Work]) -> BackTestView:
    """What the policy would have said about complaints received in the period, imported ones too, against what holds: what
    the clocks of the policy of this code said, else those that the complaint is pinned to; without clocks what the policy
    in force then says. Runs on behind the answer; look at it with `GET /back-tests/{id}`. Nothing changes for anybody."""
    test = await call.run(start_back_test, code, body)
    call.headers["Location"] = f"/complaints/v1/back-tests/{test.id}"
    return _view(test, call)


@router.get("/back-tests", allow=READ, summary="List back-tests")
async def get_back_tests(
    filters: BackTestFilters, paging: Annotated[Paging, STARTED], call: Call[Work]
) -> Page[BackTestView]:
    """The newest first."""
    return (await call.read(find_back_tests, filters, paging)).map(lambda row: _view(row, call))


@router.get("/back-tests/{back_test_id}", allow=READ, errors=[NotFound], summary="Show a back-test")
async def get_back_test(back_test_id: UUID, call: Call[Work]) -> BackTestView:
    """How far it is, and the sums so far."""
    return _view(await (await call.work()).store(BackTests).get(back_test_id), call)


@router.get("/back-tests/{back_test_id}/changes", allow=READ, errors=[NotFound], summary="What would be different")
async def get_changes(
    back_test_id: UUID, filters: ChangeFilters, paging: Annotated[Paging, FOUND], call: Call[Work]
) -> Page[BackTestChangeView]:
    """Each limit that would have ended otherwise, in the order in which the complaints were received."""
    return (await call.read(find_changes, back_test_id, filters, paging)).map(BackTestChangeView.model_validate)


def _view(test: Any, call: Call[Any]) -> BackTestView:
    names = [name for name in BackTestView.model_fields if name not in {"allowed", "definition", "body"}]
    return BackTestView(
        **{name: getattr(test, name) for name in names},
        allowed=call.allowed(test, BackTest),
        definition=ref_of(BACK_TEST),
        body=SlaPolicy.model_validate(test.body, strict=False, context=STORED),
    )


# fmt: off
on = Actions(router, "/back-tests/{back_test_id}", BackTest, _view, (NotFound, NotAllowed, VersionConflict))
on("cancel", cancel_back_test, CONFIGURE, "Stop a back-test",
   "What it found so far stays, and is no result.")
# fmt: on
