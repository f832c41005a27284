"""What a store says about its tables: whose rows they hold, what of it is personal, and what becomes of it.

    CUSTOMERS = Customers(
        receipts=Receipts(ComplaintsMergeApplied, ComplaintsSplitApplied, ComplaintsErasureConfirmed, ComplaintsErasureHeld),
        tables=[
            Owned(orders, keyed_by="keyed_by", sealed=("wish",), parts=[Part(remarks, "order_id", sealed=("words",))])
        ],
        stays={"letters.by": "who works here"},
    )

The service passes it on to `Service` (None: it holds no customers); everything else happens here. `undeclared_columns`
finds what nobody has declared.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from rapport_contracts.event import Event
from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from rapport_chassis.tables import metadata as of_chassis

CUSTOMER = "customer_id"
DIGEST_OF_ID = "sha256(convert_to({row}.id::text, 'UTF8'))"
"""For `blanked`: takes the place of a digest that must be there and be unique, and says nothing of what it was of."""
Hold = Callable[[Any, list[UUID]], Awaitable[Mapping[str, int]]]
"""`async def open_cases(work, customers)`: what must end before they can be forgotten, counted by code."""
Before = Callable[[Any, list[UUID]], Awaitable[None]]
"""`async def stop_asking(work, customers)`: what a service does with the people before their data goes."""
Asking = Callable[[Any, UUID, str, str], Awaitable[UUID]]
"""`async def ask_to_forget(work, customer, requested_by, reason)`: the id of the erasure that every service follows."""


@dataclass(frozen=True, slots=True)
class Part:
    """A table without a customer of its own: its rows belong to a row of an `Owned` by `column` = `to` of that row.

    `sealed` are its ciphertexts, under the key that the owner's row names, or under that of its own column `keyed_by`.
    `blanked` says what a column is set to when the customer is erased (SQL; `{row}` is the row), `deleted` that rows go.
    """

    table: Table
    column: str
    to: str = "id"
    keyed_by: str | None = None
    sealed: Sequence[str] = ()
    blanked: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Owned:
    """A table whose rows belong to a customer by `customer`.

    `key` is the uuid column by which a row is remembered when it moves, `known_by` those by which a split may name it
    (the key alone when empty). `keyed_by` names the column with the subject whose key seals `sealed` and the parts' texts.
    `moves_with` is (column, table, its key): a row made while two were one goes back with the row on which it hangs.
    `follows=False`: the row is the customer's own and stays theirs when they are absorbed. `also`: SQL for whose the row is
    beside the column, for the erasure (`:subjects` is the array of ids). `blanked` and `deleted` as in `Part`; rows that are
    neither keep their codes and the opaque id: figures count on.
    """

    table: Table
    customer: str = CUSTOMER
    key: str = "id"
    known_by: Sequence[str] = ()
    keyed_by: str | None = None
    sealed: Sequence[str] = ()
    blanked: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    moves_with: tuple[str, Table, str] | None = None
    follows: bool = True
    also: str | None = None
    parts: Sequence[Part] = ()

    @property
    def names(self) -> Sequence[str]:
        """The columns by which a split may name a row."""
        return self.known_by or (self.key,)

    @property
    def versioned(self) -> bool:
        """Whether a change of a row is a new version of it."""
        return "version" in self.table.c


@dataclass(frozen=True, slots=True)
class Receipts:
    """The event classes by which the service answers, those of `rapport_contracts.receipts`; without `held` nothing holds
    an erasure."""

    merged: Callable[..., Event]
    split: Callable[..., Event]
    erased: Callable[..., Event]
    held: Callable[..., Event] | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """Everything of a service that belongs to customers.

    `retained`: columns (`table.column`) that look like a customer's or like personal data and are none, or stay; with the
    reason. `holds`: what must end before a customer can be erased. `before_erasing`: what is done about them before.
    `people`: the table of all customers, in the service that owns them; nobody is merged into who is not there, and
    `ask_to_forget` publishes there that one is to be forgotten.
    `parked`: private topics whose parked messages about their rows are dropped with an erasure.
    """

    receipts: Receipts
    tables: Sequence[Owned]
    retained: Mapping[str, str] = field(default_factory=dict)
    holds: Hold | None = None
    before_erasing: Before | None = None
    people: Table | None = None
    ask_to_forget: Asking | None = None
    parked: Sequence[str] = ()

    @property
    def followers(self) -> list[Owned]:
        """The tables whose rows move."""
        return [owned for owned in self.tables if owned.follows]

    def spoken_for(self) -> set[str]:
        """The columns that a declaration names, as `table.column`."""
        found = set(self.retained)
        for owned in self.tables:
            # A row that goes takes all of its columns along.
            every = [column.name for column in owned.table.columns] if owned.deleted else []
            own = [owned.customer, owned.key, owned.keyed_by, *owned.sealed, *owned.blanked, *every]
            found |= {f"{owned.table.name}.{name}" for name in own if name}
            for part in owned.parts:
                every = [column.name for column in part.table.columns] if part.deleted else []
                found |= {f"{part.table.name}.{n}" for n in (part.keyed_by, *part.sealed, *part.blanked, *every) if n}
        return found


_SUBJECTS = {"keyed_by", "subject", "anchor", "candidates", "owner", "said_by", "person_id"}
"""Names of uuid columns that hold a customer besides those that say so."""


def undeclared_columns(metadata: MetaData, customers: Customers | None) -> list[str]:
    """Columns that hold a customer or personal data and that no declaration names, as `table.column`; and the other way
    round, `table.column?` for what is declared and is not there. `customers` None: a service that says it holds none, whose
    tables may have no such column at all.

    By convention: a uuid (or array of them) whose name says customer, or is one of the names for the subject of a key; any
    binary column (ciphertexts, digests, tokens); any column called `identifiers`.
    """
    spoken = customers.spoken_for() if customers is not None else set()
    known = (*metadata.tables.values(), *of_chassis.tables.values())  # the histories of all services are in the chassis
    there = {f"{table.name}.{column.name}" for table in known for column in table.columns}
    wanted = {f"{table.name}.{column.name}" for table, column in _columns(metadata) if _personal(column)}
    return sorted(wanted - spoken) + sorted(f"{name}?" for name in spoken - there)


def _columns(metadata: MetaData) -> Iterator[tuple[Table, Column[Any]]]:
    for table in metadata.tables.values():
        for column in table.columns:
            yield table, column


def _personal(column: Column[Any]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    if isinstance(kind, LargeBinary) or column.name == "identifiers":
        return True
    return isinstance(kind, Uuid) and ("customer" in column.name or column.name in _SUBJECTS)
