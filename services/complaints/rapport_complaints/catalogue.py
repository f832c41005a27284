"""How what complaints go by is told, where it has no event of its own."""

from __future__ import annotations

from pydantic import BaseModel
from rapport_chassis.telling import Telling, in_body
from rapport_contracts.complaints.catalogue import ComplaintsPolicyPublished

WHOLE: Telling[BaseModel] = Telling(ComplaintsPolicyPublished, in_body())
"""All of its body."""
WITHOUT_TEXTS: Telling[BaseModel] = Telling(ComplaintsPolicyPublished, in_body(without={"steps": {"__all__": {"text"}}}))
"""Without what the steps of a checklist tell staff to do: such a text may name whom to call."""
