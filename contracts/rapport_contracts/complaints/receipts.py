"""What Complaints answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.receipts import ErasureReceipt, HoldReceipt, MergeReceipt, SplitReceipt


class ComplaintsMergeApplied(
    Event,
    MergeReceipt,
    type="complaints-merge.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when="An event of Profiles merges two customers, and the last row has followed.",
    often="once",
    undone_by=("complaints-split.applied.v1",),
):
    """Complaints and repairs of the absorbed customer follow the survivor."""


class ComplaintsSplitApplied(
    Event,
    SplitReceipt,
    type="complaints-split.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when="An event of Profiles takes a merge back, and the last row has followed.",
    often="once",
):
    """Complaints and repairs of the restored customer are theirs again."""


class ComplaintsErasureHeld(
    Event,
    HoldReceipt,
    type="complaints-erasure.held.v1",
    topic=TOPIC,
    key="erasure_id",
    when="An event of Profiles asks for the erasure, and a case of the customer is open.",
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
    when="An event of Profiles asked for the erasure, and nothing is left; again when something arrived afterwards.",
    often="again",
):
    """Nothing readable of the customer is left in their complaints and repairs."""


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
