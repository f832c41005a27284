"""The company that an installation serves, as its customers see it: name, logo, colours, how to reach it, privacy.

Everything is optional. What is not set is not shown, and what would show badly keeps the process from starting.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PAPER = "#ffffff"
"""What is written on, by day."""
PAPER_DARK = "#14171a"
"""What is written on where the reader prefers dark pages."""
LEAST_CONTRAST = 4.5
"""Of text to its background (WCAG 2.2, 1.4.3 level AA). Buttons are written on in the colour of the paper: the same pair."""
LARGEST_LOGO = 32 * 1024
"""Bytes of the image: it is a part of every page."""
_LONGEST_ADDRESS = 500
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LOGO = re.compile(r"data:image/(png|jpeg|webp|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})")
_LINEAR_BELOW = 0.04045


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, "relative luminance")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= _LINEAR_BELOW else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _floored(ratio: float) -> float:
    """Two places, never rounded up to what would be enough."""
    return math.floor(ratio * 100) / 100


def _readable_on(paper: str, remedy: str) -> Callable[[str], str]:
    def check(colour: str) -> str:
        if not _COLOUR.fullmatch(colour):
            raise ValueError("a colour is written as #rrggbb")
        ratio = contrast(colour, paper)
        if ratio < LEAST_CONTRAST:
            raise ValueError(
                f"text in this colour has a contrast of {_floored(ratio)}:1, and needs 4.5:1: take a {remedy} one"
            )
        return colour.lower()

    return check


def _logo(uri: str) -> str:
    found = _LOGO.fullmatch(uri)
    if found is None:
        raise ValueError("a logo is a data URI: data:image/png;base64,... (png, jpeg, webp or svg+xml)")
    try:
        image = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raise ValueError("the logo is not base64") from None
    if len(image) > LARGEST_LOGO:
        raise ValueError(f"the logo has {len(image)} bytes, at most {LARGEST_LOGO} are taken")
    if not _IS[found[1]](image):
        raise ValueError(f"the logo is not image/{found[1]} inside")
    return uri


def _svg(image: bytes) -> bool:
    return b"<svg" in image[:1000] and b"<!DOCTYPE" not in image and b"<!ENTITY" not in image


_IS: dict[str, Callable[[bytes], bool]] = {
    "png": lambda image: image.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpeg": lambda image: image.startswith(b"\xff\xd8\xff"),
    "webp": lambda image: image[:4] == b"RIFF" and image[8:12] == b"WEBP",
    "svg+xml": _svg,
}


def _secure(url: str) -> str:
    parts = urlsplit(url)
    plain = re.fullmatch(r"[!-~]+", url) is not None and len(url) <= _LONGEST_ADDRESS
    if not plain or parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise ValueError("an address is written as https://..., in ASCII, without a user name")
    return url


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


_UNSET_IF_EMPTY = BeforeValidator(_none_if_empty)
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_PRINTABLE)]
Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=_PRINTABLE)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{1,30}[0-9]$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[!-?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
Secure = Annotated[str, AfterValidator(_secure)]


class CompanySettings(BaseSettings):
    """What customers see of the company on the pages that they open by a link (`RAPPORT_COMPANY_*`)."""

    model_config = SettingsConfigDict(env_prefix="RAPPORT_", frozen=True, extra="ignore")

    company_name: Annotated[Line | None, _UNSET_IF_EMPTY] = Field(default=None, description="as customers know it")
    company_name_en: Annotated[Line | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="on English pages, where it is another one"
    )
    company_logo: Annotated[Annotated[str, AfterValidator(_logo)] | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="data URI of png, jpeg, webp or svg+xml, at most 32 KiB; is read out as the name"
    )
    company_colour: Annotated[str, AfterValidator(_readable_on(PAPER, "darker"))] = Field(
        default="#0b5394", description="of links and buttons, #rrggbb; at least 4.5:1 to white"
    )
    company_colour_dark: Annotated[str, AfterValidator(_readable_on(PAPER_DARK, "lighter"))] = Field(
        default="#8ab4f8", description="the same on dark pages; at least 4.5:1 to #14171a"
    )
    company_url: Annotated[Secure | None, _UNSET_IF_EMPTY] = Field(default=None, description="its site, https")
    company_phone: Annotated[Phone | None, _UNSET_IF_EMPTY] = Field(default=None, description="for customers")
    company_email: Annotated[Email | None, _UNSET_IF_EMPTY] = Field(default=None, description="for customers")
    company_privacy_url: Annotated[Secure | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="its privacy notice, https"
    )
    company_privacy_zh: Annotated[Passage | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="above the complaint form: who receives the data and why"
    )
    company_privacy_en: Annotated[Passage | None, _UNSET_IF_EMPTY] = Field(default=None, description="the same in English")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.company_logo or self.company_name_en) and self.company_name is None:
            raise ValueError("RAPPORT_COMPANY_NAME is missing: the logo and the English name need it")
        if (self.company_privacy_zh is None) != (self.company_privacy_en is None):
            raise ValueError("RAPPORT_COMPANY_PRIVACY_ZH and RAPPORT_COMPANY_PRIVACY_EN are set together")
        return self

    def company_name_in(self, language: str) -> str | None:
        """What the company is called on a page in this language; None when nobody has said."""
        return self.company_name_en or self.company_name if language == "en" else self.company_name

    def company_privacy_in(self, language: str) -> str | None:
        """The company's own words on who receives the data and why; None when it has set none."""
        return self.company_privacy_en if language == "en" else self.company_privacy_zh
