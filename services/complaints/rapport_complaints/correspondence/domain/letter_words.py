"""What stands in a letter: the variables of a complaint in words, and the templates that are shipped, in zh and en."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from rapport_contracts.complaints.vocabulary import CommunicationKind, RemedyKind
from rapport_kernel.business_time import zone_of

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.correspondence.domain.letters import VARIABLES, Language, LetterTemplate, LetterText

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


def _template(name: str, kind: CommunicationKind, zh: tuple[str, str], en: tuple[str, str]) -> LetterTemplate:
    zh_body = "{{ name|default('客户', true) }}，您好：\n\n" + zh[1] + "\n\n{{ signature }}\n{{ today }}\n"
    en_body = (
        "Dear {{ name|default('customer', true) }},\n\n" + en[1] + "\n\nYours sincerely\n{{ signature }}\n{{ today }}\n"
    )
    texts = {Language.ZH: LetterText(subject=zh[0], body=zh_body), Language.EN: LetterText(subject=en[0], body=en_body)}
    return LetterTemplate(name=name, kind=kind, texts=texts)


_MESSAGE = "{% if message %}\n\n{{ message }}{% endif %}"
SHIPPED: Mapping[str, LetterTemplate] = MappingProxyType(
    {
        "acknowledgement": _template(
            "Acknowledgement",
            CommunicationKind.ACKNOWLEDGEMENT,
            (
                "您的投诉（{{ number }}）已受理",
                "我们于{{ received_on }}收到您的投诉，编号为{{ number }}。我们会认真调查"
                "{% if promised_on %}，并在{{ promised_on }}前答复您{% endif %}。" + _MESSAGE,
            ),
            (
                "Your complaint {{ number }} has arrived",
                "We received your complaint on {{ received_on }}. Its number is {{ number }}. We are looking into it"
                "{% if promised_on %} and will answer you by {{ promised_on }}{% endif %}." + _MESSAGE,
            ),
        ),
        "update": _template(
            "Update",
            CommunicationKind.UPDATE,
            (
                "您的投诉（{{ number }}）的处理进展",
                "您的投诉正在处理中{% if promised_on %}，我们会在{{ promised_on }}前答复您{% endif %}。" + _MESSAGE,
            ),
            (
                "Your complaint {{ number }}: where it stands",
                "We are working on your complaint"
                "{% if promised_on %} and will answer you by {{ promised_on }}{% endif %}." + _MESSAGE,
            ),
        ),
        "decision": _template(
            "Decision",
            CommunicationKind.DECISION,
            (
                "您的投诉（{{ number }}）的处理结果",
                "我们已完成对您投诉的调查。{% if remedy %}处理方案：{{ remedy }}。{% endif %}"
                + _MESSAGE
                + "\n\n如您不同意此结果，请与我们联系。感谢您的反馈。",
            ),
            (
                "Our decision about your complaint {{ number }}",
                "We have looked into your complaint.{% if remedy %} We offer: {{ remedy }}.{% endif %}"
                + _MESSAGE
                + "\n\nIf you do not agree, please tell us. Thank you for letting us know.",
            ),
        ),
        "not-upheld": _template(
            "Not upheld",
            CommunicationKind.DECISION,
            (
                "您的投诉（{{ number }}）的处理结果",
                "我们已认真调查您的投诉，但未能支持您的诉求，理由如下。" + _MESSAGE + "\n\n如您不同意此结果，请与我们联系。",
            ),
            (
                "Our decision about your complaint {{ number }}",
                "We have looked into your complaint with care and cannot uphold it, for the following reasons."
                + _MESSAGE
                + "\n\nIf you do not agree, please tell us.",
            ),
        ),
        "apology": _template(
            "Apology",
            CommunicationKind.APOLOGY,
            (
                "就您的投诉（{{ number }}）致歉",
                "对于给您带来的不便，我们深表歉意。" + _MESSAGE,
            ),
            (
                "We apologise: your complaint {{ number }}",
                "We are sorry for what happened." + _MESSAGE,
            ),
        ),
        "closing": _template(
            "Closing",
            CommunicationKind.OTHER,
            (
                "您的投诉（{{ number }}）已办结",
                "您的投诉已办结。感谢您帮助我们改进。" + _MESSAGE,
            ),
            (
                "Your complaint {{ number }} is closed",
                "Your complaint is now closed. Thank you for helping us to do better." + _MESSAGE,
            ),
        ),
    }
)
"""Shipped as version 1 by the migration, edited over the API since."""
