"""What Interactions answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.anchors import ANCHORED, AuditAnchor
from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.event import Event
from rapport_contracts.interactions import ANCHORS, TOPIC
from rapport_contracts.receipts import (
    AFTER_ERASURE,
    AFTER_MERGE,
    AFTER_SPLIT,
    ErasureReceipt,
    MergeReceipt,
    SplitReceipt,
)


class InteractionsMergeApplied(
    Event,
    MergeReceipt,
    type="interactions-merge.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_MERGE,
    often="once",
    undone_by=("interactions-split.applied.v1",),
):
    """Contacts of the absorbed customer follow the survivor."""


class InteractionsSplitApplied(
    Event,
    SplitReceipt,
    type="interactions-split.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_SPLIT,
    often="once",
):
    """Contacts of the restored customer are theirs again."""


class InteractionsErasureConfirmed(
    Event,
    ErasureReceipt,
    type="interactions-erasure.confirmed.v1",
    topic=TOPIC,
    key="erasure_id",
    time="erased_at",
    when=AFTER_ERASURE,
    often="again",
):
    """Nothing readable of the customer is left in their contacts."""


class InteractionsCheckpointRecorded(
    Event,
    Checkpoint,
    type="interactions-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
    often="again",
):
    """All that Interactions had published by then is below these offsets."""


class InteractionsAuditAnchored(
    Event,
    AuditAnchor,
    type="interactions-audit.anchored.v1",
    topic=ANCHORS,
    key="anchor_id",
    when=ANCHORED,
    often="again",
):
    """Where the audit trail of Interactions ended then."""
