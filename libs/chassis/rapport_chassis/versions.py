"""Data that is kept in versions, such as policies: each is added, in force from a time on, and never changed.

A kind is declared in its store and opened in any work; one line in `web` (`VersionedData`) makes its routes.

    policies = versions_table("win_back_policies", metadata, "When customers may be lost")
    WIN_BACK_POLICIES = VersionedKind(policies, WinBackPolicy, "win-back-policy", only="standard", tells=...)
    policy = await work.store(WIN_BACK_POLICIES).current()

Each version is told on the topic of the catalogue in the transaction that makes it, or the kind says why not
(`rapport_chassis.telling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field
from rapport_contracts.codes import STORED
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict
from rapport_kernel.versions import Version
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    func,
    insert,
    literal,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from rapport_chassis.database import to_json
from rapport_chassis.telling import Telling, Untold
from rapport_chassis.work import Work

B = TypeVar("B", bound=BaseModel)
EffectiveFrom = Annotated[UtcTime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
"""From when on a version holds."""
NEVER_REACHED = 2**31
"""More than the column holds."""
SHIPPED_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""From when on the first versions that are shipped are in force: before anything that is received or imported."""
SHIPPED_BY = "shipped"
"""The part of the system that puts them."""


class Since(BaseModel):
    """Base of what is put: `class NewVendor(Since, Vendor)`."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class SinceWithReason(Since):
    """Base of what is put where the reason is kept with the version: for tables made with `reason=True`."""

    reason: str = Field(min_length=1, max_length=500, description="Why; it is kept with the version.")


def versions_table(name: str, metadata: MetaData, comment: str, *, reason: bool = False) -> Table:
    """A table for `Versions`; `comment` says what is kept in it, `reason` that each version says why it was made."""
    return Table(
        name,
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("effective_from", DateTime(timezone=True), nullable=False),
        Column("body", JSONB, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("recorded_by", Text, nullable=False),
        *([Column("reason", Text, nullable=False)] if reason else []),
        comment=f"{comment}; a version is never changed, a new one is added.",
    )


@dataclass(frozen=True, slots=True, eq=False)
class VersionedKind(Generic[B]):
    """A kind of data with versions: where it is kept, the model that reads it, its name in the audit and in the catalogue,
    the one code that counts where there is only one, and how it is told. `work.store(KIND)` opens it."""

    table: Table
    model: type[B]
    name: str
    only: str | None = None
    tells: Telling[B] | Untold = field(kw_only=True)

    def __call__(self, work: Work) -> Versions[B]:
        """Its versions in the transaction of `work`."""
        return Versions(work, self)

    @property
    def shape(self) -> Any:
        """See `Told`. Raises TypeError for a kind that tells nothing."""
        if isinstance(self.tells, Untold):
            raise TypeError(f"{self.name} tells nothing")
        return self.tells.shape(self.name, self.model)

    async def tell(self, work: Work) -> None:
        """Record every version that there is: one statement."""
        versions = self(work)
        for each in await versions.all():
            versions.told(each)


async def in_force_together(work: Work, kinds: Sequence[VersionedKind[Any]], at: datetime) -> list[list[Version[Any]]]:
    """What `Versions.in_force` finds, for several kinds by one statement; in the order of `kinds`, each by code."""
    parts = []
    for place, kind in enumerate(kinds):
        t = kind.table.c
        reason = t.reason if "reason" in t else null().label("reason")
        columns = [t.code, t.version, t.effective_from, t.body, t.recorded_at, t.recorded_by, reason]
        newest = select(literal(place).label("place"), *columns).ext(distinct_on(t.code)).where(t.effective_from <= at)
        parts.append(newest.order_by(t.code, t.version.desc()).subquery().select())
    found: list[list[Version[Any]]] = [[] for _ in kinds]
    for row in await work.connection.execute(union_all(*parts)) if kinds else ():
        found[row.place].append(kinds[row.place](work)._version(row))  # noqa: SLF001 - the reader of its rows
    return [sorted(each, key=lambda version: version.code) for each in found]


class Versions(Generic[B]):
    """The versions of one kind of data."""

    def __init__(self, work: Work, kind: VersionedKind[B]) -> None:
        """Writes at once; the work's transaction holds it."""
        self._work, self._table, self._model, self._name, self._only = work, kind.table, kind.model, kind.name, kind.only
        self._tells = kind.tells

    async def of(self, code: str) -> list[Version[B]]:
        """All versions of one code, the oldest first. Raises NotFound."""
        query = select(self._table).where(self._table.c.code == code).order_by(self._table.c.version)
        rows = (await self._work.connection.execute(query)).all()
        if not rows:
            raise NotFound
        return [self._version(row) for row in rows]

    async def all(self) -> list[Version[B]]:
        """Every version of every code, by code and version."""
        query = select(self._table).order_by(self._table.c.code, self._table.c.version)
        return [self._version(row) for row in await self._work.connection.execute(query)]

    async def exact(self, code: str, version: int) -> Version[B]:
        """One version. Raises NotFound."""
        if not 0 < version < NEVER_REACHED:
            raise NotFound
        query = select(self._table).where(self._table.c.code == code, self._table.c.version == version)
        row = (await self._work.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._version(row)

    async def in_force(self, at: datetime) -> Sequence[Version[B]]:
        """For each code the version that holds at that time; one statement."""
        t = self._table
        newest = select(t).ext(distinct_on(t.c.code)).where(t.c.effective_from <= at)
        query = newest.order_by(t.c.code, t.c.version.desc())
        return [self._version(row) for row in await self._work.connection.execute(query)]

    async def current(self, at: datetime | None = None) -> Version[B]:
        """The version of the one code that counts which holds at that time, now unless said. Raises NotFound when none
        does: never for what is shipped, which holds since before anything that can be received."""
        t = self._table
        held = t.c.effective_from <= (at or self._work.now)
        query = select(t).where(t.c.code == self._only, held).order_by(t.c.version.desc()).limit(1)
        row = (await self._work.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return self._version(row)

    def demand(self, code: str) -> None:
        """Raises NotFound for another code than the one that counts."""
        if self._only is not None and code != self._only:
            raise NotFound

    async def put(self, code: str, data: Since) -> Version[B]:
        """The next version of a code as somebody put it, from then or from now on; audited. `data` has the fields of the
        model. Raises NotFound as `demand`, VersionConflict as `add`."""
        self.demand(code)
        body = self._model(**{name: getattr(data, name) for name in self._model.model_fields})
        reason = data.reason if isinstance(data, SinceWithReason) else None
        made = await self.add(code, body, data.effective_from or self._work.now, reason)
        subject = f"{self._name}:{code}"
        await self._work.audit(f"{self._name}.put", subject, reason=reason, detail={"version": made.version})
        return made

    async def add(self, code: str, body: B, effective_from: datetime, reason: str | None = None) -> Version[B]:
        """The next version of a code; `reason` where the table has one. Raises VersionConflict when If-Match names another
        than the newest."""
        await self._work.connection.execute(_ONE_AT_A_TIME, {"name": f"{self._table.name} {code}"})
        newest = select(func.coalesce(func.max(self._table.c.version), 0)).where(self._table.c.code == code)
        last: int = (await self._work.connection.execute(newest)).scalar_one()
        expected, self._work.expected_version = self._work.expected_version, None
        if expected is not None and expected != last:
            raise VersionConflict(last)
        made = Version(code, last + 1, effective_from, body, self._work.now, str(self._work.actor), reason)
        await self._work.connection.execute(
            insert(self._table).values(
                code=code,
                version=made.version,
                effective_from=effective_from,
                body=body.model_dump(mode="json"),
                recorded_at=made.recorded_at,
                recorded_by=made.by,
                **({} if reason is None else {"reason": reason}),
            )
        )
        self.told(made)
        return made

    def told(self, version: Version[B]) -> None:
        """Record the fact that this version is there, where its kind tells."""
        if isinstance(self._tells, Telling):
            self._work.record(self._tells.of(self._name, version), sequence=version.version)

    async def ship(self, entries: Mapping[str, Any]) -> dict[str, int]:
        """Bodies by code, as they are shipped (`rapport_chassis.shipped`): version 1 of a code that is not there, in force
        since `SHIPPED_SINCE`; the next version, from now on, where the newest one is shipped and says something else.
        Where the table keeps reasons, theirs is `shipped`. Returns the numbers that were added, by code. Two statements.
        Raises ValidationError for what is no body."""
        models = {code: self._model.model_validate_json(to_json(entry)) for code, entry in entries.items()}
        bodies = {code: model.model_dump(mode="json") for code, model in models.items()}
        names = [f"{self._table.name} {code}" for code in sorted(bodies)]
        await self._work.connection.execute(_IN_TURN, {"names": names})
        by = f"system:{SHIPPED_BY}"
        given = {"bodies": to_json(bodies), "since": SHIPPED_SINCE, "now": self._work.now, "by": by}
        column, reason = (", reason", f", '{SHIPPED_BY}'") if "reason" in self._table.c else ("", "")
        statement = _SHIP.format(table=self._table.name, column=column, reason=reason)
        added = (await self._work.connection.execute(text(statement), given)).all()
        for row in added:
            self.told(Version(row.code, row.version, row.effective_from, models[row.code], self._work.now, by))
        return {row.code: row.version for row in added}

    def _version(self, row: Row[tuple[object, ...]]) -> Version[B]:
        body = self._model.model_validate(row.body, strict=False, context=STORED)
        reason = row.reason if "reason" in self._table.c else None
        return Version(row.code, row.version, row.effective_from, body, row.recorded_at, row.recorded_by, reason)


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS n(name)")
_SHIP = """
    INSERT INTO {table} (code, version, effective_from, body, recorded_at, recorded_by{column})
    SELECT given.code, coalesce(newest.version, 0) + 1,
        CASE WHEN newest.version IS NULL THEN CAST(:since AS timestamptz) ELSE CAST(:now AS timestamptz) END,
        given.body, :now, CAST(:by AS text){reason}
    FROM jsonb_each(CAST(:bodies AS jsonb)) AS given(code, body)
    LEFT JOIN LATERAL (
        SELECT version, body, recorded_by FROM {table} t WHERE t.code = given.code ORDER BY version DESC LIMIT 1
    ) AS newest ON true
    WHERE newest.version IS NULL OR (newest.recorded_by = CAST(:by AS text) AND newest.body <> given.body)
    ORDER BY given.code
    RETURNING code, version, effective_from
"""
