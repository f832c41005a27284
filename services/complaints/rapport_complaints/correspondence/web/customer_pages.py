"""Pages for a customer without an account: the form, that it arrived, where it stands. They need no style and no script."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from rapport_chassis.web.pages import html_page
from starlette.responses import Response

from rapport_complaints.correspondence.domain.letters import Language, day_in_words
from rapport_complaints.correspondence.domain.links import Standing
from rapport_complaints.correspondence.usecases.links import LONGEST, Shown

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        Language.EN: {
            "form": "Tell us what went wrong",
            "filed": "Your complaint has arrived",
            "status": "Your complaint",
            "other": "中文",
            "wrong": "There is a problem with what you sent",
            "again": "Nothing has been sent yet. Go back in your browser to find what you wrote, or write it again.",
            "problem": "What happened?",
            "remedy_sought": "What should we do about it?",
            "contact": "How can we reach you?",
            "one_needed": "(at least one is needed)",
            "needed": "(needed)",
            "phone": "Phone number",
            "email": "E-mail address",
            "address": "Postal address",
            "name": "Your name",
            "send": "Send my complaint",
            "thanks": "Thank you for telling us. We will look into it.",
            "number": "Number of your complaint:",
            "look": "See where your complaint stands",
            "keep": "Please keep this link: only with it can you come back.",
            "standing": "Where it stands",
            "promised": "We promised to answer by",
            "missing": "Please tell us what happened.",
            "unreachable": "Please give a phone number, an e-mail address or a postal address.",
            "too_long": "is too long",
            "too_short": "is too short",
            "unreadable": "The form could not be read. Please send it again.",
            "link-unknown": "This link is not known. Please use the newest link that you were given.",
            "link-used": "A complaint has already been sent with this link.",
            "link-expired": "The time of this link is over. Please ask us for a new one.",
            Standing.RECEIVED: "We have received it.",
            Standing.IN_PROGRESS: "We are working on it.",
            Standing.WAITING_FOR_YOU: "We need something from you, and have asked you for it.",
            Standing.OFFERED: "We have made you an offer.",
            Standing.ANSWERED: "We have told you the result.",
            Standing.CLOSED: "It is closed.",
            Standing.WITHDRAWN: "It was withdrawn.",
        },
        Language.ZH: {
            "form": "提交投诉",
            "filed": "您的投诉已收到",
            "status": "您的投诉",
            "other": "English",
            "wrong": "您提交的内容有问题",
            "again": "内容尚未提交。请返回上一页找回您填写的内容，或重新填写。",
            "problem": "发生了什么问题？",
            "remedy_sought": "您希望我们如何处理？",
            "contact": "我们如何联系您？",
            "one_needed": "（至少填写一项）",
            "needed": "（必填）",
            "phone": "电话号码",
            "email": "电子邮箱",
            "address": "通信地址",
            "name": "您的姓名",
            "send": "提交",
            "thanks": "感谢您的反馈，我们会尽快处理。",
            "number": "投诉编号：",
            "look": "查看处理进展",
            "keep": "请保存此链接，凭此链接才能再次查看。",
            "standing": "处理进展",
            "promised": "承诺答复日期",
            "missing": "请填写发生的问题。",
            "unreachable": "请填写电话号码、电子邮箱或通信地址。",
            "too_long": "过长",
            "too_short": "过短",
            "unreadable": "无法读取表单，请重新提交。",
            "link-unknown": "链接无效，请使用最近收到的链接。",
            "link-used": "此链接已用于提交投诉。",
            "link-expired": "链接已过期，请联系我们获取新的链接。",
            Standing.RECEIVED: "已收到。",
            Standing.IN_PROGRESS: "正在处理。",
            Standing.WAITING_FOR_YOU: "等待您补充信息。",
            Standing.OFFERED: "已向您提出处理方案。",
            Standing.ANSWERED: "已告知您处理结果。",
            Standing.CLOSED: "已办结。",
            Standing.WITHDRAWN: "已撤回。",
        },
    }
)

_PAGES = Environment(
    loader=PackageLoader("rapport_complaints", "correspondence/web/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def form_page(language: Language, wrong: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """The form, or the form again with what is wrong by field. What was sent is not shown again: it may be anything."""
    other = Language.EN if language is Language.ZH else Language.ZH
    return _page("form", language, status, title="form", wrong=wrong or {}, other=other, longest=LONGEST)


def filed_page(language: Language, number: str, link: str) -> Response:
    """It arrived: its number, and the link to where it stands."""
    return _page("filed", language, 201, title="filed", number=number, link=link)


def standing_page(language: Language, shown: Shown, zone: ZoneInfo) -> Response:
    """Where it stands; the day is one of `zone`."""
    promised = shown.promised_until
    day = None if promised is None else day_in_words(promised.astimezone(zone), language)
    says = WORDS[language][shown.standing]
    return _page("standing", language, 200, title="status", number=shown.number, standing=says, promised=day)


def message_page(language: Language, code: str, status: int) -> Response:
    """A page with one sentence: why the link opens nothing."""
    return _page("message", language, status, title="status", text=WORDS[language][code])


def _page(name: str, language: Language, status: int, *, title: str, **values: object) -> Response:
    words = WORDS[language]
    html = _PAGES.get_template(f"{name}.html").render(language=language, words=words, title=words[title], **values)
    return html_page(html, language, status)
