"""What is on its way out: declared where a route or field is, told in the document, by a route with each answer too.

router.get("/cases", allow=READ, deprecated=Deprecated(date(2027, 1, 4), date(2027, 9, 1), "Use `GET complaints`."))
colour: Annotated[str, Deprecated(date(2027, 1, 4), date(2027, 9, 1), "Use `shade`.")]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

NOTICE = timedelta(days=180)
"""How long something that is deprecated stays at least."""
WORDS = "x-deprecation"
"""Where a schema keeps the words until the document has its description."""


@dataclass(frozen=True, slots=True)
class Deprecated:
    """`since`: the day from which nobody should begin to use it; `sunset`: the day until which it stays at least, which a
    new major version may end; `instead`: a sentence on what to use.

    Raises ValueError for a sunset that comes too soon, and without that sentence.
    """

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        """Checked where it is declared, so at import."""
        if self.sunset < self.since + NOTICE:
            raise ValueError(f"what is deprecated stays for {NOTICE.days} days at least")
        if not self.instead.endswith("."):
            raise ValueError("say in a sentence what to use instead")

    @property
    def words(self) -> str:
        """For the description."""
        return f"Deprecated since {self.since}, stays until {self.sunset} at least. {self.instead}"

    @property
    def marks(self) -> dict[str, Any]:
        """Beside the description, for programs."""
        return {"deprecated": True, "x-sunset": self.sunset.isoformat()}

    def headers(self, about: str) -> dict[str, str]:
        """`Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a link to the page `about` it."""
        since, sunset = (datetime.combine(day, time(), UTC) for day in (self.since, self.sunset))
        return {
            "Deprecation": f"@{since.timestamp():.0f}",
            "Sunset": format_datetime(sunset, usegmt=True),
            "Link": f'<{about}>; rel="deprecation"; type="text/html"',
        }

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it, of a field."""
        return {**handler(core), **self.marks, WORDS: self.words}


def tell(part: dict[str, Any]) -> None:
    """Add the words of a deprecated schema to its description."""
    if words := part.pop(WORDS, None):
        part["description"] = " ".join(filter(None, [part.get("description"), words]))
