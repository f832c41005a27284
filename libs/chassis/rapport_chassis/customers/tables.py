"""Who was merged into whom, whose a row was before, who is to be forgotten; and the trigger that lets rows follow.

A migration calls `create_customer_tables`, then `let_follow` for every table that has a `customer_id`. The trigger sees
every way of writing: whoever writes the id of an absorbed customer, early or late, gives the row to the survivor, and the
absorbed one stays written down as its origin.

The barrier: who writes a customer's row holds a shared lock until his commit, taken before he asks who was merged. Who
changes the answer takes it exclusively. So no row slips through that was written under the old answer.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection

metadata = MetaData()

BARRIER = 7_270_012
"""Advisory lock: shared by who writes rows of customers, exclusive for who changes whose they are."""
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
    Column("subjects", ARRAY(Uuid), nullable=False, server_default=_NONE, comment="him and whom he absorbed"),
    Column("state", Text, nullable=False, server_default="pending", comment="pending | held | erasing | done"),
    Column("held_by", JSONB, nullable=False, server_default=_NONE, comment="what has to end first, counted"),
    Column("counts", JSONB, nullable=False, server_default=_NONE, comment="rows by table"),
    Column("keys", Integer, nullable=False, server_default="0", comment="data keys destroyed"),
    Column("sequence", Integer, nullable=False, server_default="0", comment="of the newest receipt"),
    *_cause(),
    _moment("taken_at", nullable=False, now=True),
    _moment("checked_at"),
    Column("done_at", DateTime(timezone=True), comment="for the last time"),
    Index("customer_erasures_subjects", "subjects", postgresql_using="gin"),
    Index("customer_erasures_due", "taken_at", postgresql_where=text("state <> 'done'")),
    comment="Who is to be forgotten here, and how far that is.",
)

_ROUTINES = (
    """
    CREATE FUNCTION customer_root(person uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
    DECLARE onward uuid;
    BEGIN
        LOOP
            SELECT survivor INTO onward FROM customer_merges
            WHERE absorbed = person AND state = ANY ('{moving,moved}'::text[]);
            EXIT WHEN NOT FOUND;
            person := onward;
        END LOOP;
        RETURN person;
    END $$
    """,
    """
    CREATE FUNCTION customer_family(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
        WITH RECURSIVE family(id) AS (
            SELECT person
            UNION
            SELECT m.absorbed FROM family f JOIN customer_merges m ON m.survivor = f.id
            WHERE m.state = ANY ('{moving,moved}'::text[])
        ) SELECT id FROM family
    $$
    """,
    """
    CREATE FUNCTION customer_give(relation text, key text, place uuid, said uuid) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO customer_moves (relation, row_key, origin) VALUES (relation, place, said)
        ON CONFLICT ON CONSTRAINT customer_moves_pkey DO UPDATE SET origin = excluded.origin;
        EXECUTE format('UPDATE %I SET customer_id = $1 WHERE %I = $2 AND customer_id = $3', relation, key)
        USING customer_root(said), place, said;
    END $$
    """,
    """
    CREATE FUNCTION customer_came_late(persons uuid[]) RETURNS void LANGUAGE sql AS $$
        UPDATE customer_erasures SET state = 'pending', taken_at = now() WHERE subjects && persons AND state = 'done'
    $$
    """,
    # One look for all rows of a statement, and one by one only what is said of somebody absorbed.
    f"""
    CREATE FUNCTION customer_follow_added() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE late uuid[];
    BEGIN
        IF current_setting('rapport.following', true) = 'on' THEN RETURN NULL; END IF;
        PERFORM pg_advisory_xact_lock_shared({BARRIER});
        PERFORM customer_give(TG_TABLE_NAME, TG_ARGV[0], (to_jsonb(a) ->> TG_ARGV[0])::uuid, a.customer_id)
        FROM added a JOIN customer_merges m ON m.absorbed = a.customer_id AND m.state = ANY ('{{moving,moved}}'::text[]);
        SELECT array_agg(d.subject) INTO late FROM (
            SELECT customer_id FROM added
            UNION SELECT customer_root(a.customer_id) FROM added a JOIN customer_merges m ON m.absorbed = a.customer_id
        ) AS whose(id) JOIN data_keys d ON d.subject = whose.id WHERE d.wrapped IS NULL;
        IF late IS NOT NULL THEN PERFORM customer_came_late(late); END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608 - a number of ours
    f"""
    CREATE FUNCTION customer_follow_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE place uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid; root uuid;
    BEGIN
        IF current_setting('rapport.following', true) = 'on' THEN RETURN NULL; END IF;
        PERFORM pg_advisory_xact_lock_shared({BARRIER});
        DELETE FROM customer_moves WHERE relation = TG_TABLE_NAME AND row_key = place;
        IF NEW.customer_id IS NULL THEN RETURN NULL; END IF;
        root := customer_root(NEW.customer_id);
        IF root <> NEW.customer_id THEN
            PERFORM customer_give(TG_TABLE_NAME, TG_ARGV[0], place, NEW.customer_id);
        END IF;
        IF EXISTS (SELECT FROM data_keys WHERE subject IN (root, NEW.customer_id) AND wrapped IS NULL) THEN
            PERFORM customer_came_late(ARRAY[root, NEW.customer_id]);
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608
)


def create_customer_tables(connection: Connection) -> None:
    """Create the tables and functions of this module; `connection` is `op.get_bind()`.

    Later changes get functions of their own, never an edit here.
    """
    metadata.create_all(connection, checkfirst=False)
    for statement in _ROUTINES:
        connection.execute(text(statement))


def let_follow(connection: Connection, table: str, key: str = "id") -> None:
    """Rows of `table` follow its `customer_id`; `key` is the uuid column that rows are known by."""
    added = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)"
    changed = "FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.customer_id IS DISTINCT FROM OLD.customer_id)"
    for name, when in (("insert", f"AFTER INSERT ON {table} {added}"), ("update", f"AFTER UPDATE ON {table} {changed}")):
        function = "customer_follow_added" if name == "insert" else "customer_follow_changed"
        connection.execute(text(f"CREATE TRIGGER customer_follow_{name} {when} EXECUTE FUNCTION {function}('{key}')"))
