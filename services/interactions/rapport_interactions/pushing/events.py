"""Call events on the topic for call-centre systems."""

from __future__ import annotations

from rapport_chassis.listens import Listens, Raw, Record
from rapport_chassis.work import Work

from rapport_interactions.pushing.domain import SOURCE
from rapport_interactions.pushing.usecases import receive_events
from rapport_interactions.quarantine.domain import Judged, Unusable, judge

INBOUND = "rapport.interactions.inbound"
NOBODY = "unknown"
"""The source of a record that names none."""


async def take_pushed(work: Work, records: list[Record]) -> None:
    """Records of call-centre systems, one batch for each source, as over HTTP. Others than events are quarantined."""
    by_source: dict[str, list[Judged]] = {}
    for record in records:
        source = _source(record)
        raw = record.value or b""
        item = judge(raw) if source is not None else Unusable("no-source", "", raw)
        by_source.setdefault(source or NOBODY, []).append(item)
    for source, items in by_source.items():
        await receive_events(work, source, items)


def _source(record: Record) -> str | None:
    """The `source` header, when its value can name a source."""
    for name, value in record.headers:
        if name == "source" and value is not None and SOURCE.fullmatch(value):
            return value.decode()
    return None


LISTENS = Listens(raws=[Raw("inbound", INBOUND, take_pushed)])
