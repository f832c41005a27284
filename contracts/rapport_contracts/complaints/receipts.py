"""What Complaints answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.receipts import ErasureReceipt, HoldReceipt, MergeReceipt, SplitReceipt


class ComplaintsMergeApplied(Event, MergeReceipt, type="complaints-merge.applied.v1", topic=TOPIC, key="merge_id"):
    """Complaints and repairs of the absorbed customer follow the survivor."""


class ComplaintsSplitApplied(Event, SplitReceipt, type="complaints-split.applied.v1", topic=TOPIC, key="merge_id"):
    """Complaints and repairs of the restored customer are theirs again."""


class ComplaintsErasureHeld(Event, HoldReceipt, type="complaints-erasure.held.v1", topic=TOPIC, key="erasure_id"):
    """A complaint or a repair of the customer is open: they are forgotten here as soon as it ends."""


class ComplaintsErasureConfirmed(
    Event, ErasureReceipt, type="complaints-erasure.confirmed.v1", topic=TOPIC, key="erasure_id", time="erased_at"
):
    """Nothing readable of the customer is left in their complaints and repairs."""


class ComplaintsCheckpointRecorded(
    Event,
    Checkpoint,
    type="complaints-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
):
    """All that Complaints had published by then is below these offsets."""
