"""Routes of data that is kept in versions: all of them, one of them, and a PUT that adds the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path
from pydantic import BaseModel, Field
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Declared, NotFound, VersionConflict
from rapport_kernel.versions import Version

from rapport_chassis.lists import Page
from rapport_chassis.security.scopes import Allow
from rapport_chassis.versions import Since, SinceWithReason, Versions
from rapport_chassis.web.actions import declare
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import Names, Person
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work

B = TypeVar("B", bound=BaseModel)
W = TypeVar("W", bound=Work)
Name = Annotated[NewCode, Path()]
"""A code in a path."""
Words = tuple[str, str, str]
"""Of a route: its operation id, its summary, its description."""


class VersionView(BaseModel, Generic[B]):
    """One version; it holds from `effective_from` on until a later version does. `version` is the ETag of the code."""

    code: str
    version: int
    effective_from: UtcTime
    recorded_at: UtcTime
    recorded_by: Person
    body: B = Field(description="As it was put.")
    names: Names


class VersionWithReason(VersionView[B], Generic[B]):
    """One version of what also keeps why it was made."""

    reason: str


def version_view(version: Version[Any]) -> VersionView[Any]:
    """One version as it is shown."""
    shown: type[VersionView[Any]] = VersionView if version.reason is None else VersionWithReason
    more: dict[str, Any] = {} if version.reason is None else {"reason": version.reason}
    return shown(
        code=version.code,
        version=version.version,
        effective_from=version.effective_from,
        recorded_at=version.recorded_at,
        recorded_by=version.by,
        body=version.body,
        **more,
    )


class VersionedData(Generic[W]):
    """Data in versions, each kind one line: `GET <kinds>`, `GET <kinds>/{code}`, `PUT <kinds>/{code}`.

    keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
    keep("/vendors/{code}", VENDORS, Vendor, NewVendor,
         every=("get_vendors", "Vendors with all their versions", "By code and version."),
         one=("get_vendor", "The newest version of a vendor", "The newest version, or the one asked for."),
         put=("change_vendor", "Add a version of a vendor", "A new code is a new vendor."))
    """

    def __init__(self, router: Router, *, read: Allow, change: Allow) -> None:
        """Who may read, and who may change."""
        self._router, self._read, self._change = router, read, change

    def __call__(
        self,
        path: str,
        kept: Callable[[W], Versions[B]],
        model: type[B],
        since: type[Since],
        usecase: Callable[[W, Any, Any], Awaitable[Version[B]]] | None = None,
        *,
        every: Words | None,
        one: Words,
        put: Words,
        errors: Sequence[Declared] = (NotFound, VersionConflict),
        code: Any = Name,
        max_body: int | None = None,
    ) -> None:
        """One kind. `kept` is where its versions are, usually a `VersionedKind`; `usecase(work, code, said)` adds one where
        more is to be done than `Versions.put` does. `every` None: the list is a route of its own. `errors` are those of
        the PUT."""
        key = path.rsplit("{", 1)[1].rstrip("}")
        shown: Any = (VersionWithReason if issubclass(since, SinceWithReason) else VersionView)[model]

        async def list_all(call: Call[W]) -> Any:
            return Page(items=[version_view(each) for each in await kept(await call.work()).all()])

        async def show(call: Call[W], version: int | None = None, **named: str) -> Any:
            versions = kept(await call.work())
            found = (await versions.of(named[key]))[-1] if version is None else await versions.exact(named[key], version)
            return version_view(found)

        async def add(work: W, code: Any, body: Any) -> Version[B]:
            return await kept(work).put(code, body)

        async def change(body: Any, call: Call[W], **named: str) -> Any:
            return version_view(await call.run(usecase or add, named[key], body))

        if every is not None:
            declare(list_all, every[0], every[2], {"call": Call}, Page[shown])
            self._router.add("GET", path.rsplit("/", 1)[0], list_all, allow=self._read, summary=every[1])
        declare(show, one[0], one[2], {key: code, "call": Call, "version": (int | None, None)}, shown)
        self._router.add("GET", path, show, allow=self._read, errors=[NotFound], summary=one[1])
        declare(change, put[0], put[2], {key: code, "body": since, "call": Call}, shown)
        self._router.add(
            "PUT", path, change, allow=self._change, errors=errors, status=201, summary=put[1], max_body=max_body
        )
