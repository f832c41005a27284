"""Pages for a customer without an account: the form, that it arrived, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from rapport_chassis.labels import label
from rapport_chassis.web.public_pages import PublicPages, Wrong
from rapport_kernel.business_time import zone_of
from starlette.responses import Response

from rapport_complaints.correspondence.domain.letters import Language, day_in_words
from rapport_complaints.correspondence.domain.links import Standing
from rapport_complaints.correspondence.usecases.links import LONGEST, Shown
from rapport_complaints.settings import Settings

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.EN: {
            "form": "Tell us what went wrong",
            "who": "What you write goes to the company that gave you this link. It uses it to look into your complaint, to "
            "answer you, and to improve its service.",
            "who_named": "What you write goes to {company}, which uses it to look into your complaint, to answer you, and "
            "to improve its service.",
            "filed": "Your complaint has arrived",
            "status": "Your complaint",
            "wrong": "There is a problem with what you sent",
            "problem": "What happened?",
            "remedy_sought": "What should we do about it?",
            "contact": "How can we reach you?",
            "one_needed": " (at least one is required)",
            "phone": "Phone number",
            "email": "E-mail address",
            "address": "Postal address",
            "name": "Your name",
            "send": "Send my complaint",
            "thanks": "Thank you for telling us. We will look into it.",
            "number": "Number of your complaint",
            "received_on": "Received on",
            "look": "See where your complaint stands",
            "keep": "Please keep this link: only with it can you come back.",
            "standing": "Where it stands",
            "promised": "We promised to answer by",
            "next": "What happens next",
            "missing": "Please tell us what happened.",
            "unreachable": "Please give a phone number, an e-mail address or a postal address.",
            "too_long": "{field}: this is too long.",
            "too_short": "{field}: this is too short.",
            "unreadable": "The form could not be read. Please send it again.",
            "link-unknown": "This link is not known",
            "link-unknown-next": "Please use the newest link that you were given, or ask us for a new one.",
            "link-used": "A complaint has already been sent with this link",
            "link-used-next": "To see where it stands, use the link that was shown when it was sent. If you no longer have "
            "it, or want to complain about something else, please ask us for a new link.",
            "link-expired": "The time of this link is over",
            "link-expired-next": "For your safety a link works for a limited time, and only we can make a new one: please "
            "ask us for it. Nothing that you have sent is lost.",
            f"{Standing.RECEIVED}-next": "We will look into it.",
            f"{Standing.IN_PROGRESS}-next": "We will tell you the result.",
            f"{Standing.WAITING_FOR_YOU}-next": "Please send us what we asked you for; then we go on.",
            f"{Standing.OFFERED}-next": "Please tell us whether you accept our offer.",
            f"{Standing.ANSWERED}-next": "If you do not agree with the result, please tell us.",
            f"{Standing.CLOSED}-next": "There is nothing that you have to do. If something is still wrong, please tell us.",
            f"{Standing.WITHDRAWN}-next": "There is nothing that you have to do. If this is a mistake, please tell us.",
        },
        Language.ZH: {
            "form": "提交投诉",
            "who": "您填写的内容将由向您提供此链接的公司接收，用于调查您的投诉、答复您以及改进服务。",
            "who_named": "您填写的内容将由{company}接收，用于调查您的投诉、答复您以及改进服务。",
            "filed": "您的投诉已收到",
            "status": "您的投诉",
            "wrong": "您提交的内容有问题",
            "problem": "发生了什么问题？",
            "remedy_sought": "您希望我们如何处理？",
            "contact": "我们如何联系您？",
            "one_needed": "（至少填写一项）",
            "phone": "电话号码",
            "email": "电子邮箱",
            "address": "通信地址",
            "name": "您的姓名",
            "send": "提交",
            "thanks": "感谢您的反馈，我们会尽快处理。",
            "number": "投诉编号",
            "received_on": "收到日期",
            "look": "查看处理进展",
            "keep": "请保存此链接，凭此链接才能再次查看。",
            "standing": "处理进展",
            "promised": "承诺答复日期",
            "next": "下一步",
            "missing": "请填写发生的问题。",
            "unreachable": "请填写电话号码、电子邮箱或通信地址。",
            "too_long": "{field}：内容过长。",
            "too_short": "{field}：内容过短。",
            "unreadable": "无法读取表单，请重新提交。",
            "link-unknown": "链接无效",
            "link-unknown-next": "请使用最近收到的链接，或联系我们获取新的链接。",
            "link-used": "此链接已用于提交投诉",
            "link-used-next": "如需查看处理进展，请使用提交后显示的链接。"
            "如果您没有保存该链接，或需要投诉其他问题，请联系我们获取新的链接。",
            "link-expired": "链接已过期",
            "link-expired-next": "为保障您的信息安全，链接仅在有限时间内有效，且只能由我们重新提供。"
            "请联系我们获取新的链接。您已提交的内容不会丢失。",
            f"{Standing.RECEIVED}-next": "我们将对此进行调查。",
            f"{Standing.IN_PROGRESS}-next": "我们将告知您处理结果。",
            f"{Standing.WAITING_FOR_YOU}-next": "请提供我们向您索取的信息，以便继续处理。",
            f"{Standing.OFFERED}-next": "请告诉我们您是否接受该方案。",
            f"{Standing.ANSWERED}-next": "如果您对结果有异议，请告诉我们。",
            f"{Standing.CLOSED}-next": "您无需进行任何操作。如果问题仍未解决，请告诉我们。",
            f"{Standing.WITHDRAWN}-next": "您无需进行任何操作。如果有误，请告诉我们。",
        },
    }
)


class CustomerPages:
    """The pages, in the look of the company and the time zone of the installation."""

    def __init__(self, settings: Settings) -> None:
        """Takes the zone of the days that are shown, and what customers see of the company."""
        self._settings = settings
        self._zone = zone_of(settings.zone)
        self._pages = PublicPages("rapport_complaints", "correspondence/web/templates", settings, WORDS)

    def form(
        self, language: Language, given: Mapping[str, str] | None = None, wrong: Wrong | None = None, status: int = 200
    ) -> Response:
        """The form; or the form again with what was written, and what is wrong with it by field."""
        privacy = self._settings.company_privacy_in(language) or self._pages.who(language)
        written = {name: (given or {}).get(name, "") for name in LONGEST}
        return self._page("form", language, status, "form", wrong=wrong, given=written, privacy=privacy, longest=LONGEST)

    def filed(self, language: Language, number: str, link: str) -> Response:
        """It arrived: its number, and the link to where it stands, which is this page in the other language."""
        return self._page("filed", language, 201, "filed", elsewhere=link, number=number, link=f"{link}?lang={language}")

    def standing(self, language: Language, shown: Shown) -> Response:
        """Where it stands, since when, and what happens next."""
        promised = None if shown.promised_until is None else self._day(shown.promised_until, language)
        values = {"number": shown.number, "standing": shown.standing, "promised": promised}
        values["stands"] = label("standing", shown.standing, language.value)
        return self._page("standing", language, 200, "status", received=self._day(shown.received_at, language), **values)

    def message(self, language: Language, code: str, status: int) -> Response:
        """Why the link opens nothing, and what to do."""
        return self._page("message", language, status, code, text=WORDS[language][f"{code}-next"])

    def _day(self, at: datetime, language: Language) -> str:
        return day_in_words(at.astimezone(self._zone), language)

    def _page(self, template: str, language: Language, status: int, title: str, **values: Any) -> Response:
        return self._pages.answer(template, language, status, title=WORDS[language][title], **values)
