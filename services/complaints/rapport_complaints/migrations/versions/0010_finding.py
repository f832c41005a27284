"""Finding out: taxonomies, evidence, how root causes were found, trends; with what is shipped.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.finding.domain.trends import SHIPPED, TRENDS
from rapport_complaints.taxonomies.domain.shipped_taxonomies import CATEGORIES, CAUSES
from rapport_complaints.taxonomies.domain.taxonomy import Kind
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_VERSIONS = """
    CREATE TABLE {name} (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """
STATEMENTS = (
    """
    ALTER TABLE complaints
        ADD COLUMN category_version integer,
        ADD COLUMN source_category text,
        ADD COLUMN product text,
        ADD COLUMN cause_version integer,
        ADD COLUMN cause_at timestamptz
    """,
    "COMMENT ON COLUMN complaints.category_version IS 'of the taxonomy that it was classified under'",
    "COMMENT ON COLUMN complaints.source_category IS 'what the system it comes from calls it'",
    "COMMENT ON COLUMN complaints.cause_version IS 'of the taxonomy that it was taken from'",
    """
    CREATE INDEX complaints_source_category ON complaints (source_category, received_at, id)
    WHERE source_category IS NOT NULL
    """,
    "CREATE INDEX complaints_product ON complaints (product, received_at, id) WHERE product IS NOT NULL",
    "CREATE INDEX complaints_cause ON complaints (cause, received_at, id) WHERE cause IS NOT NULL",
    "CREATE INDEX complaints_cause_at ON complaints (cause_at, cause) WHERE cause IS NOT NULL",
    "CREATE INDEX complaints_closed ON complaints (closed_at, id) WHERE closed_at IS NOT NULL",
    """
    UPDATE complaints c SET cause_at = (
        SELECT m.at FROM moves m WHERE m.complaint_id = c.id AND m.move = 'set-root-cause' ORDER BY m.id DESC LIMIT 1
    ) WHERE cause IS NOT NULL
    """,
    "UPDATE complaints SET source_category = category WHERE source IS NOT NULL",
    """
    CREATE TABLE findings (
        id uuid NOT NULL,
        complaint_id uuid NOT NULL,
        move_id uuid NOT NULL,
        part text NOT NULL,
        kind text NOT NULL,
        reference_id uuid,
        words bytea,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id),
        FOREIGN KEY(move_id) REFERENCES moves (id)
    )
    """,
    "CREATE INDEX findings_complaint ON findings (complaint_id, id)",
    "CREATE INDEX findings_move ON findings (move_id, id)",
    "COMMENT ON TABLE findings IS 'What steps of the investigation rest on, and how root causes were found.'",
    "COMMENT ON COLUMN findings.id IS 'time-ordered: the order in which they were said'",
    "COMMENT ON COLUMN findings.part IS 'evidence, why, branch'",
    "COMMENT ON COLUMN findings.reference_id IS 'a contact, file, communication or complaint'",
    "COMMENT ON COLUMN findings.words IS 'sealed'",
    """
    CREATE TABLE trends (
        id uuid NOT NULL,
        version bigint NOT NULL,
        dimension text NOT NULL,
        name text NOT NULL,
        verdict text NOT NULL,
        observed integer NOT NULL,
        reference integer NOT NULL,
        excluded integer NOT NULL,
        expected double precision,
        p double precision,
        p_adjusted double precision,
        tested integer NOT NULL,
        alpha double precision NOT NULL,
        minimum integer NOT NULL,
        reference_start timestamptz NOT NULL,
        window_start timestamptz NOT NULL,
        window_end timestamptz NOT NULL,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        definition_version integer NOT NULL,
        found_at timestamptz NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX trends_window ON trends (window_end, id)",
    "CREATE INDEX trends_verdict ON trends (verdict, window_end, id)",
    "CREATE UNIQUE INDEX trends_said ON trends (dimension, name, window_end)",
    "COMMENT ON TABLE trends IS 'What rose is kept; of all else only what the newest run found.'",
    "COMMENT ON COLUMN trends.name IS 'the code of the group'",
    "COMMENT ON COLUMN trends.excluded IS 'duplicates'",
    "COMMENT ON COLUMN trends.tested IS 'groups of the run'",
    """
    CREATE TABLE trend_runs (
        window_end timestamptz NOT NULL,
        window_start timestamptz NOT NULL,
        reference_start timestamptz NOT NULL,
        policy text NOT NULL,
        policy_version integer NOT NULL,
        groups integer NOT NULL,
        tested integer NOT NULL,
        rising integer NOT NULL,
        found_at timestamptz NOT NULL,
        PRIMARY KEY (window_end)
    )
    """,
    "COMMENT ON TABLE trend_runs IS 'One row for each day that was looked at, also when nothing rose.'",
    _VERSIONS.format(name="taxonomies"),
    "COMMENT ON TABLE taxonomies IS 'Categories and causes; a version is never changed, a new one is added.'",
    _VERSIONS.format(name="trend_policies"),
    "COMMENT ON TABLE trend_policies IS 'How trends are found; a version is never changed, a new one is added.'",
)
_SEED = (
    "INSERT INTO {table} (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)
SHIPPED_DATA = (
    ("taxonomies", Kind.CATEGORIES.value, CATEGORIES),
    ("taxonomies", Kind.CAUSES.value, CAUSES),
    ("trend_policies", TRENDS, SHIPPED),
)


def upgrade() -> None:
    """Tables, then what is shipped. Categories of before stay as they were: nobody had classified them."""
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.execute(text(statement))
    for table, code, body in SHIPPED_DATA:
        insert = text(_SEED.format(table=table)).bindparams(bindparam("body", type_=JSONB))
        connection.execute(insert, {"code": code, "effective_from": SINCE, "body": body.model_dump(mode="json")})
