"""The pages on which a customer answers, and is told why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport_chassis.company import CompanySettings
from rapport_chassis.web.public_pages import PublicPages, Wrong
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from starlette.responses import HTMLResponse

from rapport_satisfaction.answers.domain import COMMENT_LENGTH
from rapport_satisfaction.surveys.domain import Definition, Language, Question, Wording

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "who": "Your answer goes, with the contact that it is about, to the company that gave you this link. It uses it to "
        "improve its service, and may get in touch with you about it.",
        "who_named": "Your answer goes, with the contact that it is about, to {company}, which uses it to improve its "
        "service, and may get in touch with you about it.",
        "send": "Send my answer",
        "ends": "{lowest} = {low}, {highest} = {high}",
        "end": "{number} = {label}",
        "comment_hint": "Please do not write names, numbers or other personal details.",
        "thanks": "Thank you",
        "thanks-next": "Your answer has arrived. You can close this page.",
        "wrong": "There is a problem with your answer",
        "again": "It does not count yet. What you answered is below: please correct it and send it again.",
        RejectionReason.BLANK: "This question needs an answer.",
        RejectionReason.OUT_OF_SCALE: "Please choose one of the numbers of this question.",
        RejectionReason.UNKNOWN_QUESTION: "Your answer holds a question that was not asked. Please try again.",
        "too_long": f"A comment may have at most {COMMENT_LENGTH} characters.",
        RejectionReason.DUPLICATE: "This survey has already been answered",
        f"{RejectionReason.DUPLICATE}-next": "Thank you. A link takes one answer. To add something, please tell us.",
        RejectionReason.EXPIRED: "This survey is over",
        f"{RejectionReason.EXPIRED}-next": "Thank you for your interest. A survey asks about one contact while it is fresh, "
        "so its link cannot be renewed. If there is something that we should know, please tell us.",
        "unknown": "This link is not known",
        "unknown-next": "Please use the newest link that you were sent. A reminder has a link of its own, and the one "
        "before it opens nothing any more.",
    },
    "zh": {
        "who": "您的回答将与相关服务记录一起由向您提供此链接的公司接收，用于改进服务；该公司可能会就此与您联系。",
        "who_named": "您的回答将与相关服务记录一起由{company}接收，用于改进服务；该公司可能会就此与您联系。",
        "send": "提交",
        "ends": "{lowest} = {low}，{highest} = {high}",
        "end": "{number} = {label}",
        "comment_hint": "请不要填写姓名、电话等个人信息。",
        "thanks": "感谢您的反馈",
        "thanks-next": "我们已收到您的回答，您可以关闭此页面。",
        "wrong": "您的回答有问题",
        "again": "您的回答尚未生效。您填写的内容已保留在下方，请修改后重新提交。",
        RejectionReason.BLANK: "请回答此问题。",
        RejectionReason.OUT_OF_SCALE: "请在给出的数字中选择。",
        RejectionReason.UNKNOWN_QUESTION: "提交的内容中有未提出的问题，请重试。",
        "too_long": f"评论最多 {COMMENT_LENGTH} 个字符。",
        RejectionReason.DUPLICATE: "该问卷已提交",
        f"{RejectionReason.DUPLICATE}-next": "感谢您的参与。每个链接只能提交一次。如需补充，请直接联系我们。",
        RejectionReason.EXPIRED: "该问卷已结束",
        f"{RejectionReason.EXPIRED}-next": "感谢您的关注。问卷针对最近的一次服务，因此链接无法续期。"
        "如果您有意见或建议，请直接联系我们。",
        "unknown": "链接无效",
        "unknown-next": "请使用最近收到的链接。每次提醒都会附上新的链接，之前的链接随即失效。",
    },
}


class AnswerPages:
    """The pages, in the look of the company."""

    def __init__(self, company: CompanySettings) -> None:
        """Takes what customers see of the company."""
        self._pages = PublicPages("rapport_satisfaction", "answers/web/templates", company, WORDS)

    def form(
        self,
        definition: Definition,
        language: Language,
        *,
        given: Mapping[str, object] | None = None,
        wrong: Wrong | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """The form; or the form again with what was answered, and what is wrong with it."""
        return self._pages.answer(
            "form",
            language,
            status,
            title=_worded(definition.title, language),
            offered=definition.languages(),
            wrong=wrong,
            questions=[_question(definition, question, language) for question in definition.questions],
            given=given or {},
            who=self._pages.who(language),
            longest=COMMENT_LENGTH,
        )

    def message(self, key: str, language: Language, status: int = 200) -> HTMLResponse:
        """What came of it or why the link opens nothing, and what to do next."""
        words = WORDS[language]
        return self._pages.answer("message", language, status, title=words[key], text=words[f"{key}-next"])


def field_of(definition: Definition, key: str) -> str:
    """The id of the first field of a question on the form."""
    scale = next(definition.scale_of(question) for question in definition.questions if question.key == key)
    return key if scale is None else f"{key}-{scale.low}"


def _worded(wording: Wording | None, language: Language) -> str:
    return "" if wording is None else wording.get(language) or next(iter(wording.values()))


def _question(definition: Definition, question: Question, language: Language) -> Mapping[str, Any]:
    words, scale = WORDS[language], definition.scale_of(question)
    required = question.required or question.kind == "score"
    made = {"key": question.key, "required": required, "text": _worded(question.text, language), "numbers": [], "hint": ""}
    if scale is None:
        return {**made, "hint": words["comment_hint"]}
    low, high = _worded(question.low_label, language), _worded(question.high_label, language)
    if low and high:
        hint = words["ends"].format(lowest=scale.low, low=low, highest=scale.high, high=high)
    else:
        hint = words["end"].format(number=scale.low if low else scale.high, label=low or high) if low or high else ""
    return {**made, "numbers": list(range(scale.low, scale.high + 1)), "hint": hint}
