"""`GET /v1/labels`: the words for every code that a front end shows, in all languages at once: one request at its start is
enough, and a change of the language needs none."""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel, Field

from rapport_chassis.labels import labels
from rapport_chassis.security.scopes import Public
from rapport_chassis.web.router import Router


class LabelView(BaseModel):
    """What people are shown in place of a code."""

    en: str = Field(examples=["Under investigation"])
    zh: str = Field(examples=["调查中"])


class LabelsView(BaseModel):
    """By vocabulary and code. The name of the vocabulary of a field is its `x-vocabulary` in the documents."""

    vocabularies: dict[str, dict[str, LabelView]] = Field(
        examples=[{"complaint-state": {"investigating": {"en": "Under investigation", "zh": "调查中"}}}]
    )


def labels_router() -> Router:
    """The route; every service answers the same, so that any of them can be asked."""
    router = Router(tags=["labels"], about="Words for codes: states, operations, channels, kinds, reasons.")
    shown = LabelsView(vocabularies=cast("dict[str, dict[str, LabelView]]", labels()))

    @router.get("/labels", allow=Public, shared=True, summary="The words for all codes of the product")
    async def get_labels() -> LabelsView:
        """States, operations, severities, channels, kinds, reasons, types of events: in English and Chinese. Every service
        answers the same, those of all services. A code that is not there is shown as it is. Taxonomies, such as categories,
        have labels of their own."""
        return shown

    return router
