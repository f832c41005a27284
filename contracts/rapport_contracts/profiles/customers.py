"""Who the customers of the company are, which of them are one person, and who is to be forgotten. Key: the customer.

Every service that holds rows of customers follows a merge, a split and an erasure, and answers with a receipt
(`rapport_contracts.receipts`).
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, CustomerId, Open, UtcTime
from rapport_contracts.profiles import TOPIC
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_contracts.vocabulary import IdentifierKind


class CustomerRegistered(
    Event,
    type="customer.registered.v1",
    topic=TOPIC,
    key="customer_id",
    when="Somebody registers a customer by `POST /customers`, a caller presents identifiers that nobody is known by, "
    "or a person decides that an identity conflict is about somebody new.",
    often="once",
    state="{stage}",
    undone_by=("customer.merged.v1",),
):
    """A customer became known for the first time (S1, S3)."""

    customer_id: CustomerId
    kind: Open[CustomerKind]
    stage: Open[LifecycleStage]
    source: Code
    registered_at: UtcTime


class CustomerProfileCorrected(
    Event,
    type="customer.corrected.v1",
    topic=TOPIC,
    key="customer_id",
    when="Somebody changes the profile, the stage or the identifiers of a customer: `PATCH /customers/{id}`, "
    "`:change-stage`, `/identifiers`.",
    often="again",
    state="{stage}",
):
    """Attributes of a customer were changed (S7). Names the fields; of values only `stage` and `kind`, which are codes."""

    customer_id: CustomerId
    fields: list[Code]
    stage: Open[LifecycleStage]
    corrected_at: UtcTime
    kind: Open[CustomerKind] | None = None


class ContactPointVerified(
    Event,
    type="contact-point.verified.v1",
    topic=TOPIC,
    key="customer_id",
    when="Somebody verifies a phone number or e-mail address by `POST /customers/{id}/identifiers/{id}:verify`, or "
    "gives it as verified when they register the customer or add it.",
    often="again",
):
    """A phone number or e-mail address of the customer was verified as theirs (S18). One that is only added, or removed,
    is a `customer.corrected` that names `identifiers`."""

    customer_id: CustomerId
    kind: Open[IdentifierKind]
    verified_at: UtcTime


class CustomerMerged(
    Event,
    type="customer.merged.v1",
    topic=TOPIC,
    key="customer_id",
    when="Nothing publishes it yet, as the API that decides merges is not built; every service follows it already.",
    often="again",
    undone_by=("customer.split.v1",),
):
    """Two customers turned out to be one person (S1). Everything of `absorbed_id` belongs to `customer_id`, the survivor,
    from now on, also what comes later under the absorbed id. The split has the same `merge_id`."""

    customer_id: CustomerId
    absorbed_id: CustomerId
    merge_id: UUID
    merged_at: UtcTime


class CustomerSplit(
    Event,
    type="customer.split.v1",
    topic=TOPIC,
    key="customer_id",
    when="Nothing publishes it yet, as the API that decides splits is not built; every service follows it already.",
    often="again",
):
    """A merge was wrong: `restored_id` is a separate customer again, with everything ever recorded about them.
    Records about the survivor `customer_id` stay with the survivor. Exceptions are named by the id of a contact, complaint
    or other record: `returned` go to the restored one although they came since, `kept` stay although they came before."""

    customer_id: CustomerId
    restored_id: CustomerId
    merge_id: UUID
    returned: list[UUID]
    kept: list[UUID]
    split_at: UtcTime


class CustomerErasureRequested(
    Event,
    type="customer-erasure.requested.v1",
    topic=TOPIC,
    key="customer_id",
    when="An operator asks for it by `rapport forget`; the API that takes such requests is not built.",
    often="again",
    signed=True,
):
    """A customer is to be forgotten (S116, PIPL 47). Each service destroys what it can read of them and confirms; a service
    with an open case of theirs holds it until that ends. Profiles signs it (`ce_signature`), or nobody follows.
    `requested_by` is who asked, by an opaque id of a person or system, and `reason` why, as a code."""

    customer_id: CustomerId
    erasure_id: UUID
    requested_at: UtcTime
    requested_by: Code | None = None
    reason: Code | None = None


class CustomerErased(
    Event,
    type="customer.erased.v1",
    topic=TOPIC,
    key="customer_id",
    when="Nothing publishes it yet; it is to come when all services have confirmed.",
    often="once",
):
    """Nothing readable of the customer is left in any service. Their id stays in rows and events and leads nowhere."""

    customer_id: CustomerId
    erasure_id: UUID
    erased_at: UtcTime
