"""Whether the template of a mapping is one: told when the mapping is read, not at row 40,000."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

RULES = {"column", "join", "date"}
Scalar = str | int | float | bool
SCALARS = (str, int, float, bool)


def _as_in_a_file(value: object) -> object:
    """What stands in a column is text: a number of YAML is meant as it is written, a yes/no cannot be told apart."""
    if isinstance(value, bool):
        raise ValueError("yes, no, on, off, true, false have to stand in quotes")  # noqa: TRY004 - pydantic's way
    return str(value) if isinstance(value, int | float) else value


Column = Annotated[str, Field(min_length=1)]
Cell = Annotated[str, BeforeValidator(_as_in_a_file)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _When(_Rule):
    column: Column
    is_not: list[Cell] | None = Field(default=None, alias="not")
    is_in: list[Cell] | None = Field(default=None, alias="in")


class _Taken(_Rule):
    column: Column
    blank: list[Cell] = Field(default_factory=list)
    codes: dict[Cell, Scalar] | None = None
    otherwise: Scalar | None = None
    as_: Literal["text", "number", "integer", "code"] = Field(default="text", alias="as")
    longest: int | None = Field(default=None, ge=1)


class _Joined(_Rule):
    join: list[Column] = Field(min_length=1)
    with_: str = Field(default="-", alias="with")


class _Instant(_Rule):
    date: Column
    date_format: str = "%Y-%m-%d"
    time: Column | None = None
    anchor: Column | None = None


def checked(template: Any, path: str = "item") -> Any:
    """The template with every cell value as text. Raises ValueError that says where it is wrong."""
    if isinstance(template, list):
        return [checked(part, f"{path}.{place}") for place, part in enumerate(template)]
    if not isinstance(template, dict):
        if not isinstance(template, SCALARS) or (isinstance(template, float) and not math.isfinite(template)):
            raise ValueError(f"{path}: a rule, or a plain text, number or boolean is needed (dates in quotes)")
        return template
    if any(not isinstance(key, str) for key in template):
        raise ValueError(f"{path}: names are texts")
    if RULES & template.keys():
        return _rule(template, path)
    made = {key: checked(part, f"{path}.{key}") for key, part in template.items() if key != "when"}
    if "when" in template:
        made["when"] = _valid(_When, template["when"], f"{path}.when")
    return made


def _rule(template: dict[str, Any], path: str) -> dict[str, Any]:
    kind = next(model for key, model in (("join", _Joined), ("date", _Instant), ("column", _Taken)) if key in template)
    rule = _valid(kind, template, path)
    if kind is _Instant and "date_format" in rule:
        sample = datetime(2001, 2, 3, 4, 5, 6)  # noqa: DTZ001 - only its text matters
        try:
            datetime.strptime(sample.strftime(rule["date_format"]), rule["date_format"])  # noqa: DTZ007
        except ValueError:
            raise ValueError(f"{path}.date_format: is no date format") from None
    return rule


def _valid(model: type[_Rule], given: Any, path: str) -> dict[str, Any]:
    try:
        return model.model_validate(given).model_dump(by_alias=True, exclude_unset=True)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(str(part) for part in wrong["loc"])
        raise ValueError(f"{path}{'.' if place else ''}{place}: {wrong['msg']}") from None
