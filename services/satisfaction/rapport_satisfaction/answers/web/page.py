"""The page on which a customer answers: plain HTML that works without style, script or another host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rapport_chassis.web.pages import html_page
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from starlette.responses import HTMLResponse

from rapport_satisfaction.answers.domain import COMMENT_LENGTH, Refusal
from rapport_satisfaction.surveys.domain import Definition, Language, Wording

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "send": "Send my answer",
        "required": "(needed)",
        "comment_hint": "Please do not write names, numbers or other personal details.",
        "thanks": "Thank you. Your answer has arrived.",
        "wrong": "There is a problem with your answer",
        RejectionReason.BLANK: "This question needs an answer.",
        RejectionReason.OUT_OF_SCALE: "Please choose one of the numbers of this question.",
        RejectionReason.UNKNOWN_QUESTION: "Your answer holds a question that was not asked. Please try again.",
        "too_long": f"A comment may have at most {COMMENT_LENGTH} characters.",
        RejectionReason.DUPLICATE: "This survey has already been answered. Thank you.",
        RejectionReason.EXPIRED: "This survey is over. Thank you for your interest.",
        "unknown": "This link is not known. Please use the newest link that you were sent.",
    },
    "zh": {
        "send": "提交",
        "required": "（必填）",
        "comment_hint": "请不要填写姓名、电话等个人信息。",
        "thanks": "感谢您的反馈，我们已收到。",
        "wrong": "您的回答有问题",
        RejectionReason.BLANK: "请回答此问题。",
        RejectionReason.OUT_OF_SCALE: "请在给出的数字中选择。",
        RejectionReason.UNKNOWN_QUESTION: "提交的内容中有未提出的问题，请重试。",
        "too_long": f"评论最多 {COMMENT_LENGTH} 个字符。",
        RejectionReason.DUPLICATE: "该问卷已提交，谢谢。",
        RejectionReason.EXPIRED: "该问卷已结束，感谢您的关注。",
        "unknown": "链接无效，请使用最近收到的链接。",
    },
}

_ENVIRONMENT = Environment(
    loader=PackageLoader("rapport_satisfaction", "answers/web/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FORM = _ENVIRONMENT.get_template("form.html")
_MESSAGE = _ENVIRONMENT.get_template("message.html")


def form_page(
    definition: Definition,
    language: Language,
    *,
    wrong: Refusal | None = None,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The form, or the form again with the problem. Nothing that was sent is shown again: it may be anything."""

    def worded(wording: Wording | None) -> str:
        return "" if wording is None else wording.get(language) or next(iter(wording.values()))

    questions = [_question(definition, question.key, worded) for question in definition.questions]
    html = _FORM.render(
        language=language,
        title=worded(definition.title),
        questions=questions,
        words=WORDS[language],
        error=problem or (None if wrong is None else WORDS[language][wrong.reason]),
        wrong_key=None if wrong is None else wrong.question,
        longest=COMMENT_LENGTH,
    )
    return html_page(html, language, status)


def message_page(text: str, language: Language, status: int = 200) -> HTMLResponse:
    """A page with one sentence."""
    html = _MESSAGE.render(language=language, text=WORDS[language][text])
    return html_page(html, language, status)


def _question(definition: Definition, key: str, worded: Any) -> Mapping[str, Any]:
    question = next(one for one in definition.questions if one.key == key)
    scale = definition.scale_of(question)
    return {
        "key": question.key,
        "text": worded(question.text),
        "required": question.required or question.kind == "score",
        "numbers": [] if scale is None else list(range(scale.low, scale.high + 1)),
        "low": worded(question.low_label),
        "high": worded(question.high_label),
    }
