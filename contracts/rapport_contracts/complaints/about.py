"""What a complaint is about."""

from __future__ import annotations

from pydantic import Field

from rapport_contracts.event import Payload
from rapport_contracts.fields import Code


class AboutComplaint(Payload):
    """What is said of every complaint, whichever way it comes in: filed, handed over, imported, and in the events that say
    so. Each is a field of the complaint by the same name; its words stand here, for the API and the events alike."""

    product: Code | None = Field(
        default=None, description="Product or service that it is about, a code of the operator.", examples=["kettle-2"]
    )
    touchpoint: Code | None = None
    subject_unit: Code | None = Field(
        default=None, description="The shop, team or project that it is about. Null: none, or none that is known."
    )
