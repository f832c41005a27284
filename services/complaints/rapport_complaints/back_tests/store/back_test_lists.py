"""Lists of back-tests and of what they found: one statement a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_contracts.fields import Code
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, Row, select

from rapport_complaints.clocks.store.tables import back_test_changes, back_tests
from rapport_complaints.work import ComplaintsWork

b, g = back_tests.c, back_test_changes.c
STARTED = Keyset({"as_of": [b.as_of, b.id]}, default="-as_of")
FOUND = Keyset({"found": [g.id]}, default="found")


class BackTestFilters(Params):
    """What a list of back-tests can be narrowed down to."""

    state: Code | None = None
    policy: Code | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {b.state: self.state, b.policy: self.policy}
        return [column == value for column, value in equal.items() if value is not None]


class ChangeFilters(Params):
    """What the changes of a back-test can be narrowed down to."""

    kind: Code | None = None
    outcome_before: Code | None = None
    outcome_after: Code | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {g.kind: self.kind, g.before: self.outcome_before, g.after: self.outcome_after}
        return [column == value for column, value in equal.items() if value is not None]


async def find_back_tests(work: ComplaintsWork, filters: BackTestFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of back-tests, the newest first. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    return await STARTED.find(work, select(back_tests).where(*filters.conditions()), paging, asked)


async def find_changes(work: ComplaintsWork, back_test_id: UUID, filters: ChangeFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of what a back-test found, in the order of receipt. Raises NotFound, Invalid."""
    if (await work.connection.execute(select(b.id).where(b.id == back_test_id))).one_or_none() is None:
        raise NotFound
    asked = {"back_test": back_test_id, **filters.model_dump(exclude_none=True)}
    conditions = [g.back_test_id == back_test_id, *filters.conditions()]
    return await FOUND.find(work, select(back_test_changes).where(*conditions), paging, asked)
