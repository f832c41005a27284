"""What stands in a letter: the variables of a complaint in words, in zh and en."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_kernel.business_time import zone_of

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.correspondence.domain.letters import VARIABLES, Language, LetterTemplate

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_REMEDIES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.EN: {
            RemedyKind.APOLOGY: "an apology",
            RemedyKind.INFORMATION: "an explanation",
            RemedyKind.REDO: "doing it again",
            RemedyKind.REFUND: "a refund",
            RemedyKind.DISCOUNT: "a discount",
            RemedyKind.POINTS: "points on your account",
            RemedyKind.GIFT: "a gift",
        },
        Language.ZH: {
            RemedyKind.APOLOGY: "致歉",
            RemedyKind.INFORMATION: "说明情况",
            RemedyKind.REDO: "重新办理",
            RemedyKind.REFUND: "退款",
            RemedyKind.DISCOUNT: "价格优惠",
            RemedyKind.POINTS: "积分补偿",
            RemedyKind.GIFT: "赠送礼品",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Written:
    """What the writer brings to a letter, beside the complaint."""

    name: str = ""
    message: str = ""
    signature: str = ""


def values_of(
    template: LetterTemplate, language: Language, complaint: Complaint, written: Written, now: datetime
) -> dict[str, str]:
    """Every variable for a letter about this complaint, made at `now`."""
    zone = zone_of(template.zone)

    def day(moment: datetime | None) -> str:
        return "" if moment is None else day_in_words(moment.astimezone(zone), language)

    remedy = complaint.remedy or ""
    return {
        "number": complaint.number,
        "name": written.name,
        "received_on": day(complaint.received_at),
        "today": day(now),
        "category": complaint.category,
        "promised_on": day(complaint.promised_until),
        "remedy": _REMEDIES[language].get(remedy, remedy),
        "message": written.message,
        "signature": written.signature,
    }


def samples() -> dict[str, str]:
    """Every variable, made up."""
    return {name: variable.sample for name, variable in VARIABLES.items()}


def day_in_words(day: datetime, language: Language) -> str:
    """A day as it is written in a letter."""
    if language is Language.ZH:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
