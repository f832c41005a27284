"""What Interactions answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.event import Event
from rapport_contracts.interactions import TOPIC
from rapport_contracts.receipts import ErasureReceipt, MergeReceipt, SplitReceipt


class InteractionsMergeApplied(Event, MergeReceipt, type="interactions-merge.applied.v1", topic=TOPIC, key="merge_id"):
    """Contacts of the absorbed customer follow the survivor."""


class InteractionsSplitApplied(Event, SplitReceipt, type="interactions-split.applied.v1", topic=TOPIC, key="merge_id"):
    """Contacts of the restored customer are theirs again."""


class InteractionsErasureConfirmed(
    Event, ErasureReceipt, type="interactions-erasure.confirmed.v1", topic=TOPIC, key="erasure_id", time="erased_at"
):
    """Nothing readable of the customer is left in their contacts."""


class InteractionsCheckpointRecorded(
    Event,
    Checkpoint,
    type="interactions-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
):
    """All that Interactions had published by then is below these offsets."""
