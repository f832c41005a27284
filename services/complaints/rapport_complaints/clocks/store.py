"""Calendars and SLA policies as versions, the limits that are counted in a calendar, and the packs that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import ValidationError
from rapport_chassis.telling import Telling
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.complaints.catalogue import CalendarPublished, SlaPolicyPublished
from rapport_kernel.errors import NotFound
from sqlalchemy import text

from rapport_complaints.clocks.domain.policies import CalendarData, LimitUnit, PolicyPack, SlaPolicy, Target
from rapport_complaints.schema import metadata

sla_policies = versions_table("sla_policies", metadata, "SLA policies")
SLA_POLICIES = VersionedKind(sla_policies, SlaPolicy, "sla-policy", tells=Telling(SlaPolicyPublished))

calendars = versions_table("calendars", metadata, "Business calendars")
CALENDARS = VersionedKind(calendars, CalendarData, "calendar", tells=Telling(CalendarPublished, CalendarData.in_rows))


async def limits_under(work: Work, calendar: str) -> list[Target]:
    """Each once, whatever their number; one statement."""
    rows = await work.connection.execute(_LIMITS, {"calendar": calendar, "now": work.now})
    return [Target(amount=row.amount, unit=LimitUnit(row.unit)) for row in rows]


_LIMITS = text(
    """
    WITH policies AS (
        SELECT code, version, body, effective_from FROM sla_policies
        UNION ALL SELECT 'repairs ' || code, version, body, effective_from FROM repair_policies
        UNION ALL SELECT 'major ' || code, version, body, effective_from FROM major_policies
    ), held AS (
        SELECT p.body FROM policies p WHERE p.body ->> 'calendar' = :calendar AND NOT EXISTS (
            SELECT FROM policies n WHERE n.code = p.code AND n.version > p.version AND n.effective_from <= :now)
    ), named AS (
        SELECT jsonb_path_query(body, '$.**{0 to 6} ? (exists(@.amount) && exists(@.unit))') AS target FROM held
      UNION ALL
        SELECT limits -> 'target' FROM repairs, jsonb_array_elements(limits) AS limits
        WHERE calendar = :calendar AND ended_at IS NULL
      UNION ALL
        SELECT jsonb_build_object('amount', target_amount + extended, 'unit', target_unit) FROM clocks
        WHERE calendar = :calendar AND state IN ('running', 'paused')
    )
    SELECT DISTINCT least(CAST(target ->> 'amount' AS integer), 10000) AS amount, target ->> 'unit' AS unit FROM named
    WHERE jsonb_typeof(target) = 'object'
    """
)


class BadPack(ValueError):
    """A pack file that is not as `PolicyPack` says; names the file and the first place that is wrong."""


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, PolicyPack]:
    """The packs by code, in the order of their codes; read once. Raises BadPack."""
    return read_packs(resources.files("rapport_complaints") / "packs")


def pack(code: str) -> PolicyPack:
    """One pack. Raises NotFound."""
    found = shipped().get(code)
    if found is None:
        raise NotFound
    return found


def read_packs(folder: Traversable) -> dict[str, PolicyPack]:
    """All `*.json` of a folder, strictly: an unknown field, a missing one or another type is refused, and so is a file that
    is not named after its code. Raises BadPack."""
    found: dict[str, PolicyPack] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".json"):
            continue
        try:
            read = PolicyPack.model_validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise BadPack(f"{file.name}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
        if file.name != f"{read.code}.json":
            raise BadPack(f"{file.name}: code: is named after another code")
        found[read.code] = read
    return found
