"""A resource is a table of routes: served over HTTP, documented, and refused at import where a line does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from kit_loan_store import BY_DUE_TIME, LoanFilters, Loans
from kit_loan_web import HANDLE, READ, LoanView, Prolonging, Return, router
from kit_loans import LOAN_LIFE, Condition, Loan
from pydantic import Field
from rapport_chassis.actor import Actor
from rapport_chassis.commands import Command
from rapport_chassis.filters import Filters
from rapport_chassis.security.issuer import LocalIssuer
from rapport_chassis.web import Router
from rapport_chassis.web.app import WebApp
from rapport_chassis.web.lives import mismatches
from rapport_chassis.web.resources import Resource, advancing
from rapport_chassis.web.values import acted_on
from rapport_chassis.web.views import Allowed, View, shown_as
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.codes import NewStaffId
from rapport_contracts.fields import UtcTime
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable
from sqlalchemy import Column, Integer, MetaData, Table, text

# --- over HTTP


async def test_a_loan_is_shown_listed_and_moved(client: httpx.AsyncClient, loan: Loan) -> None:
    shown = await client.get(f"/loans/{loan.id}")
    assert shown.status_code == 200 and shown.headers["ETag"].startswith('"1-')
    assert shown.json()["allowed"] == ["prolong", "take-back"] and shown.json()["condition"] is None
    made = await client.post(f"/loans/{loan.id}:prolong", json={"days": 2}, headers={"If-Match": '"1"'})
    assert (made.status_code, made.json()["version"]) == (200, 2)
    again = await client.post(f"/loans/{loan.id}:prolong", json={"days": 2}, headers={"If-Match": '"1"'})
    assert again.status_code == 412
    refused = await client.post(f"/loans/{loan.id}:take-back", json={"condition": "broken"})
    assert (refused.status_code, refused.json()["code"]) == (409, "still-in-use")
    back = await client.post(f"/loans/{loan.id}:take-back", json={"condition": "broken", "note": "glass"})
    assert (back.status_code, back.json()["state"], back.json()["condition"]) == (200, "returned", "broken")
    late = await client.post(f"/loans/{loan.id}:prolong", json={"days": 2})
    assert (late.status_code, late.json()["allowed"]) == (409, [])
    listed = await client.get("/loans", params={"condition": ["broken", "good"], "customer": str(loan.customer_id)})
    assert [each["id"] for each in listed.json()["items"]] == [str(loan.id)]
    assert (await client.get(f"/loans/{new_id()}")).status_code == 404


async def test_its_history_is_read_by_level_and_verified(
    client: httpx.AsyncClient, loan: Loan, issuer: LocalIssuer, works: WorkFactory[Work]
) -> None:
    await client.post(f"/loans/{loan.id}:take-back", json={"condition": "broken", "note": "glass", "reason": "dropped"})
    first = (await client.get(f"/loans/{loan.id}/history", params={"limit": 1})).json()
    assert [(each["move"], each["from_state"], each["to_state"]) for each in first["items"]] == [("lend", None, "lent")]
    (rest,) = (await client.get(f"/loans/{loan.id}/history", params={"after": first["next"]})).json()["items"]
    assert (rest["move"], rest["from_state"], rest["to_state"]) == ("take-back", "lent", "returned")
    assert (rest["note"], rest["reason"], rest["actor"]) == ("glass", "dropped", "person:agent-7")
    low = {"Authorization": f"Bearer {issuer.mint('agent-8', ['loans:read'], level=1)}"}
    masked = (await client.get(f"/loans/{loan.id}/history", headers=low)).json()["items"]
    assert [(each["note"], each["masked"]) for each in masked] == [(None, ["note"])] * 2
    assert rest["masked"] == ["note"] and rest["names"] == {}, "at level 2 a number in a note would be masked"
    verdict = (await client.get(f"/loans/{loan.id}/history:verify")).json()
    assert (verdict["intact"], verdict["rows"], verdict["words"], verdict["broken"]) == (True, 2, 1, None)
    async with works(Actor.system("test")) as work:
        query = text("SELECT action, count(*) AS n FROM audit WHERE subject = :s GROUP BY action")
        done = {row.action: row.n for row in await work.connection.execute(query, {"s": f"loan:{loan.id}"})}
    assert done["loan.history-read"] == 1 and done["loan.history-verify"] == 1
    clear = {"Authorization": f"Bearer {issuer.mint('agent-8', ['loans:read'], level=4)}"}
    items = (await client.get(f"/loans/{loan.id}/history", headers=clear)).json()["items"]
    assert [each["masked"] for each in items] == [[], []]


async def test_a_command_costs_the_same_statements_as_written_by_hand(
    client: httpx.AsyncClient, loan: Loan, statements: Callable[[], Any]
) -> None:
    with statements() as sent:
        await client.post(f"/loans/{loan.id}:prolong", json={"days": 2})
    kinds = [" ".join(each.split("(")[0].split()[:3]) for each in sent]
    assert kinds == [
        "BEGIN",
        "SELECT now",
        "SELECT loans.id, loans.version,",
        "UPDATE loans AS",
        "WITH RECURSIVE given",
        "INSERT INTO timers",
        "INSERT INTO audit",  # the outbox is written through the driver
        "COMMIT",
    ]


# --- the document


def test_operations_bear_the_names_that_follow_or_those_that_are_given(app: WebApp) -> None:
    operations = {
        operation["operationId"]: (path, operation["summary"])
        for path, methods in app.openapi["paths"].items()
        for operation in methods.values()
        if operation.get("tags") == ["loans"]
    }
    base = "/loans/v1/loans/{loan_id}"
    assert operations == {
        "loans.get_loans": ("/loans/v1/loans", "List loans"),
        "loans.get_loan": (base, "Show a loan"),
        "loans.get_loan_history": (f"{base}/history", "History of a loan"),
        "loans.check_loan": (f"{base}/history:verify", "Check a loan"),
        "loans.post_prolong_loan": (f"{base}:prolong", "Let it stay longer"),
        "loans.batch_prolong_loans": ("/loans/v1/loans:batch-prolong", "Let it stay longer: many"),
        "loans.batch_take_back_loans": ("/loans/v1/loans:batch-take-back", "Take it back: many"),
        "loans.post_return": (f"{base}:take-back", "Take it back"),
    }
    parameters = {each["name"] for each in app.openapi["paths"]["/loans/v1/loans"]["get"]["parameters"]}
    assert {"state", "condition", "open", "from", "to", "limit", "after", "sort"} <= parameters


# --- refused at import


class Beyond(View):
    """Shows what is not there."""

    id: UUID
    colour: str


class Deposited(View):
    """Shows what an aggregate has, but no list."""

    id: UUID
    next_check_at: str | None


class WrongFilters(Filters):
    """Narrows by what is not there."""

    colour: str | None = None


def test_views_and_filters_are_held_against_aggregate_and_table() -> None:
    names = ("loan", "loans")
    with pytest.raises(TypeError, match="Beyond shows colour, which Loan does not have"):
        Resource(Router(), "/loans/{loan_id}", names, Beyond, Loans, read=READ)
    made = Resource(Router(), "/loans/{loan_id}", names, Deposited, Loans, read=READ)
    with pytest.raises(TypeError, match="Deposited shows next_check_at, which loans does not have"):
        made.lists(LoanFilters, BY_DUE_TIME, "Loans.")
    with pytest.raises(TypeError, match="WrongFilters: no column for colour"):
        Resource(Router(), "/loans/{loan_id}", names, LoanView, Loans, read=READ).lists(WrongFilters, BY_DUE_TIME, "Loans.")
    short = Table("short", MetaData(), Column("id", Integer))
    with pytest.raises(TypeError, match="no column for changed_since, state"):
        Resource(Router(), "/loans/{loan_id}", names, LoanView, Loans, read=READ).lists(LoanFilters, BY_DUE_TIME, "x", short)


class Saying(Command):
    """A command of many words."""

    days: int
    weeks: int


class Text(Command):
    """The right name, another type."""

    days: str


class Perhaps(Command):
    """May be left out."""

    days: int | None = None


class Coded(Command):
    """The same type with conditions."""

    condition: Annotated[Condition, Field(description="How it came back.")]


class Said(Command):
    """Values of the type that is taken."""

    condition: Literal["good"]


class Odd(Loan):
    """Methods that are no steps."""

    async def later(self, act: Act) -> None: ...

    def without(self, days: int) -> None: ...

    def reasoned(self, act: Act, reason: str | None) -> None: ...

    def coded(self, act: Act, owner: str) -> None: ...

    def timed(self, act: Act, due_at: datetime) -> None: ...


class OddLoans(Loans):
    kind = Odd


class Owned(Command):
    """A text with conditions."""

    owner: NewStaffId


class Timed(Command):
    """A time, with an offset."""

    due_at: UtcTime


class Dated(Command):
    """A day."""

    due_at: date


@pytest.mark.parametrize(
    ("store", "method", "command", "says"),
    [
        (Loans, Loan.prolong, Command, "the command does not say days"),
        (Loans, Loan.prolong, Saying, "the method does not take weeks"),
        (Loans, Loan.prolong, Text, "days is of another type"),
        (Loans, Loan.prolong, Perhaps, "days is of another type"),
        (Loans, Loan.take_back, Said, "condition is of another type"),
        (Loans, Odd.without, Prolonging, "is no plain method of Loan"),
        (Loans, len, Prolonging, "is no plain method of Loan"),
        (OddLoans, Odd.later, Command, "is no plain method of Odd"),
        (OddLoans, Odd.timed, Dated, "due_at is of another type"),
        (OddLoans, Odd.without, Prolonging, "should take `self` and `act` first"),
    ],
)
def test_a_step_is_held_against_its_command(store: Any, method: Any, command: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        advancing(store, method, command)


@pytest.mark.parametrize(
    ("store", "method", "command"),
    [
        (Loans, Loan.prolong, Prolonging),
        (Loans, Loan.take_back, Return),
        (Loans, Loan.take_back, Coded),
        (Loans, Loan.write_off, Command),
        (OddLoans, Odd.reasoned, Command),
        (OddLoans, Odd.coded, Owned),
        (OddLoans, Odd.timed, Timed),
    ],
)
def test_a_step_that_fits_is_a_use_case(store: Any, method: Any, command: Any) -> None:
    assert callable(advancing(store, method, command))


def test_a_wrong_line_is_refused_where_it_stands() -> None:
    made = Resource(Router(), "/loans/{loan_id}", ("loan", "loans"), LoanView, Loans, read=READ)
    with pytest.raises(TypeError, match="the command does not say days"):
        made.step("prolong", Loan.prolong, Command, HANDLE, "Longer", "Longer.")


class Renamed(View):
    """Shows a field under another name."""

    until: UtcTime = Field(validation_alias="due_at")


class Misnamed(View):
    """Is read from a field that is not there, although a field of its own name is."""

    due_at: UtcTime = Field(validation_alias="until")


def test_a_view_may_show_a_field_under_another_name(loan: Loan) -> None:
    Resource(Router(), "/loans/{loan_id}", ("loan", "loans"), Renamed, Loans, read=READ)
    call: Any = None  # only what is allowed depends on it
    assert shown_as(Renamed)(loan, call).until == loan.due_at
    with pytest.raises(TypeError, match="Misnamed shows until, which Loan does not have"):
        Resource(Router(), "/loans/{loan_id}", ("loan", "loans"), Misnamed, Loans, read=READ)


def test_a_view_of_what_is_allowed_needs_a_kind() -> None:
    class OfNothing(View):
        allowed: Allowed

    with pytest.raises(TypeError, match="OfNothing shows what is allowed, but not on what kind of thing"):
        shown_as(OfNothing)

    class OfAnother(View):
        allowed: Annotated[Allowed, acted_on(View)]

    with pytest.raises(TypeError, match="OfAnother shows what is allowed on another kind of thing than Loan"):
        Resource(Router(), "/loans/{loan_id}", ("loan", "loans"), OfAnother, Loans, read=READ)
    assert shown_as(Beyond).__annotations__["return"] is Beyond


# --- lives and routes


def test_moves_of_people_are_made_by_an_operation() -> None:
    assert mismatches({"loan": LOAN_LIFE}, router.routes) == []
    life = StateTable("loan", "lent", [Move("send", "lent", "sent"), Move("take-back", "sent", "back", by="system")])
    assert mismatches({"loan": life}, router.routes) == ["loan: no operation makes 'send', and it is not marked by='system'"]


async def test_what_is_allowed_depends_on_who_asks_and_costs_no_statement(
    client: httpx.AsyncClient, loan: Loan, issuer: LocalIssuer, works: WorkFactory[Work], statements: Callable[[], Any]
) -> None:
    low = {"Authorization": f"Bearer {issuer.mint('agent-8', ['loans:read', 'loans:handle'], level=1)}"}
    reader = {"Authorization": f"Bearer {issuer.mint('agent-9', ['loans:read'], level=4)}"}
    for nothing in (low, reader):
        assert (await client.get(f"/loans/{loan.id}", headers=nothing)).json()["allowed"] == []
    async with works(Actor.system("test")) as work:
        await work.connection.execute(text("UPDATE loans SET owner = 'agent-7' WHERE id = :id"), {"id": loan.id})
    with statements() as sent:
        (row,) = (await client.get("/loans", params={"customer": str(loan.customer_id)})).json()["items"]
    assert row["allowed"] == ["take-back"]  # the guard: agent-7 owns it
    assert (await client.get(f"/loans/{loan.id}")).json()["allowed"] == row["allowed"]
    assert len([each for each in sent if each.startswith("SELECT")]) == 2  # the time, and the page
