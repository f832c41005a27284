"""What Complaints answers to a merge, a split or an erasure (key: the merge, or the erasure); checkpoints and anchors."""

from __future__ import annotations

from rapport_contracts.anchors import ANCHORED, AuditAnchor
from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.complaints import ANCHORS, TOPIC
from rapport_contracts.event import Event
from rapport_contracts.receipts import (
    AFTER_ERASURE,
    AFTER_MERGE,
    AFTER_SPLIT,
    ErasureReceipt,
    HoldReceipt,
    MergeReceipt,
    SplitReceipt,
)


class ComplaintsMergeApplied(
    Event,
    MergeReceipt,
    type="complaints-merge.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_MERGE,
    often="once",
    undone_by=("complaints-split.applied.v1",),
):
    """Complaints, recoveries, repairs and win-backs of the absorbed customer follow the survivor."""


class ComplaintsSplitApplied(
    Event,
    SplitReceipt,
    type="complaints-split.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_SPLIT,
    often="once",
):
    """Complaints, recoveries, repairs and win-backs of the restored customer are theirs again."""


class ComplaintsErasureHeld(
    Event,
    HoldReceipt,
    type="complaints-erasure.held.v1",
    topic=TOPIC,
    key="erasure_id",
    when="A case of the customer is open when they are to be forgotten, after `customer-erasure.requested`.",
    often="again",
    undone_by=("complaints-erasure.confirmed.v1",),
):
    """A complaint, recovery or repair of the customer is open: they are forgotten here once the last of them ends."""


class ComplaintsErasureConfirmed(
    Event,
    ErasureReceipt,
    type="complaints-erasure.confirmed.v1",
    topic=TOPIC,
    key="erasure_id",
    time="erased_at",
    when=AFTER_ERASURE,
    often="again",
):
    """Nothing readable of the customer is left in their complaints, recoveries, repairs and win-backs."""


class ComplaintsCheckpointRecorded(
    Event,
    Checkpoint,
    type="complaints-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
    often="again",
):
    """All that Complaints had published by then is below these offsets."""


class ComplaintsAuditAnchored(
    Event,
    AuditAnchor,
    type="complaints-audit.anchored.v1",
    topic=ANCHORS,
    key="anchor_id",
    when=ANCHORED,
    often="again",
):
    """Where the audit trail of Complaints ended then."""
