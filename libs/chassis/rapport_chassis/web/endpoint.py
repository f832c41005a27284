"""What a route's function takes and gives, read once at import from its signature.

FastAPI gets a signature of the same operation that it can document; the values themselves are read by this plan, so that
a body is parsed once and no dependency chain is walked for each request.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args, get_origin

import fastapi
from fastapi import params
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo
from starlette.responses import Response

from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Paging
from rapport_chassis.web.body import FormBody, RawBody
from rapport_chassis.web.call import Call

_PATH_NAME = re.compile(r"{(\w+)}")
Place = Literal["path", "query", "header"]
_LISTS = (list, set, tuple, frozenset)


@dataclass(frozen=True, slots=True)
class Described:
    """`body: Annotated[RawBody, Described(PushedEvents)]`: what the document says that the raw bytes are, and which media
    types are read."""

    schema: Any
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How the body is read: `kind`, and for what is not raw the adapter and the field names that an error may show.
    `requires_nothing`: `{}` is a good one."""

    name: str
    kind: Literal["json", "form", "raw"]
    adapter: TypeAdapter[Any] | None
    known: frozenset[str]
    optional: bool
    requires_nothing: bool = False
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class ParamField:
    """One parameter: its key in the model, where it comes from, and whether it may come more than once."""

    key: str
    place: Place
    many: bool


@dataclass(frozen=True, slots=True)
class ParamPlan:
    """Parameters that are validated together, by their name on the wire; handed over as `argument`, or one by one."""

    argument: str | None
    model: type[BaseModel]
    fields: Mapping[str, ParamField]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The plan of one route function."""

    handler: Callable[..., Awaitable[Any]]
    call: str | None
    body: BodyPlan | None
    params: tuple[ParamPlan, ...]
    returns: Any
    adapter: TypeAdapter[Any] | None
    declared: Callable[..., Any] = field(repr=False)


def read_endpoint(handler: Callable[..., Any], path: str) -> Endpoint:
    """The plan of `handler` on `path`. Raises TypeError for what it could not serve: a sync function, no return type,
    FastAPI dependencies, a name of the path that is no argument, an argument without a type."""
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{handler.__qualname__} must be an async function")
    signature = inspect.signature(handler)
    hints = typing.get_type_hints(handler, include_extras=True)
    if "return" not in hints:
        raise TypeError(f"{handler.__qualname__} must say what it returns")
    reader = _Reader(handler.__qualname__, frozenset(_PATH_NAME.findall(path)))
    for parameter in signature.parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"{handler.__qualname__}: '{parameter.name}' needs a type")
        reader.read(parameter, hints[parameter.name])
    returns = None if hints["return"] is type(None) else hints["return"]
    plain = returns in (None, Response | None) or (inspect.isclass(returns) and issubclass(returns, Response))
    return Endpoint(
        handler=handler,
        call=reader.call,
        body=reader.body,
        params=reader.plans(),
        returns=returns,
        adapter=None if plain else _adapter(returns),
        declared=_declared(handler, reader.shown, returns),
    )


def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


class _Reader:
    """Sorts the arguments of one function."""

    def __init__(self, name: str, path_names: frozenset[str]) -> None:
        self.name = name
        self.path_names = path_names
        self.call: str | None = None
        self.body: BodyPlan | None = None
        self.shown: list[inspect.Parameter] = []
        self._single: dict[str, Any] = {}
        self._single_fields: dict[str, ParamField] = {}
        self._groups: list[ParamPlan] = []
        self._seen: set[str] = set()

    def read(self, parameter: inspect.Parameter, hint: Any) -> None:
        """Sort one argument in."""
        bare, extras = _bare(hint)
        if any(isinstance(extra, params.Depends) for extra in (*extras, parameter.default)):
            raise TypeError(f"{self.name}: dependencies are not used; '{parameter.name}' should be a plain argument")
        if bare is Call or get_origin(bare) is Call:
            self.call = parameter.name
        elif parameter.name == "body" or _is(bare, RawBody) or _is(bare, FormBody):
            self._read_body(parameter, hint, bare, extras)
        elif _is(bare, Params):
            self._read_group(parameter, self._group(parameter.name, bare, extras))
        else:
            self._read_single(parameter, hint, bare, extras)

    def plans(self) -> tuple[ParamPlan, ...]:
        """All parameter sets. Raises TypeError when a name of the path is no argument."""
        missing = self.path_names - set(self._single)
        if missing:
            raise TypeError(f"{self.name}: no argument for {', '.join(sorted(missing))} of the path")
        if not self._single:
            return tuple(self._groups)
        config = ConfigDict(allow_inf_nan=False, arbitrary_types_allowed=True)
        model = create_model(f"{self.name}_parameters".replace(".", "_"), __config__=config, **self._single)
        return (ParamPlan(None, model, self._single_fields), *self._groups)

    def _read_body(self, parameter: inspect.Parameter, hint: Any, bare: Any, extras: tuple[Any, ...]) -> None:
        optional = parameter.default is not inspect.Parameter.empty
        if _is(bare, RawBody):
            described = next((extra for extra in extras if isinstance(extra, Described)), Described(bytes))
            self.body = BodyPlan(parameter.name, "raw", None, frozenset(), optional, media_types=described.media_types)
            self._show(parameter, Annotated[described.schema, fastapi.Body()])
            return
        kind: Literal["json", "form"] = "form" if _is(bare, FormBody) else "json"
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        nothing = kind == "json" and _requires_nothing(adapter)
        self.body = BodyPlan(parameter.name, kind, adapter, known_names(adapter), optional, nothing)
        media_type = FormBody.media_type if kind == "form" else "application/json"
        self._show(parameter, Annotated[hint, fastapi.Body(media_type=media_type)])

    def _group(self, name: str, bare: type[Params], extras: tuple[Any, ...]) -> type[Params]:
        if not _is(bare, Paging):
            return bare
        order = next((extra for extra in extras if isinstance(extra, Keyset)), None)
        if order is None:
            raise TypeError(f"{self.name}: a list says what it can be sorted by: {name}: Annotated[Paging, ORDER]")
        return order.parameters

    def _read_group(self, parameter: inspect.Parameter, group: type[Params]) -> None:
        fields: dict[str, ParamField] = {}
        for name, info in group.model_fields.items():
            wire = info.alias or name
            fields[wire] = ParamField(wire, "query", _many(info.annotation))
            default = inspect.Parameter.empty if info.is_required() else info.get_default(call_default_factory=True)
            shown = parameter.replace(name=name, default=default)
            query = fastapi.Query(alias=info.alias, description=info.description)
            self._show(shown, Annotated[(info.annotation, *info.metadata, query)])
        self._groups.append(ParamPlan(parameter.name, group, fields))

    def _read_single(self, parameter: inspect.Parameter, hint: Any, bare: Any, extras: tuple[Any, ...]) -> None:
        info = next((extra for extra in extras if isinstance(extra, FieldInfo)), None)
        key = (info.alias if info is not None else None) or parameter.name
        place: Place = "query"
        wire = key
        if parameter.name in self.path_names:
            place, wire = "path", parameter.name
        elif isinstance(info, params.Header):
            place, wire = "header", (info.alias or parameter.name.replace("_", "-")).lower()
        self._single[parameter.name] = (hint, ... if parameter.default is inspect.Parameter.empty else parameter.default)
        self._single_fields[wire] = ParamField(key, place, _many(bare))
        if isinstance(info, params.Param):
            self._show(parameter, hint)
            return
        marker: Any = {"path": fastapi.Path, "query": fastapi.Query, "header": fastapi.Header}[place]
        about = {"alias": info.alias, "description": info.description} if info is not None else {}
        self._show(parameter, Annotated[hint, marker(**about)])

    def _show(self, parameter: inspect.Parameter, annotation: Any) -> None:
        if parameter.name in self._seen:
            raise TypeError(f"{self.name}: two parameters named '{parameter.name}'")
        self._seen.add(parameter.name)
        self.shown.append(parameter.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY))


def known_names(adapter: TypeAdapter[Any]) -> frozenset[str]:
    """Every field name in the schema of a type: only these may appear in an error, since others came from the caller."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict):
                found.update(properties)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(adapter.json_schema())
    return frozenset(found)


def _requires_nothing(adapter: TypeAdapter[Any]) -> bool:
    try:
        adapter.validate_json(b"{}")
    except ValidationError:
        return False
    return True


def _declared(handler: Callable[..., Any], shown: list[inspect.Parameter], returns: Any) -> Callable[..., Any]:
    """A function with the name and documentation of `handler` and a signature that FastAPI can document."""

    async def declared() -> None:
        raise AssertionError("the route's own plan serves it")

    declared.__name__ = handler.__name__
    declared.__qualname__ = handler.__qualname__
    declared.__module__ = handler.__module__
    declared.__doc__ = handler.__doc__
    signature = inspect.Signature(shown, return_annotation=returns)
    declared.__signature__ = signature  # type: ignore[attr-defined]
    return declared


def _bare(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        bare, *extras = get_args(hint)
        return bare, tuple(extras)
    return hint, ()


def _is(hint: Any, base: type) -> bool:
    return inspect.isclass(hint) and issubclass(hint, base)


def _many(hint: Any) -> bool:
    """Whether a parameter of this type may be given several times."""
    bare, _ = _bare(hint)
    if bare in _LISTS or get_origin(bare) in _LISTS:
        return True
    return any(_many(part) for part in get_args(bare)) if get_origin(bare) in (typing.Union, types.UnionType) else False
