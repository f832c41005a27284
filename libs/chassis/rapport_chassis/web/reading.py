"""Reading what came: bytes under a cap and a deadline, then one validation straight from the bytes.

A body is validated by pydantic's own JSON parser. What that parser lets through (duplicate keys, control characters, numbers
that are not finite in open fields) is found by a second look that makes nothing of what it sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from rapport_kernel.errors import FieldError, Invalid, TooLarge
from rapport_kernel.plain_text import is_clean
from starlette.types import Receive

from rapport_chassis.web.body import FormBody, RawBody
from rapport_chassis.web.endpoint import BodyPlan, ParamPlan
from rapport_chassis.web.field_errors import invalid
from rapport_chassis.web.problems import BadRequest, TooSlow, UnsupportedMedia

MOST_PARAMETERS = 100
_DRAINED = 8 * 1_048_576
_DRAIN_SECONDS = 5.0
_LONGEST_NUMBER = 16
_PLUS_LOST = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)? \d\d:?\d\d")
Headers = Mapping[bytes, bytes]


class ClientGone(Exception):
    """The caller hung up before the request was complete; nobody is left to answer."""


async def receive_body(headers: Headers, receive: Receive, *, cap: int, deadline: float) -> bytes:
    """All bytes of the body. Raises TooLarge before reading more than `cap` bytes, TooSlow when the body is not
    complete after `deadline` seconds, ClientGone."""
    announced = headers.get(b"content-length", b"0")
    length = int(announced) if announced.isdigit() and len(announced) < _LONGEST_NUMBER else _DRAINED + 1
    if length > cap:
        await _drain(receive, most=_DRAINED if length <= _DRAINED else 0)
        raise _too_large(cap)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(deadline):
            while True:
                chunk, more = await _next(receive)
                size += len(chunk)
                if size > cap:
                    await _drain(receive, most=_DRAINED)
                    raise _too_large(cap)
                chunks.append(chunk)
                if not more:
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise TooSlow("body-too-slow", seconds=deadline) from None


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def _drain(receive: Receive, *, most: int) -> None:
    """Read on and throw away, up to `most` bytes: a caller that is cut off while it sends would not see the answer."""
    more = most > 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while more and most > 0:
                chunk, more = await _next(receive)
                most -= len(chunk)


def _too_large(cap: int) -> TooLarge:
    return TooLarge("body-too-large", most=cap)


def read_body(plan: BodyPlan, headers: Headers, raw: bytes, *, may_be_empty: bool = False) -> Any:
    """The value of the body. `may_be_empty`: no body, of whatever type, is `{}`. Raises UnsupportedMedia, BadRequest (not
    JSON, not UTF-8), Invalid."""
    if not raw and plan.optional:
        return None
    if not raw and may_be_empty:
        raw = b"{}"
    else:
        _check_type(plan, headers)
    if plan.adapter is None:
        return RawBody(raw)
    try:
        if plan.kind == "form":
            return plan.adapter.validate_python(_read_form(raw))
        value = plan.adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise BadRequest("invalid-json") from None
        raise invalid(error, "invalid-body", plan.known, plan.adapter) from None
    _look_again(raw, plan)
    return value


def read_params(
    plans: tuple[ParamPlan, ...], path: Mapping[str, str], query: bytes, headers: Headers, *, lenient: bool
) -> dict[str, Any]:
    """The arguments that are parameters. `lenient` ignores unknown query parameters instead of refusing them.

    Raises BadRequest when the query is not UTF-8 or has too many parts, Invalid.
    """
    given = _split(query) if query else {}
    arguments: dict[str, Any] = {}
    used = 0
    for plan in plans:
        values: dict[str, Any] = {}
        for wire, field in plan.fields.items():
            found: list[str] | None
            if field.place == "query":
                found = given.get(wire)
                used += found is not None
            elif field.place == "path":
                found = [path[wire]]
            else:
                raw = headers.get(wire.encode())
                found = None if raw is None else [raw.decode("latin-1")]
            if found is not None:
                values[field.key] = _clean(found, wire, many=field.many)
        try:
            model = plan.model.model_validate(values)
        except ValidationError as error:
            refused = invalid(error, "invalid-parameters", {field.key for field in plan.fields.values()})
            raise Invalid(refused.code, fields=[_plus(each, values) for each in refused.fields]) from None
        if plan.argument is not None:
            arguments[plan.argument] = model
        else:
            arguments.update(model.__dict__)
    if used < len(given) and not lenient:
        known = sorted(wire for plan in plans for wire, field in plan.fields.items() if field.place == "query")
        raise Invalid("unknown-parameter", known=known)
    return arguments


def _plus(found: FieldError, values: Mapping[str, Any]) -> FieldError:
    """The same, or that the plus sign of a time was not encoded, if that is all that is wrong with it."""
    value = values.get(found.path)
    return FieldError(found.path, "unencoded-plus") if isinstance(value, str) and _PLUS_LOST.fullmatch(value) else found


def _split(query: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise BadRequest("invalid-query") from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


def _clean(values: list[str], wire: str, *, many: bool) -> Any:
    if any(not is_clean(value) for value in values):
        raise Invalid("invalid-parameters", fields=[FieldError(wire, "control-character")])
    if many:
        return values
    if len(values) > 1:
        raise Invalid("invalid-parameters", fields=[FieldError(wire, "given-twice")])
    return values[0]


def _check_type(plan: BodyPlan, headers: Headers) -> None:
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise UnsupportedMedia("content-encoding")
    media_type, _, rest = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    media_type = media_type.strip()
    media_types = (FormBody.media_type,) if plan.kind == "form" else plan.media_types
    suffixed = media_type.startswith("application/") and media_type.endswith("+json")
    if media_type not in media_types and not (suffixed and "application/json" in media_types):
        raise UnsupportedMedia(media_types=media_types)
    if "charset" in rest and rest.partition("charset")[2].strip(" =\"'") not in {"utf-8", "utf8"}:
        raise UnsupportedMedia("charset")


def _read_form(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise BadRequest("invalid-form") from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if not is_clean(value):
            raise _unclean("*", "control-character")
        if name in fields:
            held = fields[name]
            fields[name] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            fields[name] = value
    return fields


class _Found(Exception):
    def __init__(self, key: str, code: str) -> None:
        super().__init__(code)
        self.key, self.code = key, code


def _look_again(raw: bytes, plan: BodyPlan) -> None:
    """Raise Invalid for what pydantic's parser accepts: duplicate keys, control characters, infinite numbers."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_look_at)
        _look_into(value, "*")
    except _Found as found:
        raise _unclean(found.key if found.key in plan.known else "*", found.code) from None


def _look_at(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Found("*", "duplicate-key")
    for key, value in pairs:
        if not is_clean(key):
            raise _Found("*", "control-character")
        _look_into(value, key)
    return made


def _look_into(value: Any, key: str) -> None:
    if isinstance(value, str):
        if not is_clean(value):
            raise _Found(key, "control-character")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise _Found(key, "finite-number")
    elif isinstance(value, list):
        for held in value:
            _look_into(held, key)


def _unclean(path: str, code: str) -> Invalid:
    return Invalid("invalid-body", fields=[FieldError(path, code)])
