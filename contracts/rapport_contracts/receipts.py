"""What each service answers to a merge, a split or an erasure, once it has followed. Key: the merge, or the erasure.

The four services say the same, each on its own topic. Counts are rows by table; a receipt names no person but by opaque id.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC as COMPLAINTS
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, CustomerId, UtcTime
from rapport_contracts.interactions import TOPIC as INTERACTIONS
from rapport_contracts.profiles import TOPIC as PROFILES
from rapport_contracts.satisfaction import TOPIC as SATISFACTION


class Counted(Payload):
    """So many of what."""

    what: Code
    count: int


class MergeReceipt(Payload):
    """`rows` went from the absorbed customer to the survivor; none when the merge changes nothing."""

    merge_id: UUID
    customer_id: CustomerId
    absorbed_id: CustomerId
    rows: list[Counted]
    applied_at: UtcTime


class SplitReceipt(Payload):
    """`rows` went from the survivor back to the restored customer."""

    merge_id: UUID
    customer_id: CustomerId
    restored_id: CustomerId
    rows: list[Counted]
    applied_at: UtcTime


class HoldReceipt(Payload):
    """What has to end before the customer can be forgotten here, such as `open-complaint`, and how many of it there are."""

    erasure_id: UUID
    customer_id: CustomerId
    reasons: list[Counted]
    held_at: UtcTime


class ErasureReceipt(Payload):
    """`rows` of the customer hold nothing readable any more; `keys` were destroyed. Said again when something of him came
    later and was erased too."""

    erasure_id: UUID
    customer_id: CustomerId
    rows: list[Counted]
    keys: int
    erased_at: UtcTime


class ProfilesMergeApplied(Event, MergeReceipt, type="profiles-merge.applied.v1", topic=PROFILES, key="merge_id"):
    """Identifiers, consents and timeline of the absorbed customer follow the survivor."""


class ProfilesSplitApplied(Event, SplitReceipt, type="profiles-split.applied.v1", topic=PROFILES, key="merge_id"):
    """Identifiers, consents and timeline of the restored customer are his again."""


class ProfilesErasureConfirmed(
    Event, ErasureReceipt, type="profiles-erasure.confirmed.v1", topic=PROFILES, key="erasure_id"
):
    """Nothing readable of the customer is left in his profile; nobody is known by his identifiers."""


class InteractionsMergeApplied(
    Event, MergeReceipt, type="interactions-merge.applied.v1", topic=INTERACTIONS, key="merge_id"
):
    """Contacts of the absorbed customer follow the survivor."""


class InteractionsSplitApplied(
    Event, SplitReceipt, type="interactions-split.applied.v1", topic=INTERACTIONS, key="merge_id"
):
    """Contacts of the restored customer are his again."""


class InteractionsErasureConfirmed(
    Event, ErasureReceipt, type="interactions-erasure.confirmed.v1", topic=INTERACTIONS, key="erasure_id"
):
    """Nothing readable of the customer is left in his contacts."""


class ComplaintsMergeApplied(Event, MergeReceipt, type="complaints-merge.applied.v1", topic=COMPLAINTS, key="merge_id"):
    """Complaints and repairs of the absorbed customer follow the survivor."""


class ComplaintsSplitApplied(Event, SplitReceipt, type="complaints-split.applied.v1", topic=COMPLAINTS, key="merge_id"):
    """Complaints and repairs of the restored customer are his again."""


class ComplaintsErasureHeld(Event, HoldReceipt, type="complaints-erasure.held.v1", topic=COMPLAINTS, key="erasure_id"):
    """A complaint or a repair of the customer is open: he is forgotten here as soon as it ends."""


class ComplaintsErasureConfirmed(
    Event, ErasureReceipt, type="complaints-erasure.confirmed.v1", topic=COMPLAINTS, key="erasure_id"
):
    """Nothing readable of the customer is left in his complaints and repairs."""


class SatisfactionMergeApplied(
    Event, MergeReceipt, type="satisfaction-merge.applied.v1", topic=SATISFACTION, key="merge_id"
):
    """Invitations, answers and follow-up cases of the absorbed customer follow the survivor."""


class SatisfactionSplitApplied(
    Event, SplitReceipt, type="satisfaction-split.applied.v1", topic=SATISFACTION, key="merge_id"
):
    """Invitations, answers and follow-up cases of the restored customer are his again."""


class SatisfactionErasureConfirmed(
    Event, ErasureReceipt, type="satisfaction-erasure.confirmed.v1", topic=SATISFACTION, key="erasure_id"
):
    """Nothing readable of the customer is left in his answers, and he is not asked any more; scores count on."""
