"""Routes that say who may call them, which errors they answer, and nothing about transactions, keys and versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, TypeVar, Unpack

from pydantic import BaseModel
from rapport_kernel.errors import Declared

from rapport_chassis.security.scopes import Allow, Known, Public, Scope
from rapport_chassis.web.deprecation import Deprecated
from rapport_chassis.web.endpoint import Endpoint, read_endpoint
from rapport_chassis.web.operations import Aside, On, Operation, Operations

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Audience = Literal["everybody", "operators"]
"""Whom a route is for: operators have tools of their own, and front ends need not know these routes."""
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Route:
    """One operation as declared: everything that the handler, the OpenAPI document and `who_may_call` need."""

    method: Method
    path: str
    allow: Allow
    endpoint: Endpoint
    errors: tuple[Declared, ...] = ()
    status: int = 200
    also: tuple[tuple[int, str], ...] = ()
    tags: tuple[str, ...] = ()
    summary: str | None = None
    demand_version: bool = False
    demand_key: bool = False
    max_body: int | None = None
    hidden: bool = False
    limited: bool = True
    produces: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    shows: Any = None
    audience: Audience = "everybody"
    location: str | None = None
    """The field of what it made that ends its address, `<path>/<value>`; worked out from the routes of a service."""
    on: On | Aside | None = None
    shared: bool = False
    deprecated: Deprecated | None = None
    shown_once: bool = False
    first: Endpoint | None = None

    @property
    def verb(self) -> str | None:
        """The name of the operation, where the path ends with one: `:pause`."""
        return self.path.rsplit(":", 1)[1] if ":" in self.path.rsplit("/", 1)[-1] else None

    @property
    def carries(self) -> tuple[type[BaseModel], ...]:
        """What the events of a stream hold; nothing where the answer is no stream."""
        found: tuple[type[BaseModel], ...] = getattr(self.endpoint.returns, "carries", ())
        return found

    @property
    def body_may_be_empty(self) -> bool:
        """A POST whose body requires nothing may come without one; no body is `{}`."""
        body = self.endpoint.body
        return self.method == "POST" and body is not None and body.requires_nothing

    @property
    def name(self) -> str:
        """Method and path: the key of the route for limits, idempotency keys and metrics."""
        return f"{self.method} {self.path}"

    def under(self, prefix: str) -> Route:
        """The same route with this before its path."""
        return replace(self, path=prefix + self.path)

    @property
    def operation(self) -> str:
        """The operation id: the name of the function, with the tag before it; without blanks, for generators of clients."""
        name = self.endpoint.handler.__name__
        return f"{self.tags[0].replace(' ', '-')}.{name}" if self.tags else name


class Options(TypedDict, total=False):
    """What a route may say beside its path and who may call it; see `Router.add`."""

    errors: Sequence[Declared]
    status: int | None
    also: Mapping[int, str]
    tags: Sequence[str]
    summary: str | None
    demand_version: bool
    demand_key: bool
    max_body: int | None
    hidden: bool
    limited: bool
    produces: Sequence[str]
    sends: Sequence[str]
    shows: Any
    on: On | Aside | None
    shared: bool
    deprecated: Deprecated | None
    shown_once: bool
    first: Callable[..., Any] | None


def operations_of(routes: Iterable[Route]) -> Operations:
    """The operations that these routes are, in their order."""
    return Operations(
        Operation(route.verb, route.allow, route.on)
        for route in routes
        if route.verb is not None and isinstance(route.on, On)
    )


class Router:
    """A list of routes under `/v1`. What `fastapi.APIRouter` is to FastAPI; an app is made of routers by `build_app`.

        router = Router(tags=["complaints"])

        @router.post("/complaints", allow=Scope("complaints:file", level=1), errors=[NotFound], status=201)
        async def file_complaint(body: NewComplaint, call: Call[ComplaintsWork]) -> ComplaintView:
            return view(await call.run(usecases.file_complaint, body))

    Arguments of a route: names in the path; `body` (a `Body`, `FormBody`, `RawBody`, or any type made of them); a
    `Params` class such as `Paging`, whose fields become query parameters; `Call[...]`; anything else is a query parameter.
    """

    def __init__(
        self, prefix: str = "", tags: Sequence[str] = (), *, about: str | None = None, audience: Audience = "everybody"
    ) -> None:
        """`prefix` comes after `/<service>/v1`. `about` says what the operations of the tag are about; of several routers
        with one tag, one says it."""
        self.prefix = prefix
        self.tags = tuple(tags)
        self.about = about
        self.audience = audience
        self.routes: list[Route] = []

    def add(
        self,
        method: Method,
        path: str,
        handler: Callable[..., Any],
        *,
        allow: Allow,
        errors: Sequence[Declared] = (),
        status: int | None = None,
        also: Mapping[int, str] | None = None,
        tags: Sequence[str] = (),
        summary: str | None = None,
        demand_version: bool = False,
        demand_key: bool = False,
        max_body: int | None = None,
        hidden: bool = False,
        limited: bool = True,
        produces: Sequence[str] = (),
        sends: Sequence[str] = (),
        shows: Any = None,
        on: On | Aside | None = None,
        shared: bool = False,
        deprecated: Deprecated | None = None,
        shown_once: bool = False,
        first: Callable[..., Any] | None = None,
    ) -> None:
        """Add one route.

        allow: who may call it, `Scope(name, level)`, `Known` or `Public`. There is no default.
        errors: problems that its use case may raise, for the document: classes, or codes of the register where an error has
            a code of its own. What follows from the route itself (token, parameters, body, keys ...) is added by `codes_of`.
        status: of a good answer; 204 where the handler returns None, else 200.
        also: other statuses of good answers with the same body, and what each means: those that the route sets itself.
        demand_version: refuse with 428 when there is no If-Match.
        demand_key: refuse with 400 when there is no Idempotency-Key.
        max_body: bytes accepted, where the app's own cap does not fit.
        hidden: not in the OpenAPI document.
        limited: False for health and metrics, whose callers must never be told to come back later.
        produces: media types of answers beside JSON, for the document: a route that returns a `Response` of its own.
        sends: names of headers that its good answers bear beside those that follow from what it is (`web.headers`).
        shows: the type of the JSON in a `Response` of the route's own, for the document.
        on: of an operation `POST <thing>:<verb>`, what it acts on and when it is possible; see `operations`.
        shared: its answer holds nothing of anybody and is the same for all; caches may keep it and ask if it still holds.
        deprecated: since when nobody should begin to use it, until when it stays, what to use instead.
        shown_once: its answer holds a secret or a link that opens something: it is not kept, and a repeat is refused.
        first: asked before anything of the body is read, in a transaction of its own: a function like the handler, which
            returns the answer when there is to be no other, else None. A public route asks whether its link opens anything,
            so that strangers cannot hold places by sending slowly.

        Raises TypeError, at import, for a route that does not say who may call it, has an argument that cannot be read, or
        is an operation that nobody can say when to use (`On`).
        """
        if not (isinstance(allow, Scope) or allow in (Known, Public)):
            raise TypeError(f"{method} {path} must say who may call it: allow=Scope(...), allow=Known or allow=Public")
        if not limited and allow is not Public:
            raise TypeError(f"{method} {path}: only a public route can be without limits")
        if isinstance(on, On) and ":" not in path:
            raise TypeError(f"{method} {path}: only an operation `<thing>:<verb>` acts on something")
        endpoint = read_endpoint(handler, self.prefix + path)
        self.routes.append(
            Route(
                method=method,
                path=self.prefix + path,
                allow=allow,
                endpoint=endpoint,
                errors=tuple(errors),
                status=status or (204 if endpoint.returns is None else 200),
                also=tuple((also or {}).items()),
                tags=(*self.tags, *tags),
                summary=summary,
                demand_version=demand_version,
                demand_key=demand_key,
                max_body=max_body,
                hidden=hidden,
                limited=limited,
                produces=tuple(produces),
                sends=tuple(sends),
                shows=shows,
                audience=self.audience,
                on=on.named(path.rsplit(":", 1)[1]) if isinstance(on, On) else on,
                shared=shared,
                deprecated=deprecated,
                shown_once=shown_once,
                first=read_endpoint(first, self.prefix + path) if first is not None else None,
            )
        )

    def get(self, path: str, *, allow: Allow, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        """A GET route; options as in `add`."""
        return self._adder("GET", path, allow, options)

    def post(self, path: str, *, allow: Allow, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        """A POST route; options as in `add`. Accepts Idempotency-Key."""
        return self._adder("POST", path, allow, options)

    def put(self, path: str, *, allow: Allow, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        """A PUT route; options as in `add`."""
        return self._adder("PUT", path, allow, options)

    def patch(self, path: str, *, allow: Allow, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        """A PATCH route; options as in `add`."""
        return self._adder("PATCH", path, allow, options)

    def delete(self, path: str, *, allow: Allow, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        """A DELETE route; options as in `add`."""
        return self._adder("DELETE", path, allow, options)

    def _adder(self, method: Method, path: str, allow: Allow, options: Options) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.add(method, path, handler, allow=allow, **options)
            return handler

        return add
