"""What Profiles answers to a merge, a split or an erasure. Key: the merge, or the erasure."""

from __future__ import annotations

from rapport_contracts.anchors import ANCHORED, AuditAnchor
from rapport_contracts.checkpoints import CHECKPOINT, Checkpoint
from rapport_contracts.event import Event
from rapport_contracts.profiles import ANCHORS, TOPIC
from rapport_contracts.receipts import (
    AFTER_ERASURE,
    AFTER_MERGE,
    AFTER_SPLIT,
    ErasureReceipt,
    MergeReceipt,
    SplitReceipt,
)


class ProfilesMergeApplied(
    Event,
    MergeReceipt,
    type="profiles-merge.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_MERGE,
    often="once",
    undone_by=("profiles-split.applied.v1",),
):
    """Identifiers, consents and timeline of the absorbed customer follow the survivor."""


class ProfilesSplitApplied(
    Event,
    SplitReceipt,
    type="profiles-split.applied.v1",
    topic=TOPIC,
    key="merge_id",
    when=AFTER_SPLIT,
    often="once",
):
    """Identifiers, consents and timeline of the restored customer are theirs again."""


class ProfilesErasureConfirmed(
    Event,
    ErasureReceipt,
    type="profiles-erasure.confirmed.v1",
    topic=TOPIC,
    key="erasure_id",
    time="erased_at",
    when=AFTER_ERASURE,
    often="again",
):
    """Nothing readable of the customer is left in their profile; nobody is known by their identifiers."""


class ProfilesCheckpointRecorded(
    Event,
    Checkpoint,
    type="profiles-checkpoint.recorded.v1",
    topic=TOPIC,
    key="checkpoint_id",
    when=CHECKPOINT,
    often="again",
):
    """All that Profiles had published by then is below these offsets."""


class ProfilesAuditAnchored(
    Event,
    AuditAnchor,
    type="profiles-audit.anchored.v1",
    topic=ANCHORS,
    key="anchor_id",
    when=ANCHORED,
    often="again",
):
    """Where the audit trail of Profiles ended then."""
