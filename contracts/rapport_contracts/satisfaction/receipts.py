"""What Satisfaction answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.anchors import ANCHORED, AuditAnchor
from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.event import Event
from rapport_contracts.receipts import (
    AFTER_ERASURE,
    AFTER_MERGE,
    AFTER_SPLIT,
    ErasureReceipt,
    MergeReceipt,
    SplitReceipt,
)
from rapport_contracts.satisfaction import ANCHORS, TOPIC


class SatisfactionMergeApplied(
    Event,
    MergeReceipt,
    type="satisfaction-merge.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_MERGE,
    often="once",
    undone_by=("satisfaction-split.applied.v1",),
):
    """Invitations, answers and follow-up cases of the absorbed customer follow the survivor."""


class SatisfactionSplitApplied(
    Event,
    SplitReceipt,
    type="satisfaction-split.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_SPLIT,
    often="once",
):
    """Invitations, answers and follow-up cases of the restored customer are theirs again."""


class SatisfactionErasureConfirmed(
    Event,
    ErasureReceipt,
    type="satisfaction-erasure.confirmed.v1",
    topic=TOPIC,
    key="erasure_id",
    time="erased_at",
    when=AFTER_ERASURE,
    often="again",
):
    """Nothing readable of the customer is left in their answers, and they are not asked any more; scores count on."""


class SatisfactionCheckpointRecorded(
    Event,
    Checkpoint,
    type="satisfaction-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
    often="again",
):
    """All that Satisfaction had published by then is below these offsets."""


class SatisfactionAuditAnchored(
    Event,
    AuditAnchor,
    type="satisfaction-audit.anchored.v1",
    topic=ANCHORS,
    key="anchor_id",
    when=ANCHORED,
    often="again",
):
    """Where the audit trail of Satisfaction ended then."""
