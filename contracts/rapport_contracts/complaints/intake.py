"""A complaint as somebody outside tells of it: over HTTP (`POST /complaints/v1/complaints`), or from another system on the
topic `rapport.complaints.inbound` (the record's value is one `InboundComplaint`, the key its `ref`, the header `source` the
system's own name).

The topic is at least once in both directions: source and `ref` together are the complaint's identity, and what is known
already is not filed again. What cannot be filed is parked with its reason, under the consumer `rapport.complaints.inbound`.
"""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from rapport_contracts.codes import NewCode, NewReference, NewStaffId
from rapport_contracts.complaints.about import AboutNewComplaint
from rapport_contracts.complaints.vocabulary import Severity, Vulnerability
from rapport_contracts.event import Inbound, Payload
from rapport_contracts.fields import CustomerId, InteractionId, Personal, UtcTime, WrongValue
from rapport_contracts.vocabulary import Channel

TOPIC = "rapport.complaints.inbound"


class Contact(Payload):
    """How the customer can be reached; stored encrypted. At least one way is needed."""

    model_config = ConfigDict(extra="forbid")

    name: Personal[Annotated[str, Field(min_length=1, max_length=200)] | None] = Field(default=None, examples=["张小明"])
    phone: Personal[Annotated[str, Field(min_length=3, max_length=40)] | None] = Field(
        default=None, examples=["13812345678"]
    )
    email: Personal[Annotated[str, Field(min_length=3, max_length=320)] | None] = Field(
        default=None, examples=["zhang@example.cn"]
    )
    address: Personal[Annotated[str, Field(min_length=1, max_length=500)] | None] = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.phone is None and self.email is None and self.address is None:
            raise WrongValue("contact-missing", "a phone number, an e-mail address or a postal address is needed")
        return self


class ToldComplaint(AboutNewComplaint):
    """A complaint as it comes in (S49: time, problem and contact are mandatory)."""

    model_config = ConfigDict(extra="forbid")

    received_at: UtcTime = Field(description="When it reached the company; its clocks start here.")
    problem: Personal[Annotated[str, Field(min_length=1, max_length=20_000)]] = Field(
        description="In the customer's words; stored encrypted."
    )
    contact: Contact
    channel: Channel
    severity: Severity | None = None
    category: NewCode = Field(
        examples=["delivery"], description="Of the taxonomy; another one is accepted and flagged `unknown-category`."
    )
    remedy_sought: Personal[Annotated[str, Field(min_length=1, max_length=5_000)] | None] = Field(
        default=None, description="Stored encrypted."
    )
    interaction_id: InteractionId | None = Field(default=None, description="The contact that it came out of.")
    customer_id: CustomerId | None = Field(default=None, description="Null: the interaction's customer, once known.")
    subject_staff: list[NewStaffId] = Field(
        default_factory=list, max_length=20, description="Whom it is about; may not handle it."
    )
    vulnerability: Personal[Vulnerability | None] = Field(
        default=None, description="Why the customer needs more care than others, never a diagnosis; stored encrypted."
    )
    recurrence_of: UUID | None = Field(default=None, description="An earlier complaint about the same.")


class InboundComplaint(Inbound, ToldComplaint, topic=TOPIC, meaning="A complaint that another system took in"):
    """A complaint that another system took in and Rapport is to handle. `ref` is its identity there."""

    ref: NewReference
