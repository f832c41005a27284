"""The tables of recovery: cases, the money they award, the ledger of what became of it, policies and budgets."""

from __future__ import annotations

from rapport_chassis.columns import table_of
from rapport_chassis.versions import VersionedKind, versions_table
from sqlalchemy import Column, ForeignKey, Index, Integer, Numeric, Sequence, Table, Text, Uuid, text

from rapport_complaints.cases.store.tables import NONE
from rapport_complaints.recovery.domain.case import RecoveryCase
from rapport_complaints.recovery.domain.policies import Budget, RecoveryPolicy
from rapport_complaints.schema import metadata, moment

recovery_numbers = Sequence("recovery_numbers", metadata=metadata)
recovery_cases = table_of(
    RecoveryCase,
    "recovery_cases",
    metadata,
    Column("number", unique=True),
    Column("keyed_by", comment="customer, or the case itself while the customer is unknown"),
    Column("subject_staff", server_default=NONE, comment="whom it is about"),
    Column("participants", server_default=NONE, comment="may not judge it"),
    Column("plan", comment="how many were made"),
    Column("remedies", server_default=NONE, comment="of the present plan"),
    Column("authority_version", comment="of the limits it was proposed or approved under"),
    Column("policy_version", comment="of the recovery policy it was approved under"),
    Column("asked", comment="the invitation that was answered"),
    Index("recovery_cases_identified", "identified_at", "id"),
    Index("recovery_cases_state", "state", "identified_at", "id"),
    Index("recovery_cases_category", "category", "identified_at", "id"),
    Index("recovery_cases_unit", "unit", "identified_at", "id", postgresql_where=text("unit IS NOT NULL")),
    Index("recovery_cases_expires", "expires_at", "id", postgresql_where=text("expires_at IS NOT NULL")),
    Index("recovery_cases_remedies", "remedies", postgresql_using="gin"),
    Index("recovery_cases_customer", "customer_id", "identified_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("recovery_cases_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    refers={"complaint_id": "complaints.id"},
    elsewhere={"awards", "entries"},
    comment="One row for each recovery case.",
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

recovery_policies = versions_table("recovery_policies", metadata, "How long offers stand")
RECOVERY_POLICIES = VersionedKind(recovery_policies, RecoveryPolicy, "recovery-policy", only="standard")

compensation_budgets = versions_table("compensation_budgets", metadata, "How much may be awarded")
COMPENSATION_BUDGETS = VersionedKind(compensation_budgets, Budget, "compensation-budget")
