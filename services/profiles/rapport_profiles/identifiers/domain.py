"""Identifiers: what a customer is known by (S1, S18), typed and brought to one form, so that equal values mean the same.

Phone numbers become E.164 under a default region; short codes and numbers that are not valid stay as digits. E-mail
addresses become lower case. Member numbers are the company's own; external ids belong to the source that gave them.
Blocked values (`0`, `000000`, `anonymous`, ...) are what systems write when they do not know the caller: they never match.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.contact_points import SEPARATORS, email_of, phone_of
from rapport_kernel.plain_text import is_unambiguous

MAX_LENGTH = 320
"""Longest raw value, in characters (RFC 3696: the longest e-mail address)."""

STRONG = frozenset({IdentifierKind.MEMBER_NUMBER, IdentifierKind.EXTERNAL_ID})
"""Issued to one customer by an organisation that keeps records; phones and addresses are shared in families and offices."""

CONTACT_POINTS = frozenset({IdentifierKind.PHONE, IdentifierKind.EMAIL})
"""Kinds under which a customer can be reached (S18)."""

DEFAULT_BLOCKED = frozenset(
    {"0", "anonymous", "unknown", "void", "null", "none", "n/a", "na", "nil", "undefined", "private", "withheld",
     "unavailable", "restricted", "test", "-", "匿名", "未知", "无"}
)  # fmt: skip

SHOWN_IN_LISTS = (IdentifierKind.PHONE, IdentifierKind.EMAIL, IdentifierKind.MEMBER_NUMBER)
"""Kinds that a list of customers shows beside the name; a phone is a better contact than an address, whatever its age."""

_SAME_DIGITS_FROM = 4  # 7 and 11 are real external ids, 7777 is a held key


class Problem(StrEnum):
    """Why a value is not an identifier."""

    BLOCKED = "blocked"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A usable identifier: `value` is the normal form, `raw` as it came, `scope` the source for external ids, else empty."""

    kind: IdentifierKind
    value: str = field(repr=False)
    raw: str = field(repr=False)
    scope: str = ""

    @property
    def family(self) -> str:
        """The name it is indexed under: only values of one family are compared with each other."""
        return f"{self.kind}:{self.scope}" if self.scope else str(self.kind)

    @property
    def strong(self) -> bool:
        """Whether it belongs to exactly one customer."""
        return self.kind in STRONG


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier as the store knows it: by its blind index instead of its value."""

    index: bytes
    identifier: Identifier


@dataclass(slots=True)
class Ownership:
    """Who has an identifier (by blind index), and which strong ones each of these customers has, by family."""

    owners: dict[bytes, UUID] = field(default_factory=dict)
    strong: dict[UUID, dict[str, set[bytes]]] = field(default_factory=dict)

    def give(self, customer_id: UUID, index: bytes, family: str, *, strong: bool) -> None:
        """Record that a customer has an identifier."""
        self.owners[index] = customer_id
        if strong:
            self.strong.setdefault(customer_id, {}).setdefault(family, set()).add(index)

    def contradicts(self, customer_id: UUID | None, tokens: Iterable[Token]) -> bool:
        """Whether giving `tokens` to the customer would leave them with two strong identifiers of one family."""
        held = {family: set(indexes) for family, indexes in self.strong.get(customer_id, {}).items()} if customer_id else {}
        for token in tokens:
            if token.identifier.strong:
                same = held.setdefault(token.identifier.family, set())
                same.add(token.index)
                if len(same) > 1:
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Normaliser:
    """The rules of one installation: the region of numbers without a country code (ISO 3166), and blocked values."""

    region: str = "CN"
    blocked: frozenset[str] = DEFAULT_BLOCKED

    @classmethod
    def of(cls, region: str, blocked: Iterable[str] = ()) -> Normaliser:
        """The default blocked values and `blocked`, compared without case, blanks and separators."""
        return cls(region, frozenset(_squeeze(value) for value in (*DEFAULT_BLOCKED, *blocked)))

    def normalise(self, kind: str, raw: str, source: str = "") -> Identifier | Problem:
        """The identifier in `raw`, or why there is none. `source` scopes external ids, which need one."""
        text = unicodedata.normalize("NFKC", raw).strip()
        if len(text) > MAX_LENGTH or not is_unambiguous(text) or kind not in IdentifierKind.__members__.values():
            return Problem.UNUSABLE
        if self.is_blocked(text):
            return Problem.BLOCKED
        kind = IdentifierKind(kind)
        match kind:
            case IdentifierKind.PHONE:
                value = phone_of(text, self.region)
            case IdentifierKind.EMAIL:
                value = email_of(text)
            case IdentifierKind.MEMBER_NUMBER:
                value = _squeeze(text).upper()
            case IdentifierKind.EXTERNAL_ID:
                value = text if source else None
        if value is None:
            return Problem.UNUSABLE
        if kind is IdentifierKind.PHONE and _same_digits(value, 1):
            return Problem.BLOCKED
        return Identifier(kind, value, text, source if kind is IdentifierKind.EXTERNAL_ID else "")

    def is_blocked(self, text: str) -> bool:
        """Whether a value identifies nobody: empty, on the list, all zeros, or one digit repeated."""
        bare = _squeeze(text)
        return not bare or bare in self.blocked or not bare.strip("0") or _same_digits(bare, _SAME_DIGITS_FROM)


def _squeeze(text: str) -> str:
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).casefold() or text.strip().casefold()


def _same_digits(text: str, at_least: int) -> bool:
    bare = text.removeprefix("+")
    return bare.isdigit() and len(bare) >= at_least and len(set(bare)) == 1
