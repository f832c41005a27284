"""Serving one route: who calls, what came, one transaction, one answer.

    gate -> parameters -> body -> (idempotency slot) -> route function -> bytes of the answer -> commit -> send

The answer leaves only after the commit; whatever goes wrong before rolls everything back and becomes a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ipaddress import IPv6Network
from typing import Any
from urllib.parse import quote
from uuid import UUID

from rapport_kernel.errors import PreconditionRequired, RapportError
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import is_transient, sqlstate
from rapport_chassis.observability import trace_id
from rapport_chassis.security.callers import ANYBODY, Callers
from rapport_chassis.security.scopes import Public
from rapport_chassis.sheets import LANGUAGES
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web import for_reader, idempotency
from rapport_chassis.web.answer import Answer
from rapport_chassis.web.call import Call
from rapport_chassis.web.endpoint import Endpoint
from rapport_chassis.web.negotiation import language_for
from rapport_chassis.web.operations import On, Operations
from rapport_chassis.web.problems import BadRequest, problem
from rapport_chassis.web.reading import read_body, read_params, receive_body
from rapport_chassis.web.representation import IF_MATCH, negotiated
from rapport_chassis.web.router import Route
from rapport_chassis.work import WorkFactory

TRACEPARENT = "rapport.traceparent"
ROUTE = "rapport.route"
ACTOR = "rapport.actor"
STANDING = "rapport.standing"
DEPRECATION = "rapport.deprecation"
"""What the handler writes into the ASGI scope for the layers around it."""
HEAD = "rapport.head"
BELONGS = "rapport.belongs"
LEAVE = "rapport.leave"
RECOGNISE = "rapport.recognise"
STREAMS = "rapport.streams"
"""What the layers around write into it: whether only the head of an answer is wanted; `BELONGS(caller)`, which says whose
place among the requests this is, None: a stranger's; `LEAVE()`, which gives it to another one, for an answer that goes on
for long; `await RECOGNISE()`, the caller once more, who may be unknown by now; and that the answer is such a one."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one request may take: bytes of its body, seconds until the body is complete."""

    body: int = 1_048_576
    body_seconds: float = 30.0


class Handler:
    """The ASGI app of one route."""

    def __init__(
        self,
        route: Route,
        works: WorkFactory[Any],
        callers: Callers,
        caps: Caps,
        operations: Operations,
        staff: StaffRegister | None = None,
    ) -> None:
        """`works` opens the units of work of the service, `operations` are those of all its routes; `staff` knows names of
        people, if the service does."""
        self.route = route
        self._works = works
        self._callers = callers
        self._operations = operations
        self._cap = route.max_body if route.max_body is not None else caps.body
        self._deadline = caps.body_seconds
        self._staff = staff
        self._completes = for_reader.concerns(route.endpoint.returns)
        self._deprecation: dict[str, str] = {}
        if route.deprecated is not None:
            self._deprecation = route.deprecated.headers(f"/{route.path.split('/')[1]}/docs#{route.operation}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises whatever went wrong; nothing has been sent then."""
        route = self.route
        scope[ROUTE] = route.name
        scope[DEPRECATION] = self._deprecation
        headers: dict[bytes, bytes] = dict(scope["headers"])
        actor = ANYBODY
        if route.limited:
            note = partial(scope.__setitem__, STANDING)
            actor = await self._callers.admit(
                route.allow, headers, _address(scope), note, route.name, acting=route.method != "GET"
            )
        scope[ACTOR] = actor
        if route.limited and BELONGS in scope:
            scope[BELONGS](None if actor is ANYBODY else str(actor))
        scope[RECOGNISE] = partial(self._callers.recognise, headers)
        language = language_for(headers.get(b"accept-language", b"").decode("latin-1"), LANGUAGES)
        calling = partial(
            Call,
            self._works,
            actor,
            _cause(scope),
            self._version(headers),
            self._operations,
            language,
            self._callers.limiter,
        )
        if route.first is not None:
            refused = await self._first(route.first, calling(), scope, headers)
            if refused is not None:
                await refused(scope, receive, send)
                return
        arguments = self._arguments(route.endpoint, scope, headers)
        raw = b""
        body = route.endpoint.body
        if body is not None:
            raw = await receive_body(headers, receive, cap=self._cap, deadline=self._deadline)
            arguments[body.name] = read_body(body, headers, raw, may_be_empty=route.body_may_be_empty)
        slot = self._slot(headers, actor, scope, raw)
        try:
            answer = await self._attempt(calling(), slot, arguments)
        except DBAPIError as error:
            if route.method != "GET" or not _lost(error):
                raise
            answer = await self._attempt(calling(), slot, arguments)
        if isinstance(answer, Answer):
            answer = await negotiated(answer, headers, reads=route.method == "GET", shared=route.shared)
            await answer.send(send)
        else:
            await answer(scope, receive, send)

    def _arguments(self, endpoint: Endpoint, scope: Scope, headers: Mapping[bytes, bytes]) -> dict[str, Any]:
        """Those that come in the address and in the head. Raises Invalid."""
        lenient = self.route.allow is Public
        arguments: dict[str, Any] = read_params(
            endpoint.params, scope["path_params"], scope["query_string"], headers, lenient=lenient
        )
        return arguments

    async def _first(
        self, endpoint: Endpoint, call: Call[Any], scope: Scope, headers: Mapping[bytes, bytes]
    ) -> Response | None:
        """What the route answers before it has read a body, if it does."""
        arguments = self._arguments(endpoint, scope, headers)
        if endpoint.call is not None:
            arguments[endpoint.call] = call
        try:
            answer: Response | None = await endpoint.handler(**arguments)
            await call.commit()
        except BaseException as error:
            await call.abandon(error)
            raise
        return answer

    async def _attempt(self, call: Call[Any], slot: idempotency.Slot | None, arguments: dict[str, Any]) -> Answer | Response:
        """The answer, committed; or nothing has happened."""
        if self.route.endpoint.call is not None:
            arguments[self.route.endpoint.call] = call
        try:
            answer = await self._answer(call, slot, arguments)
            await call.commit()
        except RapportError as error:
            told = call.told(error, self.route.on if isinstance(self.route.on, On) else None, self.route.verb)
            await call.abandon(error)
            if told is error:
                raise
            raise told from error
        except BaseException as error:
            await call.abandon(error)
            raise
        return answer

    async def _answer(self, call: Call[Any], slot: idempotency.Slot | None, arguments: dict[str, Any]) -> Answer | Response:
        if slot is not None:
            stored = await idempotency.claim((await call.work()).connection, slot, self._works.keys)
            if stored is not None:
                return stored
        value = await self.route.endpoint.handler(**arguments)
        if self._completes and call.refusal is None:
            await for_reader.complete(value, call, self._staff)
        if isinstance(value, StreamingResponse):
            if slot is not None:
                raise BadRequest("no-idempotency")
            return value
        refused = call.refusal
        answer = self._write(value, call, arguments) if refused is None else self._refuse(refused, call)
        if slot is not None:
            connection = (await call.work()).connection
            # A page that says no has done nothing: a key is not kept for it, as none is for a problem that is raised.
            done = refused is not None or answer.status < HTTPStatus.BAD_REQUEST
            if done:
                await idempotency.keep(connection, slot, self._works.keys, answer, shown_once=self.route.shown_once)
            else:
                await idempotency.give_up(connection, slot)
        return answer

    def _refuse(self, refused: RapportError, call: Call[Any]) -> Answer:
        return problem(refused, trace_id(call.cause.traceparent), call.language)

    def _write(self, value: Any, call: Call[Any], arguments: Mapping[str, Any]) -> Answer:
        status = call.status or self.route.status
        headers = call.headers
        if isinstance(value, Response):
            own = {name: held for name, held in value.headers.items() if name not in {"content-length", "content-type"}}
            return Answer(value.status_code, bytes(value.body), value.headers.get("content-type"), {**headers, **own})
        version = getattr(value, "version", None)
        if isinstance(version, int) and "ETag" not in headers:
            headers["ETag"] = f'"{version}"'
        if self.route.location is not None:
            made = quote(str(getattr(value, self.route.location)), safe="")
            headers["Location"] = f"{self.route.path.format_map(arguments)}/{made}"
        adapter = self.route.endpoint.adapter
        if adapter is None:
            return Answer(status, b"", None, headers)
        return Answer(status, adapter.dump_json(value, by_alias=True), JSON, headers)

    def _version(self, headers: Mapping[bytes, bytes]) -> int | None:
        """The version that If-Match names; reading needs none. Raises BadRequest, PreconditionRequired."""
        given = headers.get(b"if-match") if self.route.method != "GET" else None
        if given is None:
            if self.route.demand_version:
                raise PreconditionRequired
            return None
        if given.strip() == b"*":
            return None
        match = IF_MATCH.fullmatch(given.strip())
        if match is None:
            raise BadRequest("bad-if-match")
        return int(match[1])

    def _slot(self, headers: Mapping[bytes, bytes], actor: Actor, scope: Scope, raw: bytes) -> idempotency.Slot | None:
        if self.route.method != "POST":
            return None
        key = headers.get(b"idempotency-key")
        if key is None:
            if self.route.demand_key:
                raise BadRequest("idempotency-key-required")
            return None
        target = scope["path"].encode() + b"?" + scope["query_string"]
        return idempotency.Slot.of(key, actor, self.route.name, target, raw)


def _lost(error: DBAPIError) -> bool:
    """Whether a read that failed so is worth a second try at once: the connection was lost, or its plans were outdated by
    a migration. What takes too long would only take long again."""
    return is_transient(error) and not (sqlstate(error) or "08").startswith(("57014", "55", "53"))


def _address(scope: Scope) -> str:
    """Where the caller is, to count by: of IPv6 the network, since who has one address there has all of its network."""
    client = scope.get("client")
    address = str(client[0]) if client else "unknown"
    return str(IPv6Network(f"{address}/64", strict=False)) if ":" in address else address


def _cause(scope: Scope) -> Cause:
    parent = scope.get(TRACEPARENT)
    trace = trace_id(parent)
    return Cause(correlation_id=UUID(trace), traceparent=parent) if trace else Cause()
