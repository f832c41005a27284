"""Bodies that only HTTP knows: plain HTML forms, and bytes that nobody looked at."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict

from rapport_chassis.bodies import Body


class FormBody(Body):
    """A body sent by a plain HTML form (`application/x-www-form-urlencoded`): fields are text, empty ones are absent."""

    model_config = ConfigDict(strict=False)

    media_type: ClassVar[str] = "application/x-www-form-urlencoded"


class RawBody(bytes):
    """The bytes as they came, under the same caps and checks of the content type: for hot paths that validate each item
    themselves with a TypeAdapter made at import. Nothing inside has been looked at."""

    __slots__ = ()
