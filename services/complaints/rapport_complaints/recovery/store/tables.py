"""The tables of putting right: who may award how much, recovery cases, what they award, the ledger. Notes stand sealed in
`history`, under the key of `keyed_by`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Numeric, Sequence, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from rapport_complaints.cases.store.tables import NONE
from rapport_complaints.schema import metadata, moment

recovery_numbers = Sequence("recovery_numbers", metadata=metadata)


recovery_cases = Table(
    "recovery_cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("unit", Text),
    Column("customer_id", Uuid),
    Column("complaint_id", Uuid, ForeignKey("complaints.id")),
    Column("keyed_by", Uuid, nullable=False, comment="customer, or the case itself while he is unknown"),
    Column("subject_staff", ARRAY(Text), server_default=NONE, nullable=False, comment="whom it is about"),
    Column("participants", ARRAY(Text), server_default=NONE, nullable=False, comment="may not judge it"),
    Column("plan", Integer, nullable=False, comment="how many were made"),
    Column("remedies", ARRAY(Text), server_default=NONE, nullable=False, comment="of the present plan"),
    Column("proposed_by", Text),
    Column("authority_version", Integer, comment="of the limits it was proposed or approved under"),
    Column("policy_version", Integer, comment="of the recovery policy it was approved under"),
    Column("approved_by", Text),
    moment("identified_at", nullable=False),
    moment("last_at", nullable=False),
    moment("proposed_at"),
    moment("approved_at"),
    moment("expires_at"),
    moment("offered_at"),
    moment("accepted_at"),
    moment("executed_at"),
    Column("asked", Uuid, comment="the invitation that was answered"),
    Column("metric", Text),
    Column("value", Float),
    moment("judged_at"),
    moment("ended_at"),
    Index("recovery_cases_identified", "identified_at", "id"),
    Index("recovery_cases_state", "state", "identified_at", "id"),
    Index("recovery_cases_category", "category", "identified_at", "id"),
    Index("recovery_cases_unit", "unit", "identified_at", "id", postgresql_where=text("unit IS NOT NULL")),
    Index("recovery_cases_expires", "expires_at", "id", postgresql_where=text("expires_at IS NOT NULL")),
    Index("recovery_cases_remedies", "remedies", postgresql_using="gin"),
    Index("recovery_cases_customer", "customer_id", "identified_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("recovery_cases_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    comment="One row for each recovery case.",
)

scores = Table(
    "scores",
    metadata,
    Column("invitation_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, comment="null: nobody knows who answered"),
    Column("interaction_id", Uuid),
    Column("complaint_id", Uuid),
    Column("metric", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("band", Text, comment="null: answered before it was kept"),
    moment("scored_at", nullable=False),
    Index("scores_customer", "customer_id", "metric", "scored_at"),
    Index("scores_time", "scored_at"),
    comment="Projection: what customers answered to surveys.",
)

compensations = Table(
    "compensations",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("recovery_id", Uuid, ForeignKey("recovery_cases.id"), nullable=False),
    Column("plan", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", Numeric(14, 2), nullable=False),
    Column("state", Text, nullable=False),
    moment("awarded_at", nullable=False),
    Column("entry", Uuid, nullable=False, comment="the award in the ledger"),
    Column("payment", Uuid, comment="the payment in the ledger"),
    Index("compensations_case", "recovery_id", "id"),
    Index("compensations_awarded", "currency", "awarded_at"),
    Index("compensations_entered", "awarded_at", "id"),
    Index("compensations_state", "state", "awarded_at", "id"),
    Index("compensations_kind", "kind", "awarded_at", "id"),
    comment="Amounts that plans award; what became of the money says the ledger.",
)

compensation_ledger = Table(
    "compensation_ledger",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("recovery_id", Uuid, ForeignKey("recovery_cases.id"), nullable=False),
    Column("compensation_id", Uuid, ForeignKey("compensations.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="award, payment, reversal"),
    Column("currency", Text, nullable=False),
    Column("amount", Numeric(14, 2), nullable=False, comment="above zero; a reversal counts the other way"),
    Column("reverses", Uuid, ForeignKey("compensation_ledger.id"), comment="the entry that a reversal takes back"),
    moment("at", nullable=False),
    moment("recorded_at", nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Index("compensation_ledger_of", "compensation_id", "id"),
    Index("compensation_ledger_entered", "recorded_at", "id"),
    Index("compensation_ledger_kind", "kind", "recorded_at", "id"),
    Index("compensation_ledger_case", "recovery_id", "id"),
    Index("compensation_ledger_reverses", "reverses", postgresql_where=text("reverses IS NOT NULL")),
    Index("compensation_ledger_once", "compensation_id", "kind", unique=True, postgresql_where=text("kind <> 'reversal'")),
    comment="What became of money; append-only, its sum is the truth.",
)
