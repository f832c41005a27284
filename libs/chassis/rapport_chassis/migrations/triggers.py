"""Functions and triggers as a new revision writes them down: `python -m rapport_chassis.migrations print` shows them.

No revision calls these: what it does must never change, and this may. What is changed here reaches a table that is there
already by a revision that writes it down anew, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence


def following(table: str, key: str = "id") -> tuple[str, ...]:
    """The statements that let rows of `table` follow its `customer_id`; `key` is the uuid column that rows are known by."""
    return (
        f"""
        CREATE TRIGGER customer_follow_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION customer_follow_added('{key}')
        """,
        f"""
        CREATE TRIGGER customer_follow_update AFTER UPDATE ON {table} FOR EACH ROW
        WHEN (pg_trigger_depth() = 0 AND NEW.customer_id IS DISTINCT FROM OLD.customer_id)
        EXECUTE FUNCTION customer_follow_changed('{key}')
        """,
    )


def updating(table: str) -> tuple[str, ...]:
    """The statements that give `table`, whose key is `id`, the column `updated_at`: when a row was last written, by anybody,
    also a version of the product that does not know the column. Rows that are there take the time of the revision; one
    after it can tell better."""
    return (
        f"ALTER TABLE {table} ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()",
        f"ALTER TABLE {table} ALTER COLUMN updated_at SET DEFAULT clock_timestamp()",
        f"CREATE TRIGGER {table}_written BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION stamp_updated_at()",
        f"CREATE INDEX {table}_updated ON {table} (updated_at, id)",
    )


def chained(rows: str, heads: str, subject: str, sealed: Sequence[str]) -> tuple[str, ...]:
    """The statements that make the database keep the chain of table `rows`, whose column `subject` says which chain a row
    belongs to; `heads` is its table of heads. Only the columns in `sealed` (ciphertext) may change, to be put under another
    key.

    What moves the heads runs with the rights of its owner, so it finds nothing but what PostgreSQL itself has: an operator
    that the service's role made would be called by the owner."""
    return (
        f"""
        CREATE FUNCTION {rows}_extend() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE wrong bigint;
        BEGIN
            SELECT count(*) INTO wrong FROM (
                SELECT {subject} AS subject, min(seq) AS first, max(seq) AS last, count(*) AS n FROM added GROUP BY {subject}
            ) AS came LEFT JOIN public.{heads} h USING (subject)
            WHERE came.first <> coalesce(h.seq, 0) + 1 OR came.last <> coalesce(h.seq, 0) + came.n;
            IF wrong > 0 THEN
                RAISE EXCEPTION 'a row of {rows} does not follow the last one' USING ERRCODE = 'serialization_failure';
            END IF;
            INSERT INTO public.{heads} AS h (subject, seq, hash)
            SELECT DISTINCT ON ({subject}) {subject}, seq, hash FROM added ORDER BY {subject}, seq DESC
            ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE h.seq < excluded.seq;
            RETURN NULL;
        END $$
        """,  # noqa: S608 - names of our own tables
        f"""
        CREATE FUNCTION {heads}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF NEW.subject = OLD.subject AND NEW.seq > OLD.seq THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{heads} only ever goes on' USING ERRCODE = 'insufficient_privilege';
        END $$
        """,
        f"""
        CREATE TRIGGER {rows}_extend AFTER INSERT ON {rows} REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION {rows}_extend()
        """,
        *append_only(rows, sealed),
        f"CREATE TRIGGER {heads}_keep BEFORE UPDATE OR DELETE ON {heads} FOR EACH ROW EXECUTE FUNCTION {heads}_keep()",
        f"CREATE TRIGGER {heads}_keep_all BEFORE TRUNCATE ON {heads} EXECUTE FUNCTION {heads}_keep()",
    )


def append_only(rows: str, sealed: Sequence[str]) -> tuple[str, ...]:
    """The statements that make the database refuse to change or remove rows of a table, but for its columns in `sealed`."""
    return (
        f"""
        CREATE FUNCTION {rows}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{rows} is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$
        """,
        f"""
        CREATE TRIGGER {rows}_keep BEFORE UPDATE OR DELETE ON {rows}
        FOR EACH ROW EXECUTE FUNCTION {rows}_keep({", ".join(f"'{name}'" for name in sealed)})
        """,
        f"CREATE TRIGGER {rows}_keep_all BEFORE TRUNCATE ON {rows} EXECUTE FUNCTION {rows}_keep()",
    )
