"""Which language an answer has: one rule for problems, for pages and for everything else that people read."""

from __future__ import annotations

from typing import TypeVar

L = TypeVar("L", bound=str)
_MOST_LANGUAGES = 20


def language_for(accepted: str | None, offered: tuple[L, ...]) -> L:
    """The language of `offered` that an Accept-Language header likes best; the first one when it likes none (RFC 9110)."""
    best: tuple[float, int] = (0.0, 0)
    chosen = offered[0]
    for place, part in enumerate((accepted or "").split(",")[:_MOST_LANGUAGES]):
        name, _, quality = part.strip().partition(";q=")
        for language in offered:
            if name.strip().lower().partition("-")[0] == language:
                weight = (_quality(quality), -place)
                if weight > best:
                    best, chosen = weight, language
    return chosen


def chosen_language(asked: str | None, accepted: str | None, offered: tuple[L, ...]) -> L:
    """The language of `offered` that was asked for (`?lang=`); where it is none of these, the one that the browser likes."""
    return next((language for language in offered if language == asked), None) or language_for(accepted, offered)


def _quality(text: str) -> float:
    try:
        value = float(text) if text else 1.0
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
