"""A survey about recoveries, and the rule that sends it once one was done (S67).

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import json

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"

SURVEY = {
    "kind": "transactional",
    "language": "en",
    "title": {"en": "How we put it right", "zh": "服务补救满意度"},
    "metric": "csat",
    "questions": [
        {
            "key": "score",
            "kind": "score",
            "required": True,
            "text": {
                "en": "How satisfied are you with what we did to put it right?",
                "zh": "您对我们的补救措施满意吗？",
            },
            "low_label": {"en": "very dissatisfied", "zh": "非常不满意"},
            "high_label": {"en": "very satisfied", "zh": "非常满意"},
        },
        {
            "key": "comment",
            "kind": "comment",
            "text": {"en": "What is the main reason for your answer?", "zh": "您这样评价的主要原因是什么？"},
        },
    ],
}
RULE = {"event": "recovery.executed", "survey": "after-recovery", "max_age_hours": 336}
"""Two weeks: while his complaint is open nobody is asked, and the answer comes before it is closed only by hand."""
STATEMENTS = (
    "COMMENT ON COLUMN invitations.subject IS 'interaction | complaint | recovery'",
    """
    INSERT INTO surveys (id, version, key, versions)
    VALUES ('0198c5a0-0000-7000-8000-000000000004', 1, 'after-recovery', jsonb_build_array(jsonb_build_object(
        'number', 1, 'definition', CAST(:survey AS jsonb), 'created_at', now(), 'published_at', now())))
    """,
    """
    INSERT INTO policies (kind, key, number, effective_from, rule, reason, changed_by, changed_at)
    VALUES ('trigger', 'after-recovery', 1, '2000-01-01T00:00:00Z', CAST(:rule AS jsonb), 'shipped', 'system:shipped', now())
    """,
    "INSERT INTO timers (kind, key, due, next_try) VALUES ('surveys.announce', 'after-recovery', now(), now())",
)


def upgrade() -> None:
    """Published by the migration; a timer tells the others once the service runs."""
    connection = op.get_bind()
    values = {"survey": json.dumps(SURVEY), "rule": json.dumps(RULE)}
    for statement in STATEMENTS:
        connection.execute(text(statement), {name: value for name, value in values.items() if f":{name} " in statement})
