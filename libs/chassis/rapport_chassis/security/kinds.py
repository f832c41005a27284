"""The one table of kinds of personal data by access level (S113): what each level sees of each kind, for all services.

A field of a view names its kind by its type, and nothing else decides what its reader sees:

    class CommunicationDetail(CommunicationView):
        words: Annotated[str | None, personal(Kind.WORDS)]
        masked: Masked

The answer is masked when it is made for its reader (`web.for_reader`); documents say the kind as `x-kind`.
Why the table is as it is: decision 0047.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from types import MappingProxyType
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rapport_chassis.actor import Actor
from rapport_chassis.security.inside_words import mask_inside
from rapport_chassis.security.masking import HIDDEN, mask_email, mask_name, mask_number, mask_phone
from rapport_chassis.security.scopes import Level, Scope

X_KIND = "x-kind"


class Kind(StrEnum):
    """What a piece of personal data is."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    NUMBER = "number"
    ADDRESS = "address"
    BIRTH_DATE = "birth-date"
    TRAIT = "trait"
    CARE = "care"
    WORDS = "words"
    NOTE = "note"
    LETTER = "letter"
    FILE = "file"
    PROOF = "proof"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Rule:
    """What levels see of a kind: below `seen` nothing (`hidden` stands in its place), from `clear` on all, and between them
    what `between` leaves of it. `what` and `example` are for the table in the documentation."""

    what: str
    example: str
    seen: Level
    clear: Level
    hidden: str | None = None
    between: Callable[[str, int], str] = lambda text, _level: text

    def shown(self, text: str, level: int) -> str | None:
        """The text as `level` sees it."""
        if level >= self.clear:
            return text
        return self.between(text, level) if level >= self.seen else self.hidden


def _inside(text: str, _level: int) -> str:
    return mask_inside(text)


def _year(day: str, _level: int) -> str:
    return f"{day[:4]}-**-**"


_SAYS = "I am on 138 1234 5678 or z@qq.com"


def _written(what: str, example: str = _SAYS) -> Rule:
    return Rule(what, example, Level.CLUE, Level.CLEAR, None, _inside)


def _contact(what: str, example: str, between: Callable[[str, int], str]) -> Rule:
    return Rule(what, example, Level.CLUE, Level.CLEAR, HIDDEN, between)


TABLE: Mapping[Kind, Rule] = MappingProxyType(
    {
        Kind.NAME: _contact("name of a customer", "张小明", mask_name),
        Kind.PHONE: _contact("phone number", "13812345678", mask_phone),
        Kind.EMAIL: _contact("e-mail address", "zhang@qq.com", mask_email),
        Kind.NUMBER: _contact("member number, id at another system", "MN780342", mask_number),
        Kind.ADDRESS: Rule("postal address", "湖滨路 1 号", Level.CLEAR, Level.CLEAR, HIDDEN),
        Kind.BIRTH_DATE: Rule("day of birth", "1985-03-12", Level.PARTIAL, Level.CLEAR, None, _year),
        Kind.TRAIT: Rule("gender, occupation, habits, interests, intent", "teacher", Level.PARTIAL, Level.PARTIAL),
        Kind.CARE: Rule("how to treat a customer, and why they need it", "bereavement", Level.CLUE, Level.CLUE),
        Kind.WORDS: _written("what a customer said: complaint, communication, comment, consent"),
        Kind.NOTE: _written("what staff wrote about a customer: notes of contacts and moves, findings"),
        Kind.LETTER: _written("letter to a customer, the name in it masked as a name"),
        Kind.FILE: _written("where a file lies and what it is called", "s3://records/13812345678.wav"),
        Kind.PROOF: Rule(
            "salt of a digest; null beside words in which something is masked", "9f3c", Level.CLUE, Level.CLEAR
        ),
        Kind.RAW: Rule("message of another system as it came", "{...}", Level.CLEAR, Level.CLEAR, HIDDEN),
    }
)
"""Each reading of any of them leaves a row in the audit trail, with the level."""


def seen(kind: Kind, level: int) -> bool:
    """Whether there is something to see of this kind: else it need not be opened, and no reading is audited."""
    return level >= TABLE[kind].seen


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field of a view. `kinds` by the value of the field `told_by`, where one field holds several kinds; `only`: for
    those who hold this scope, too; `beside`: the field whose digest a proof is of; `naming`: the attribute with the name
    that is masked in a letter."""

    kinds: Mapping[str, Kind]
    told_by: str | None = None
    only: Scope | None = None
    beside: str | None = None
    naming: str | None = None

    def __hash__(self) -> int:
        return hash((*self.kinds.values(), self.told_by, self.only, self.beside, self.naming))

    def kind_in(self, view: Any) -> Kind:
        """The kind of the field in this view."""
        if self.told_by is None:
            return self.kinds[""]
        return self.kinds.get(str(getattr(view, self.told_by)), Kind.NUMBER)

    def clear_for(self, actor: Actor) -> bool:
        """Whether it is in clear for them, whatever it holds."""
        clear = max(TABLE[kind].clear for kind in self.kinds.values())
        return actor.level >= clear and (self.only is None or self.only.admits(actor))

    def text(self, view: Any, text: str, actor: Actor) -> str | None:
        """One text of the field as they see it."""
        rule = TABLE[self.kind_in(view)]
        if self.only is not None and not self.only.admits(actor):
            return rule.hidden
        name = str(getattr(view, self.naming) or "").strip() if self.naming else ""
        if name and rule.seen <= actor.level < rule.clear:
            text = hide_name(name, text, actor.level)
        return rule.shown(text, actor.level)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it: the kind stands beside the type."""
        schema = handler(core)
        names = list(dict.fromkeys(kind.value for kind in self.kinds.values()))
        return {**schema, X_KIND: names[0] if self.told_by is None else names}


def personal(kind: Kind, *, only: Scope | None = None, beside: str | None = None, naming: str | None = None) -> Personal:
    """The field holds this kind. Raises TypeError for a proof of nothing."""
    if (kind is Kind.PROOF) != (beside is not None):
        raise TypeError("a proof, and nothing else, stands beside the words that it proves")
    return Personal(MappingProxyType({"": kind}), only=only, beside=beside, naming=naming)


def personal_by(told_by: str, kinds: Mapping[str, Kind]) -> Personal:
    """What kind the field holds says the field `told_by`: one of `kinds`, else a number."""
    return Personal(MappingProxyType({**kinds, "": Kind.NUMBER}), told_by=told_by)


def shown_to(actor: Actor, kind: Kind, text: str) -> str | None:
    """What is no field of a view, such as the name that goes into a letter, as they see it."""
    return TABLE[kind].shown(text, actor.level)


def hide_name(name: str, text: str, level: int) -> str:
    """The text with a name masked in it: plain, escaped for HTML, in capitals or not."""
    mask = mask_name(name, level)
    for written in {name, escape(name)}:
        text = re.sub(re.escape(written), lambda _: mask, text, flags=re.IGNORECASE)
    return text
