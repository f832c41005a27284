"""The field's closed lists, open on the wire (`Open[...]`): a reader keeps a value that it does not know yet."""

from __future__ import annotations

from enum import StrEnum


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
