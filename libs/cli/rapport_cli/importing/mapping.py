"""What a column means: a mapping file turns one row (column name to text) into one item of an import.

A mapping is YAML. Its `item` is a template: an object of the API in which every value is a *rule*:

- a plain text, number or boolean stands for itself
- `{column: NAME}` takes the column, without surrounding blanks; with any of
  `blank: [VALUES]` (these mean "nothing"), `codes: {FROM: TO}` and `otherwise: VALUE` (for what is not in the codes),
  `as: text|number|integer|code`, `longest: N` (cut to N characters); `as: code` makes `credit-card` of `Credit card`
- `{join: [NAMES], with: "-"}` composes an id from columns (nothing when all are blank)
- `{date: NAME, date_format: F, time: NAME, anchor: NAME}` is an instant in the mapping's time zone. `time`
  may be in a column of its own; `anchor` names the column of the row's first time: a time more than twelve hours before it
  lies past midnight and belongs to the next day
- a list holds templates; a template with `when: {column: NAME, not: [VALUES]}` (or `in:`) is left out where it does not hold

What comes to nothing is left out of the item.
"""

from __future__ import annotations

import codecs
import importlib.resources
import json
import math
import re
from collections.abc import Mapping as Columns
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from rapport_contracts.codes import NewCode, code_of

from rapport_cli.importing.templates import RULES, checked

Row = Columns[str, str]
Kind = Literal["calls", "survey", "complaints"]
HALF_A_DAY = timedelta(hours=12)
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
TIME_OF_DAY = re.compile(r"([0-9]{1,2}):([0-5]?[0-9]):([0-5]?[0-9])")


class MappingError(Exception):
    """A mapping file is wrong, or does not fit the file; the message is for the person who wrote it."""


class RowError(Exception):
    """One row cannot be mapped; `reason` is a code, `column` names where. The value is never repeated."""

    def __init__(self, reason: str, column: str) -> None:
        """A stable code, and the column in which it was found."""
        super().__init__(f"{reason}: column {column}")
        self.reason, self.column = reason, column


class FileFormat(BaseModel):
    """How the file is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8-sig"

    @field_validator("delimiter")
    @classmethod
    def _no_line_end(cls, delimiter: str) -> str:
        if delimiter in '"\r\n':
            raise ValueError("is no quote and no line end")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError:
            raise ValueError("is no encoding that is known") from None


class Mapping(BaseModel):
    """A mapping file. `source` names the system the rows come from: with each item's own id it is the item's identity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    source: NewCode
    about: str = ""
    timezone: str = "UTC"
    format: FileFormat = FileFormat()
    survey: dict[str, Any] | None = None
    item: dict[str, Any]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is no time zone of the IANA list") from None
        return name

    @field_validator("item")
    @classmethod
    def _template(cls, item: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = checked(item)
        return made

    @model_validator(mode="after")
    def _survey_has_a_key(self) -> Self:
        if self.survey is not None and not isinstance(self.survey.get("key"), str):
            raise ValueError("survey.key: a text is needed")
        try:
            json.dumps(self.survey, allow_nan=False)
        except (TypeError, ValueError):
            raise ValueError("survey: texts, numbers and booleans are possible (dates in quotes)") from None
        return self

    @property
    def columns(self) -> set[str]:
        """Every column that the template names."""
        return set(_columns(self.item))

    def apply(self, row: Row) -> dict[str, Any]:
        """The item of one row. Raises RowError."""
        made = _Row(row, ZoneInfo(self.timezone)).build(self.item)
        return made if isinstance(made, dict) else {}


def shipped() -> list[str]:
    """The names of the mappings that come with the product."""
    folder = importlib.resources.files("rapport_cli") / "mappings"
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def load(name: str) -> Mapping:
    """A shipped mapping by its name, or one from a file. Raises MappingError."""
    if name in shipped():
        text = (importlib.resources.files("rapport_cli") / "mappings" / f"{name}.yaml").read_text("utf-8")
    else:
        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise MappingError(f"'{name}' is neither a readable file nor one of: {', '.join(shipped())}") from None
    try:
        return Mapping.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise MappingError(f"'{name}' is not YAML: {getattr(error, 'problem', 'malformed')}") from None
    except ValidationError as error:
        raise MappingError(f"'{name}' is not a mapping: {'; '.join(map(_told, error.errors()))}") from None


def _told(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ")
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {message}" if place and not message.startswith(f"{place}") else message


def _columns(template: Any) -> list[str]:
    if isinstance(template, list):
        return [name for part in template for name in _columns(part)]
    if not isinstance(template, dict):
        return []
    if RULES & template.keys():
        named = [template[key] for key in ("column", "date", "time", "anchor") if key in template]
        return named + list(template.get("join", []))
    return [name for part in template.values() for name in _columns(part)]


class _Row:
    """One row being mapped."""

    def __init__(self, row: Row, zone: ZoneInfo) -> None:
        self.row, self.zone = row, zone

    def build(self, template: Any) -> Any:
        """The value of a template or rule; None for nothing."""
        if isinstance(template, list):
            return [made for made in (self.build(part) for part in template) if made is not None] or None
        if not isinstance(template, dict):
            return template
        if "join" in template:
            parts = [self.text(name) for name in template["join"]]
            return template.get("with", "-").join(parts) if any(parts) else None
        if "date" in template:
            return self.instant(template)
        if "column" in template:
            return self.value(template)
        return self.block(template)

    def block(self, template: dict[str, Any]) -> dict[str, Any] | None:
        """An object of the item, or None where its `when` does not hold or nothing is in it."""
        when = template.get("when")
        if when is not None:
            text = self.text(when["column"])
            if text in when.get("not", []) or ("in" in when and text not in when["in"]):
                return None
        made = {key: self.build(part) for key, part in template.items() if key != "when"}
        return {key: value for key, value in made.items() if value is not None} or None

    def text(self, name: str) -> str:
        """A column as it stands, without surrounding blanks."""
        return self.row[name].strip()

    def value(self, rule: dict[str, Any]) -> Any:
        """`{column: ...}` with its options."""
        name, text = rule["column"], self.text(rule["column"])
        if not text or text in rule.get("blank", []):
            return None
        if "codes" in rule:
            if text not in rule["codes"] and "otherwise" not in rule:
                raise RowError("unknown-code", name)
            return rule["codes"].get(text, rule.get("otherwise"))
        match rule.get("as", "text"):
            case "number" if NUMBER.fullmatch(text) and math.isfinite(float(text)):
                return float(text)
            case "integer" if INTEGER.fullmatch(text):
                return int(text)
            case "code":
                made = code_of(text)
                if made is None:
                    raise RowError("not-a-code", name)
                return made
            case "number" | "integer":
                raise RowError("not-a-number", name)
        return text[: rule["longest"]] if "longest" in rule else text

    def instant(self, rule: dict[str, Any]) -> str | None:
        """`{date: ...}`: an ISO 8601 time in UTC."""
        day_text = self.text(rule["date"])
        if not day_text:
            return None
        try:
            day = datetime.strptime(day_text, rule.get("date_format", "%Y-%m-%d"))  # noqa: DTZ007 - the zone follows
        except ValueError:
            raise RowError("not-a-date", rule["date"]) from None
        since_midnight = timedelta()
        if "time" in rule:
            since_midnight = self.time_of_day(rule["time"])
            if "anchor" in rule and since_midnight < self.time_of_day(rule["anchor"]) - HALF_A_DAY:
                since_midnight += timedelta(days=1)
        try:
            moment = day + since_midnight
            return moment.replace(tzinfo=self.zone).astimezone(UTC).isoformat().replace("+00:00", "Z")
        except OverflowError:
            raise RowError("not-a-date", rule["date"]) from None

    def time_of_day(self, name: str) -> timedelta:
        """`H:MM:SS` (hours may pass 24) as the time since midnight."""
        found = TIME_OF_DAY.fullmatch(self.text(name))
        if found is None:
            raise RowError("not-a-time", name)
        hours, minutes, seconds = (int(part) for part in found.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
