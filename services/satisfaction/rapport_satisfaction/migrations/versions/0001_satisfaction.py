"""The tables of Satisfaction, and what it ships with: three surveys, their trigger rules, throttle, follow-up.

Revision ID: 0001
Revises:
Create Date: 2026-11-23
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from rapport_chassis.tables import create_chassis_tables
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SURVEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "after-call": (
        "0198c5a0-0000-7000-8000-000000000001",
        {
            "title": {"en": "Your call with us", "zh": "您的来电体验"},
            "metric": "nps",
            "questions": [
                {
                    "key": "score",
                    "kind": "score",
                    "required": True,
                    "text": {
                        "en": "How likely are you to recommend us to a friend or colleague?",
                        "zh": "您有多大可能把我们推荐给朋友或同事？",
                    },
                    "low_label": {"en": "not at all likely", "zh": "完全不可能"},
                    "high_label": {"en": "extremely likely", "zh": "非常可能"},
                },
            ],
        },
    ),
    "after-complaint": (
        "0198c5a0-0000-7000-8000-000000000002",
        {
            "title": {"en": "How we handled your complaint", "zh": "投诉处理满意度"},
            "metric": "csat",
            "questions": [
                {
                    "key": "score",
                    "kind": "score",
                    "required": True,
                    "text": {
                        "en": "How satisfied are you with the way we handled your complaint?",
                        "zh": "您对本次投诉的处理满意吗？",
                    },
                    "low_label": {"en": "very dissatisfied", "zh": "非常不满意"},
                    "high_label": {"en": "very satisfied", "zh": "非常满意"},
                },
                {
                    "key": "speed",
                    "kind": "rating",
                    "scale": {"low": 1, "high": 5},
                    "text": {"en": "How satisfied are you with the time it took?", "zh": "您对处理速度满意吗？"},
                    "low_label": {"en": "very dissatisfied", "zh": "非常不满意"},
                    "high_label": {"en": "very satisfied", "zh": "非常满意"},
                },
            ],
        },
    ),
    "after-contact-effort": (
        "0198c5a0-0000-7000-8000-000000000003",
        {
            "title": {"en": "How easy it was", "zh": "办理便捷度"},
            "metric": "ces",
            "questions": [
                {
                    "key": "score",
                    "kind": "score",
                    "required": True,
                    "text": {"en": "You made it easy for me to handle my issue.", "zh": "贵公司让我很容易地解决了问题。"},
                    "low_label": {"en": "strongly disagree", "zh": "非常不同意"},
                    "high_label": {"en": "strongly agree", "zh": "非常同意"},
                },
            ],
        },
    ),
}
_COMMENT = {
    "key": "comment",
    "kind": "comment",
    "text": {"en": "What is the main reason for your answer?", "zh": "您这样评价的主要原因是什么？"},
}
_RULES = [
    ("trigger", "after-call", {"event": "interaction.completed", "survey": "after-call"}),
    ("trigger", "after-complaint", {"event": "complaint.closed", "survey": "after-complaint", "max_age_hours": 168}),
    (
        "trigger",
        "after-contact-effort",
        {"event": "interaction.completed", "survey": "after-contact-effort", "enabled": False},
    ),
    ("throttle", "default", {"any_survey_days": 7, "relationship_days": 90, "max_reminders": 2}),
    ("follow-up", "default", {"bands": ["detractor", "dissatisfied", "hard"], "due_hours": 48, "tries": 3}),
]


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    _create_tables()
    _create_more_tables()
    _ship()


def downgrade() -> None:
    raise NotImplementedError("data would be lost; restore a backup instead")


def _ship() -> None:
    """Surveys are published by their migration; the timer tells the others once the service runs."""
    bind = op.get_bind()
    for key, (survey_id, definition) in _SURVEYS.items():
        whole = {"kind": "transactional", "language": "en", **definition}
        whole["questions"] = [*definition["questions"], _COMMENT]
        bind.execute(
            sa.text(
                """
                INSERT INTO surveys (id, version, key, versions) VALUES (:id, 1, :key, jsonb_build_array(jsonb_build_object(
                    'number', 1, 'definition', CAST(:definition AS jsonb), 'created_at', now(), 'published_at', now())))
                """
            ),
            {"id": survey_id, "key": key, "definition": json.dumps(whole)},
        )
    for kind, key, rule in _RULES:
        bind.execute(
            sa.text(
                """
                INSERT INTO policies (kind, key, number, effective_from, rule, reason, changed_by, changed_at)
                VALUES (:kind, :key, 1, '2000-01-01T00:00:00Z', CAST(:rule AS jsonb), 'shipped', 'system:shipped', now())
                """
            ),
            {"kind": kind, "key": key, "rule": json.dumps(rule)},
        )
    bind.execute(
        sa.text("INSERT INTO timers (kind, key, due, next_try) VALUES ('surveys.announce', 'shipped', now(), now())")
    )


def _create_tables() -> None:
    op.create_table(
        "complaints",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="of the newest event that is in here"),
        sa.PrimaryKeyConstraint("complaint_id"),
        comment="Projection: which complaints are open, and whose.",
    )
    op.create_index(
        "complaints_open_customer", "complaints", ["customer_id"], unique=False, postgresql_where=sa.text("open")
    )
    op.create_index(
        "complaints_open_interaction", "complaints", ["interaction_id"], unique=False, postgresql_where=sa.text("open")
    )
    op.create_table(
        "consents",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="`*`: any"),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "channel"),
        comment="Projection: the last word of each customer about being asked (purpose survey).",
    )
    op.create_table(
        "decisions",
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("throttle_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True, comment="the event that made us think of it"),
        sa.PrimaryKeyConstraint("invitation_id", "number"),
        comment="Why each customer was or was not asked: the whole trail.",
    )
    op.create_table(
        "exclusions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("agents", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id", "reason", name="exclusions_once"),
        comment="Answers that do not count; an invitation counts once for each reason, however often it is tried.",
    )
    op.create_index("exclusions_metric", "exclusions", ["metric", "at"], unique=False)
    op.create_index(
        "exclusions_origin", "exclusions", ["source", "ref"], unique=True, postgresql_where=sa.text("source IS NOT NULL")
    )
    op.create_index("exclusions_survey", "exclusions", ["survey", "at"], unique=False)


def _create_more_tables() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("most_tries", sa.SmallInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id"),
        comment="Closing the loop with unhappy customers.",
    )
    op.create_index("follow_ups_customer", "follow_ups", ["customer_id"], unique=False)
    op.create_index("follow_ups_due", "follow_ups", ["due_at", "id"], unique=False)
    op.create_index("follow_ups_state", "follow_ups", ["state", "due_at", "id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="interaction | complaint"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("considered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("human", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("relationship", sa.Boolean(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True, comment="last human handler"),
        sa.Column("agents", postgresql.ARRAY(sa.Text()), nullable=False, comment="all human handlers in order"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=True),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "token_hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of the link's token; the token itself is nowhere"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule_key", "subject_id", name="invitations_once"),
        comment="One candidate each: a contact and a survey, whatever was decided.",
    )
    op.create_index(
        "invitations_complaint",
        "invitations",
        ["complaint_id"],
        unique=False,
        postgresql_where=sa.text("complaint_id IS NOT NULL"),
    )
    op.create_index("invitations_customer", "invitations", ["customer_id", "considered_at"], unique=False)
    op.create_index(
        "invitations_interaction",
        "invitations",
        ["interaction_id"],
        unique=False,
        postgresql_where=sa.text("interaction_id IS NOT NULL"),
    )
    op.create_index("invitations_recent", "invitations", ["considered_at", "id"], unique=False)
    op.create_index(
        "invitations_sent",
        "invitations",
        ["survey", "sent_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index("invitations_state", "invitations", ["state", "considered_at", "id"], unique=False)
    op.create_index(
        "invitations_token", "invitations", ["token_hash"], unique=True, postgresql_where=sa.text("token_hash IS NOT NULL")
    )
    op.create_table(
        "policies",
        sa.Column("kind", sa.Text(), nullable=False, comment="trigger | throttle | follow-up"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "number"),
        comment="Versions of rules; never changed, never deleted: what was decided under version 3 stays explained by it.",
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False, comment="imported answers have one of their own"),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("ratings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "comments",
            sa.LargeBinary(),
            nullable=True,
            comment="sealed under the key of the customer, or of the answer where he is unknown",
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("agents", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.CheckConstraint("(source IS NULL) = (ref IS NULL)", name="responses_origin_whole"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id"),
        comment="Valid answers.",
    )
    op.create_index(
        "responses_customer", "responses", ["customer_id"], unique=False, postgresql_where=sa.text("customer_id IS NOT NULL")
    )
    op.create_index("responses_metric", "responses", ["metric", "answered_at"], unique=False)
    op.create_index(
        "responses_origin", "responses", ["source", "ref"], unique=True, postgresql_where=sa.text("source IS NOT NULL")
    )
    op.create_index("responses_recent", "responses", ["answered_at", "id"], unique=False)
    op.create_index("responses_survey", "responses", ["survey", "answered_at", "id"], unique=False)
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "versions",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[{number, definition, created_at, published_at}]",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        comment="Surveys with all their versions.",
    )
