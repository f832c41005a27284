"""The page of all settings, `docs/settings.md`, written from the classes that read them: `make drawing`. A test holds it
against them."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import NoDecode
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.company import CompanySettings
from rapport_chassis.settings import ServiceSettings
from rapport_cli.variables import ELSEWHERE, PREFIX, classes

from rapport_testing.guards import ROOT

PAGE = ROOT / "docs/settings.md"
HEAD = """# Settings
Written by `make drawing` from the classes that read them; a test holds it against the code. When to use which:
[operator.md](operator.md).

A variable of the environment comes first, then a file of its name in lower case in a folder of `RAPPORT_SECRETS_DIR`. A
duration is written as ISO 8601 (`PT15S`, `P90D`) or in seconds, a list as JSON. A setting that is wrong or missing, or one
that begins with `RAPPORT_` and is not on this page, keeps every command from starting: one line names it, and the nearest.
"""
_TABLE = ("| setting | kind | as it is | read by | what it is |", "|---|---|---|---|---|")


def page(services: Mapping[str, type[ServiceSettings]]) -> str:
    """The whole page, for the settings of these services."""
    parts: list[tuple[str, type[BaseModel], set[str], str]] = [
        ("The broker", BrokerSettings, set(), "all"),
        ("Pages of customers", CompanySettings, set(), "api"),
        ("Every service", ServiceSettings, {*BrokerSettings.model_fields, *CompanySettings.model_fields}, "all"),
        *((name.capitalize(), kind, set(ServiceSettings.model_fields), "all") for name, kind in sorted(services.items())),
    ]
    lines = [HEAD]
    for title, kind, inherited, role in parts:
        if rows := list(_rows(kind, inherited, role)):
            lines += [f"## {title}", *_TABLE, *rows, ""]
    lines += ["## Read elsewhere", "| variable | read by | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {who} | {what} |" for name, (who, what) in sorted(ELSEWHERE.items())]
    return "\n".join(lines) + "\n"


def undescribed(kinds: Iterable[type[BaseModel]]) -> list[str]:
    """The settings of which nobody says what they are."""
    return sorted({name for kind in kinds for name, field in kind.model_fields.items() if not field.description})


def read_in(folder: Path) -> set[str]:
    """The variables that files below this folder name."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix in {".py", ".sh", ".yml", ".conf", ""})
    return {name for file in files for name in re.findall(r"RAPPORT_[A-Z_]*[A-Z]\b", file.read_text(errors="ignore"))}


def _rows(kind: type[BaseModel], inherited: set[str], role: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        if name not in inherited:
            extra = field.json_schema_extra
            who = extra["role"] if isinstance(extra, dict) and "role" in extra else role
            words = (field.description or "").replace("|", "\\|")
            yield f"| `{PREFIX}{name.upper()}` | {_kind_of(field)} | {_default(field)} | {who} | {words} |"


def _kind_of(field: FieldInfo) -> str:
    return "text" if NoDecode in field.metadata else _kind(field.annotation)


def _kind(annotation: Any) -> str:
    """What may be written, in a word."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin in {Union, types.UnionType}:
        return _kind(next(each for each in inner if each is not types.NoneType))
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in inner)
    names = {timedelta: "duration", bool: "`true`, `false`", int: "number", Path: "path", SecretStr: "secret"}
    return names.get(annotation, "list" if origin in {list, tuple} else "text")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True) if field.default_factory else field.default
    if value is PydanticUndefined:
        return "must be set"
    if value in (None, "", (), []):
        return "none"
    return f"`{_duration(value) if isinstance(value, timedelta) else str(value).lower() if value is True else value}`"


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for size, form in ((86400, "P{}D"), (3600, "PT{}H"), (60, "PT{}M")):
        if seconds and seconds % size == 0:
            return form.format(seconds // size)
    return f"PT{seconds}S"


if __name__ == "__main__":
    PAGE.write_text(page(classes()))
