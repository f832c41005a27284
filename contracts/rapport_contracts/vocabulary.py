"""The field's closed lists, open on the wire (`Open[...]`): a reader keeps a value that it does not know yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

VOCABULARY = "x-vocabulary"
"""Of a schema that lists codes: the name under which the product has words for them."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def vocabulary_name(of: str) -> str:
    """The name of the vocabulary of a class: `remedy-kind` of `RemedyKind`."""
    return _HUMP.sub("-", of).lower()


@dataclass(frozen=True, slots=True)
class named:  # noqa: N801 - reads as what it is
    """The name of the vocabulary of a list that is no class: `Annotated[Literal["ok", "mixed"], named("verdict")]`."""

    vocabulary: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it."""
        return {**handler(core), VOCABULARY: self.vocabulary}


class Channel(StrEnum):
    """By what means a company and a customer meet (S20)."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SOCIAL = "social"
    SMS = "sms"
    LETTER = "letter"
    FORUM = "forum"
    WEB = "web"
    APP = "app"
    STORE = "store"
    OTHER = "other"


class Direction(StrEnum):
    """Who began: the customer (inbound) or the company (outbound) (S34, S35)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class IdentifierKind(StrEnum):
    """What a customer may be known by (S1)."""

    PHONE = "phone"
    EMAIL = "email"
    MEMBER_NUMBER = "member_number"
    EXTERNAL_ID = "external_id"


class Metric(StrEnum):
    """What a survey measures (S70)."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
