"""Who was merged into whom, whose a row was before, who is to be forgotten; and the trigger that lets rows follow.

The revisions in `migrations/versions/customers/` make these tables and the functions; a service's own revisions give the
triggers to every table that has a `customer_id`. They see every way of writing: whoever writes the id of an absorbed
customer, early or late, gives the row to the survivor, and the absorbed one stays written down as its origin.

The barrier: who writes a customer's row holds a shared lock until the commit, taken before asking who was merged. Who
changes the answer takes it exclusively. So no row slips through that was written under the old answer.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

BARRIER = 7_270_012
"""Advisory lock: shared by who writes rows of customers (the triggers take it), exclusive for who changes whose they are."""
_NONE = text("'{}'")


def _moment(name: str, *, nullable: bool = True, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None)


def _cause() -> tuple[Column[object], Column[object]]:
    return Column("correlation_id", Uuid), Column("causation_id", Uuid, comment="the event that asked for it")


merges = Table(
    "customer_merges",
    metadata,
    Column("merge_id", Uuid, primary_key=True),
    Column("survivor", Uuid, nullable=False),
    Column("absorbed", Uuid, nullable=False),
    Column("state", Text, nullable=False, comment="moving | moved | returning | returned | void: changes nothing"),
    Column("returned", ARRAY(Uuid), nullable=False, server_default=_NONE, comment="go back although they came since"),
    Column("kept", ARRAY(Uuid), nullable=False, server_default=_NONE, comment="stay although they came before"),
    Column("counts", JSONB, nullable=False, server_default=_NONE, comment="rows by table, of the present state"),
    *_cause(),
    _moment("taken_at", nullable=False, now=True),
    _moment("done_at"),
    Index(
        "customer_merges_absorbed", "absorbed", unique=True, postgresql_where=text("state = ANY ('{moving,moved}'::text[])")
    ),
    Index("customer_merges_survivor", "survivor"),
    Index("customer_merges_due", "taken_at", postgresql_where=text("state = ANY ('{moving,returning}'::text[])")),
    comment="Merges that we heard of. A split is a state of its merge, also when it comes first.",
)

moves = Table(
    "customer_moves",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("row_key", Uuid, primary_key=True),
    Column("origin", Uuid, nullable=False, comment="of whom it was said"),
    Index("customer_moves_origin", "origin", "relation"),
    comment="Rows that belong to somebody else than they were said of: what a split brings back.",
)

erasures = Table(
    "customer_erasures",
    metadata,
    Column("erasure_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False, comment="as asked for"),
    Column(
        "subjects",
        ARRAY(Uuid),
        nullable=False,
        server_default=_NONE,
        comment="the customer and all who were merged into them",
    ),
    Column("state", Text, nullable=False, server_default="pending", comment="pending | held | erasing | done"),
    Column("held_by", JSONB, nullable=False, server_default=_NONE, comment="what has to end first, counted"),
    Column("counts", JSONB, nullable=False, server_default=_NONE, comment="rows by table"),
    Column("keys", Integer, nullable=False, server_default="0", comment="data keys destroyed"),
    Column("sequence", Integer, nullable=False, server_default="0", comment="of the newest receipt"),
    *_cause(),
    _moment("taken_at", nullable=False, now=True),
    _moment("checked_at"),
    Column("done_at", DateTime(timezone=True), comment="for the last time"),
    Column("requested_by", Text, comment="an opaque id; null: asked for by an earlier version"),
    Column("reason", Text, comment="a code"),
    Index("customer_erasures_subjects", "subjects", postgresql_using="gin"),
    Index("customer_erasures_due", "taken_at", postgresql_where=text("state <> 'done'")),
    comment="Who is to be forgotten here, and how far that is.",
)
