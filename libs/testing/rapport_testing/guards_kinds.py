"""What is sealed in a table and shown in a view has a kind: else everybody who may read the view would see it in clear."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from rapport_chassis.service import Service
from rapport_chassis.web.for_reader import mark_of
from sqlalchemy import LargeBinary, Table

NO_TEXT = {"hash", "digest", "sha256", "secret_hash", "fingerprint", "salt"}
"""Columns of bytes that hold no text that anybody wrote."""
OF_THE_CHASSIS = {"note": {"histories"}, "value": {"park"}, "headers": {"park"}}
"""What the chassis seals for every service, and in which of its modules it is shown."""


def unkinded(service: Service[Any], modules: Iterable[ModuleType]) -> list[str]:
    """Fields of text, in views that routes of the service answer with, that bear the name of a sealed column and name no
    kind. Where another column of the service has that name and is not sealed, only views of the same subject count."""
    sealed, plain = columns_of(modules)
    found = []
    for model in sorted(views_of(service), key=lambda each: each.__qualname__):
        for name, info in model.model_fields.items():
            where, subjects = _subject(model.__module__), sealed.get(name, set())
            everywhere = name in sealed and name not in plain and not model.__module__.startswith("rapport_chassis.")
            if (everywhere or where in subjects) and mark_of(info) is None and _is_text(info.annotation):
                found.append(f"{model.__module__}.{model.__name__}.{name} is sealed in a table, and has no kind")
    return found


def columns_of(modules: Iterable[ModuleType]) -> tuple[dict[str, set[str]], set[str]]:
    """Names of sealed columns with the subjects that have them, and names of those that are not sealed."""
    sealed: dict[str, set[str]] = {name: set(where) for name, where in OF_THE_CHASSIS.items()}
    plain: set[str] = set()
    for module in modules:
        for table in (value for value in vars(module).values() if isinstance(value, Table)):
            for column in table.columns:
                if not isinstance(column.type, LargeBinary):
                    plain.add(column.name)
                elif column.name not in NO_TEXT:
                    sealed.setdefault(column.name, set()).add(_subject(module.__name__))
    return sealed, plain


def views_of(service: Service[Any]) -> set[type[BaseModel]]:
    """All models that an answer of the service can hold."""
    found: set[type[BaseModel]] = set()
    for route in service.asgi.routes:
        _collect(route.endpoint.returns, found)
    return found


def _collect(hint: Any, found: set[type[BaseModel]]) -> None:
    for model in models_in(hint):
        if model not in found:
            found.add(model)
            for info in model.model_fields.values():
                _collect(info.annotation, found)


def models_in(hint: Any) -> Iterator[type[BaseModel]]:
    """The models in a type, those of its parts, too."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in typing.get_args(hint):
        yield from models_in(part)


def _subject(module: str) -> str:
    """Of a service its subject, of the chassis the module."""
    parts = module.split(".")
    return parts[-1] if parts[0] == "rapport_chassis" else parts[min(1, len(parts) - 1)]


def _is_text(hint: Any) -> bool:
    return hint is str or any(_is_text(each) for each in typing.get_args(hint))
