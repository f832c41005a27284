"""What a complaint is about."""

from __future__ import annotations

from pydantic import Field

from rapport_contracts.codes import NewCode
from rapport_contracts.event import Payload
from rapport_contracts.fields import Code

_PRODUCT = "Product or service that it is about, a code of the operator."
_UNIT = "The shop, team or project that it is about. Null: none, or none that is known."


class AboutComplaint(Payload):
    """What is said of every complaint, whichever way it comes in: filed, handed over, imported, and in the events that say
    so. Each is a field of the complaint by the same name; its words stand here, for the API and the events alike."""

    product: Code | None = Field(default=None, description=_PRODUCT, examples=["kettle-2"])
    touchpoint: Code | None = None
    subject_unit: Code | None = Field(default=None, description=_UNIT)


class AboutNewComplaint(AboutComplaint):
    """The same as somebody brings it: codes only."""

    product: NewCode | None = Field(default=None, description=_PRODUCT, examples=["kettle-2"])
    touchpoint: NewCode | None = None
    subject_unit: NewCode | None = Field(default=None, description=_UNIT)
