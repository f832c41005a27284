"""The timeline's rows: entries keyed by their event (their own inbox) and links that say whose a subject is.

Whose an entry is, is asked when it is read: attaching a thousand entries to a customer is writing one link. Of somebody
who was forgotten nothing is written again, be it late or out of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from rapport_chassis.work import Work

from rapport_profiles.domain.timeline import Entry, Link


class Timeline:
    """`work.timeline`. Two statements for any number of events."""

    def __init__(self, work: Work) -> None:
        """See `ProfilesWork`."""
        self._work = work

    async def add(self, entries: Sequence[Entry]) -> None:
        """Insert those that are not there yet. All of them are one JSON parameter, the cheapest to make of objects."""
        if entries:
            connection = await self._work.raw()
            await connection.execute(_ADD, orjson.dumps(entries).decode())

    async def link(self, links: Iterable[Link]) -> None:
        """Write down whose the subjects are; of several links for one the greatest counts, whenever it came."""
        greatest: dict[object, Link] = {}
        for link in links:
            known = greatest.get(link.subject_id)
            if known is None or known < link:
                greatest[link.subject_id] = link
        if not greatest:
            return
        rows = sorted(greatest.values(), key=lambda link: link.subject_id)
        connection = await self._work.raw()
        columns = zip(*((r.subject_id, r.customer_id, r.rank, r.linked_at, r.event_id) for r in rows), strict=True)
        await connection.execute(_LINK, *(list(column) for column in columns))


_ADD = """
    INSERT INTO timeline_entries (event_id, type, kind, subject_id, anchor, occurred_at, summary)
    SELECT event_id, type, kind, subject_id, anchor, occurred_at, summary
    FROM json_to_recordset($1::json) AS e(event_id uuid, type text, kind text, subject_id uuid, anchor uuid,
        occurred_at timestamptz, summary jsonb)
    WHERE anchor NOT IN (SELECT unnest(subjects) FROM customer_erasures WHERE done_at IS NOT NULL)
    ON CONFLICT (event_id) DO NOTHING
"""
_LINK = """
    INSERT INTO timeline_links AS l (subject_id, customer_id, rank, linked_at, event_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::uuid[])
        AS t(subject_id, customer_id, rank, linked_at, event_id)
    WHERE customer_id NOT IN (SELECT unnest(subjects) FROM customer_erasures WHERE done_at IS NOT NULL)
    ON CONFLICT (subject_id) DO UPDATE
    SET customer_id = excluded.customer_id, rank = excluded.rank, linked_at = excluded.linked_at,
        event_id = excluded.event_id
    WHERE (excluded.rank, excluded.linked_at, excluded.event_id) > (l.rank, l.linked_at, l.event_id)
"""
