"""What is said to and by the customer: communications, letters and their templates with what is shipped.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.correspondence.domain.letter_words import SHIPPED
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

TABLES = (
    """
    CREATE TABLE letters (
        id uuid NOT NULL,
        version bigint NOT NULL,
        complaint_id uuid NOT NULL,
        template text NOT NULL,
        template_version integer NOT NULL,
        language text NOT NULL,
        kind text NOT NULL,
        media_type text NOT NULL,
        issued_at timestamptz NOT NULL,
        by text NOT NULL,
        subject bytea NOT NULL,
        body bytea NOT NULL,
        addressee bytea,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id)
    )
    """,
    "CREATE INDEX letters_complaint ON letters (complaint_id, issued_at, id)",
    "COMMENT ON TABLE letters IS 'Letters as they were issued; never changed.'",
    "COMMENT ON COLUMN letters.subject IS 'sealed'",
    "COMMENT ON COLUMN letters.body IS 'sealed'",
    "COMMENT ON COLUMN letters.addressee IS 'sealed'",
    """
    CREATE TABLE communications (
        id uuid NOT NULL,
        version bigint NOT NULL,
        complaint_id uuid NOT NULL,
        direction text NOT NULL,
        channel text NOT NULL,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        by text NOT NULL,
        letter_id uuid,
        words bytea,
        PRIMARY KEY (id),
        FOREIGN KEY(complaint_id) REFERENCES complaints (id),
        FOREIGN KEY(letter_id) REFERENCES letters (id)
    )
    """,
    "CREATE INDEX communications_complaint ON communications (complaint_id, at, id)",
    "COMMENT ON TABLE communications IS 'What was said to and by the customer; never changed.'",
    "COMMENT ON COLUMN communications.words IS 'sealed'",
    """
    CREATE TABLE letter_templates (
        code text NOT NULL,
        version integer NOT NULL,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz DEFAULT now() NOT NULL,
        recorded_by text NOT NULL,
        PRIMARY KEY (code, version)
    )
    """,
    "COMMENT ON TABLE letter_templates IS 'Templates of letters; a version is never changed, a new one is added.'",
)
_SEED = text(
    "INSERT INTO letter_templates (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
).bindparams(bindparam("body", type_=JSONB))


def upgrade() -> None:
    """Tables, then what is shipped."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    for code, template in SHIPPED.items():
        values = {"code": code, "effective_from": SINCE, "body": template.model_dump(mode="json")}
        connection.execute(_SEED, values)
