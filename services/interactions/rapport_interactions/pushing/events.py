"""What this service listens to."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens, Raw, Record
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved

from rapport_interactions.domain.judge import SOURCE, Judged, Unusable, judge
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.link_customers import link_identified
from rapport_interactions.usecases.receive_events import receive_events

INBOUND = "rapport.interactions.inbound"
NOBODY = "unknown"
"""The source of a record that names none."""


async def take_pushed(work: InteractionsWork, records: list[Record]) -> None:
    """Records of call-centre systems: the same as an HTTP batch, one for each source. What is no event is quarantined."""
    by_source: dict[str, list[Judged]] = {}
    for record in records:
        source = _source(record)
        raw = record.value or b""
        item = judge(raw) if source is not None else Unusable("no-source", "", raw)
        by_source.setdefault(source or NOBODY, []).append(item)
    for source, items in by_source.items():
        await receive_events(work, source, items)


def _source(record: Record) -> str | None:
    """The `source` header, when there is one that can be a source."""
    for name, value in record.headers:
        if name == "source" and value is not None and SOURCE.fullmatch(value):
            return value.decode()
    return None


LISTENS = Listens(
    batches=[Batch("links", [CustomerIdentified, IdentityConflictResolved], link_identified)],
    raws=[Raw("inbound", INBOUND, take_pushed)],
)
