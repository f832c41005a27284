"""What customers answered to surveys: a projection, for figures and for whom we may lose."""

from __future__ import annotations

from collections.abc import Sequence

from rapport_chassis.customers import Owned
from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import SatisfactionScored
from sqlalchemy import Column, Float, Index, Table, Text, Uuid, text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.schema import metadata, moment

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
OWNED = Owned(
    scores,
    key="invitation_id",
    known_by=("invitation_id", "interaction_id", "complaint_id"),
    moves_with=("complaint_id", complaints, "id"),
)


async def put_scores(work: Work, answers: Sequence[SatisfactionScored]) -> None:
    """Keep the answers; the first answer to an invitation stays. One statement."""
    rows = [
        {
            "invitation_id": each.invitation_id,
            "customer_id": each.customer_id,
            "interaction_id": each.interaction_id,
            "complaint_id": each.complaint_id,
            "metric": str(each.metric),
            "value": each.value,
            "band": str(each.band),
            "scored_at": each.scored_at,
        }
        for each in answers
    ]
    await work.connection.execute(_PUT, {"rows": to_json(rows)})


_PUT = text(
    """
    INSERT INTO scores (invitation_id, customer_id, interaction_id, complaint_id, metric, value, band, scored_at)
    SELECT invitation_id, customer_id, interaction_id, complaint_id, metric, value, band, scored_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(
        invitation_id uuid, customer_id uuid, interaction_id uuid, complaint_id uuid, metric text, value double precision,
        band text, scored_at timestamptz)
    ORDER BY invitation_id ON CONFLICT (invitation_id) DO NOTHING
    """
)
