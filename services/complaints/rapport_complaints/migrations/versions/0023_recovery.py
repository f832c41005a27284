"""Recovery cases, what they award, the ledger that the database only lets grow; with the shipped policy.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

from alembic import op
from rapport_chassis.chains import append_only
from rapport_chassis.customers import let_follow
from rapport_complaints.clocks.domain.defaults import SINCE
from rapport_complaints.recovery.domain.recovery_data import RECOVERY_POLICY, SHIPPED_RECOVERY
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"

VERSIONS = """
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
TABLES = (
    "CREATE SEQUENCE recovery_numbers",
    VERSIONS.format(name="recovery_policies"),
    "COMMENT ON TABLE recovery_policies IS 'How long offers stand; a version is never changed, a new one is added.'",
    VERSIONS.format(name="compensation_budgets"),
    "COMMENT ON TABLE compensation_budgets IS 'How much may be awarded; a version is never changed, a new one is added.'",
    """
    CREATE TABLE recovery_cases (
        id uuid PRIMARY KEY,
        version bigint NOT NULL,
        number text NOT NULL UNIQUE,
        state text NOT NULL,
        failure text NOT NULL,
        category text NOT NULL,
        unit text,
        customer_id uuid,
        complaint_id uuid REFERENCES complaints (id),
        keyed_by uuid NOT NULL,
        subject_staff text[] DEFAULT '{}'::text[] NOT NULL,
        participants text[] DEFAULT '{}'::text[] NOT NULL,
        plan integer NOT NULL,
        remedies text[] DEFAULT '{}'::text[] NOT NULL,
        proposed_by text,
        authority_version integer,
        policy_version integer,
        approved_by text,
        identified_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        proposed_at timestamptz,
        approved_at timestamptz,
        expires_at timestamptz,
        offered_at timestamptz,
        accepted_at timestamptz,
        executed_at timestamptz,
        asked uuid,
        metric text,
        value double precision,
        judged_at timestamptz,
        ended_at timestamptz
    )
    """,
    "CREATE INDEX recovery_cases_identified ON recovery_cases (identified_at, id)",
    "CREATE INDEX recovery_cases_state ON recovery_cases (state, identified_at, id)",
    "CREATE INDEX recovery_cases_customer ON recovery_cases (customer_id, identified_at, id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX recovery_cases_complaint ON recovery_cases (complaint_id) WHERE complaint_id IS NOT NULL",
    "COMMENT ON TABLE recovery_cases IS 'One row for each recovery case.'",
    "COMMENT ON COLUMN recovery_cases.keyed_by IS 'customer, or the case itself while he is unknown'",
    "COMMENT ON COLUMN recovery_cases.subject_staff IS 'whom it is about'",
    "COMMENT ON COLUMN recovery_cases.participants IS 'may not judge it'",
    "COMMENT ON COLUMN recovery_cases.plan IS 'how many were made'",
    "COMMENT ON COLUMN recovery_cases.remedies IS 'of the present plan'",
    "COMMENT ON COLUMN recovery_cases.authority_version IS 'of the limits it was proposed or approved under'",
    "COMMENT ON COLUMN recovery_cases.policy_version IS 'of the recovery policy it was approved under'",
    "COMMENT ON COLUMN recovery_cases.asked IS 'the invitation that was answered'",
    """
    CREATE TABLE compensations (
        id uuid PRIMARY KEY,
        recovery_id uuid NOT NULL REFERENCES recovery_cases (id),
        plan integer NOT NULL,
        kind text NOT NULL,
        currency text NOT NULL,
        amount numeric(14, 2) NOT NULL,
        state text NOT NULL,
        awarded_at timestamptz NOT NULL,
        entry uuid NOT NULL,
        payment uuid
    )
    """,
    "CREATE INDEX compensations_case ON compensations (recovery_id, id)",
    "CREATE INDEX compensations_awarded ON compensations (currency, awarded_at)",
    "COMMENT ON TABLE compensations IS 'Amounts that plans award; what became of the money says the ledger.'",
    "COMMENT ON COLUMN compensations.id IS 'time-ordered'",
    "COMMENT ON COLUMN compensations.entry IS 'the award in the ledger'",
    "COMMENT ON COLUMN compensations.payment IS 'the payment in the ledger'",
    """
    CREATE TABLE compensation_ledger (
        id uuid PRIMARY KEY,
        recovery_id uuid NOT NULL REFERENCES recovery_cases (id),
        compensation_id uuid NOT NULL REFERENCES compensations (id),
        kind text NOT NULL,
        currency text NOT NULL,
        amount numeric(14, 2) NOT NULL,
        reverses uuid REFERENCES compensation_ledger (id),
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor text NOT NULL,
        reason text
    )
    """,
    "CREATE INDEX compensation_ledger_of ON compensation_ledger (compensation_id, id)",
    "CREATE INDEX compensation_ledger_case ON compensation_ledger (recovery_id, id)",
    "CREATE INDEX compensation_ledger_reverses ON compensation_ledger (reverses) WHERE reverses IS NOT NULL",
    "CREATE UNIQUE INDEX compensation_ledger_once ON compensation_ledger (compensation_id, kind) WHERE kind <> 'reversal'",
    "COMMENT ON TABLE compensation_ledger IS 'What became of money; append-only, its sum is the truth.'",
    "COMMENT ON COLUMN compensation_ledger.id IS 'time-ordered'",
    "COMMENT ON COLUMN compensation_ledger.kind IS 'award, payment, reversal'",
    "COMMENT ON COLUMN compensation_ledger.amount IS 'above zero; a reversal counts the other way'",
    "COMMENT ON COLUMN compensation_ledger.reverses IS 'the entry that a reversal takes back'",
    """
    CREATE FUNCTION compensation_ledger_add() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE origin compensation_ledger; taken numeric;
    BEGIN
        IF NEW.kind NOT IN ('award', 'payment', 'reversal') OR NEW.amount <= 0
            OR (NEW.kind = 'reversal') <> (NEW.reverses IS NOT NULL) THEN
            RAISE EXCEPTION 'this is no entry of the ledger' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind = 'reversal' THEN
            SELECT * INTO origin FROM compensation_ledger WHERE id = NEW.reverses FOR UPDATE;
            SELECT coalesce(sum(amount), 0) INTO taken FROM compensation_ledger WHERE reverses = NEW.reverses;
            IF origin.kind = 'reversal' OR origin.compensation_id <> NEW.compensation_id OR origin.currency <> NEW.currency
                OR taken + NEW.amount > origin.amount THEN
                RAISE EXCEPTION 'a reversal never exceeds what it reverses' USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER compensation_ledger_add BEFORE INSERT ON compensation_ledger
    FOR EACH ROW EXECUTE FUNCTION compensation_ledger_add()
    """,
    *append_only("compensation_ledger", sealed=()),
)
_SEED = (
    "INSERT INTO recovery_policies (code, version, effective_from, body, recorded_by)"
    " VALUES (:code, 1, :effective_from, :body, 'system:shipped')"
)


def upgrade() -> None:
    """Tables, then what is shipped; there is no budget until somebody gives one."""
    connection = op.get_bind()
    for statement in TABLES:
        connection.execute(text(statement))
    let_follow(connection, "recovery_cases")
    insert = text(_SEED).bindparams(bindparam("body", type_=JSONB))
    values = {"code": RECOVERY_POLICY, "effective_from": SINCE, "body": SHIPPED_RECOVERY.model_dump(mode="json")}
    connection.execute(insert, values)
