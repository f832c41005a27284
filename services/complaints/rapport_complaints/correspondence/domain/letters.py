"""Letters made of templates: data with versions, in Chinese and English, in a small language that cannot run away; and what
stands in a letter, the variables of a complaint in words.

A template may print variables, choose between texts (`{% if promised_on %}`) and use four filters. It has no loops, calls,
attributes or arithmetic, and all variables are text: what it makes is bounded by its own length. The tree is checked when a
version is put and again before each use; what passes is rendered in Jinja's sandbox, where an unknown name is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import Field
from rapport_contracts.complaints import correspondence as facts
from rapport_contracts.complaints.vocabulary import CommunicationKind, RemedyKind
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.business_time import zone_of
from rapport_kernel.errors import FieldError, Invalid
from rapport_kernel.history import Sealed

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.clocks.domain.policies import Data

LONGEST_LETTER = 60_000
"""Characters of a letter, made."""
DEEPEST = 20
"""How far conditions may stand inside each other."""


class Language(StrEnum):
    """In which a letter can be written."""

    ZH = "zh"
    EN = "en"


class LetterFormat(StrEnum):
    """Plain text, or HTML: there everything that is filled in is escaped."""

    TEXT = "text/plain"
    HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template may print: its meaning, and how it looks in a preview without a complaint."""

    meaning: str
    sample: str


VARIABLES: Mapping[str, Variable] = {
    "number": Variable("The number of the complaint.", "C2026-000042"),
    "name": Variable("The customer's name as given; empty when none was given.", "王小明"),
    "received_on": Variable("The day on which the complaint was received, in the time zone of the template.", "2026-11-20"),
    "today": Variable("The day on which the letter is made.", "2026-11-25"),
    "category": Variable("The code of the category.", "delivery"),
    "promised_on": Variable("The day by which an answer was promised; empty when none was.", "2026-12-01"),
    "remedy": Variable("What was offered, in the letter's language; empty before anything was.", "refund"),
    "message": Variable("What the writer of the letter adds.", "..."),
    "signature": Variable("Who signs, as the writer gives it.", "Customer Care"),
}
"""All variables; each is text, and none is ever missing."""

_FILTERS = {"upper", "lower", "trim", "default"}
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter,
)  # fmt: skip


def _environment(*, escaped: bool) -> SandboxedEnvironment:
    made = SandboxedEnvironment(autoescape=escaped, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    return made


_ENVIRONMENTS = {LetterFormat.TEXT: _environment(escaped=False), LetterFormat.HTML: _environment(escaped=True)}


class LetterText(Data):
    """The text of a letter in one language; both are templates."""

    subject: str = Field(min_length=1, max_length=500, examples=["Your complaint {{ number }}"])
    body: str = Field(min_length=1, max_length=20_000, examples=["Dear {{ name }},\n\n{{ message }}\n\n{{ signature }}"])


class LetterTemplate(Data):
    """A template of letters. Variables: `number`, `name`, `received_on`, `today`, `category`, `promised_on`, `remedy`,
    `message`, `signature` (`GET /letter-templates:variables` says what they mean). Allowed: `{{ variable }}`, `{% if %}`
    with `and`, `or`, `not`, `==`, and the filters `upper`, `lower`, `trim`, `default`."""

    name: str = Field(min_length=1, max_length=200)
    kind: CommunicationKind
    format: LetterFormat = LetterFormat.TEXT
    zone: str = Field(default="Asia/Shanghai", max_length=64, description="The time zone of the days in it.")
    texts: dict[Language, LetterText] = Field(min_length=1, max_length=2, description="By language: `zh`, `en`.")

    def check(self) -> None:
        """Raises Invalid for a text that is no template or does more than a letter may."""
        zone_of(self.zone)
        samples = {name: variable.sample for name, variable in VARIABLES.items()}
        for language, text in self.texts.items():
            for part in ("subject", "body"):
                try:
                    render(getattr(text, part), samples, self.format)
                except Invalid as error:
                    error.fields = (FieldError(f"texts.{language}.{part}", error.code, params=error.params),)
                    raise

    def make(self, language: Language, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject, on one line, and body. Raises Invalid `language-missing`, `letter-too-large`."""
        text = self.texts.get(language)
        if text is None:
            raise Invalid.at("language", "language-missing")
        subject = render(text.subject, values, LetterFormat.TEXT)
        return " ".join(subject.split()), render(text.body, values, self.format)


def render(source: str, values: Mapping[str, str], form: LetterFormat) -> str:
    """The text made of a template. Raises Invalid `template-syntax`, `template-not-allowed`, `template-unknown-variable`,
    `template-too-deep`, `letter-too-large`; never says what was in the template."""
    environment = _ENVIRONMENTS[form]
    try:
        _check(environment.parse(source))
        pieces = environment.from_string(source).generate(values)
        return "".join(_bounded(pieces))
    except (TemplateError, SyntaxError, ValueError, ArithmeticError, TypeError):
        raise Invalid("template-syntax") from None
    except (RecursionError, MemoryError):
        raise _too_deep() from None


def _check(tree: nodes.Template) -> None:
    """Walk the tree without recursion; everything that is not known to be harmless is refused."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Filter) and node.name not in _FILTERS):
            raise Invalid("template-not-allowed", line=node.lineno, known=sorted(_FILTERS))
        if isinstance(node, nodes.Name) and node.name not in VARIABLES:
            raise Invalid("template-unknown-variable", line=node.lineno, known=list(VARIABLES))
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LONGEST_LETTER:
            raise Invalid("letter-too-large", most=LONGEST_LETTER)
        yield piece


def _too_deep() -> Invalid:
    return Invalid("template-too-deep", most=DEEPEST)


@dataclass(kw_only=True)
class Letter(Aggregate):
    """A letter as it was issued: sealed text, and the version of the template that it was made of."""

    complaint_id: UUID
    template: str
    template_version: int
    language: str
    kind: str
    media_type: str
    issued_at: datetime
    by: str
    subject: Sealed
    body: Sealed
    addressee: Sealed | None = None

    def issue(self, customer_id: UUID | None) -> None:
        """Publish that it was issued."""
        self._emit(facts.LetterIssued, customer_id=customer_id)


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
