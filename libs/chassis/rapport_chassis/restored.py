"""After a restore the log is ahead of the tables: what a service does about that before anything is served (decision 0051).

Its own facts since the backup say from which numbers on its keys go, and what must not be done again (`recalls`). Events of
others are applied again where a consumer would go on; what was applied before the backup is known to the inbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.event import Event
from sqlalchemy import text

from rapport_chassis import vault
from rapport_chassis.actor import Actor
from rapport_chassis.applying import Applier, Outcome
from rapport_chassis.customers import looping
from rapport_chassis.keys import KeysUnusable
from rapport_chassis.listens import Subscription
from rapport_chassis.loops import LoopRunner
from rapport_chassis.service import Service

BATCH = 500
WHO = Actor.system("rapport-restore")


async def demand_keys(service: Service[Any]) -> None:
    """Raises KeysUnusable when the service's keys are not those of its tables."""
    if service.keys is None:
        raise KeysUnusable(f"no key files in {service.settings.keys_dir}")
    async with service.database.engine.begin() as connection:
        await vault.check(connection, service.keys)


async def raise_sequences(service: Service[Any], highest: Mapping[UUID, int]) -> None:
    """Let the numbers of these keys go on above the highest one that the log has. Done again, it changes nothing."""
    values = {"keys": list(highest), "ahead": list(highest.values())}
    async with service.database.engine.begin() as connection:
        await connection.execute(_RAISE, values)


async def recall(service: Service[Any], facts: Sequence[Event]) -> None:
    """Hand the service's own facts to those of its subjects that recall them, in the order of the log."""
    for kind, handler in service.recalls.items():
        found = [fact for fact in facts if isinstance(fact, kind)]
        for start in range(0, len(found), BATCH):
            async with service.works(WHO) as work:
                await handler(work, found[start : start + BATCH])


async def apply(service: Service[Any], subscription: Subscription, records: Iterable[ConsumerRecord]) -> Outcome:
    """Apply these records as the consumer of this subscription does, and return what became of them."""
    applier = Applier(service.works, subscription)
    if subscription.raw is None:
        await applier.inbox.maintain()
    outcome: Outcome = Counter()
    every = list(records)
    for start in range(0, len(every), BATCH):
        outcome += await applier.apply(await applier.open(every[start : start + BATCH]))
    return outcome


def in_order(records: Iterable[ConsumerRecord], subscription: Subscription, known: set[UUID]) -> list[ConsumerRecord]:
    """By the time at which they were written; first, where it matters who comes first, those that made what is `known`."""
    makes = subscription.makes

    def rank(record: ConsumerRecord) -> tuple[bool, int]:
        made = makes is not None and (event := event_id(record)) is not None and makes(event) in known
        return not made, record.timestamp

    return sorted(records, key=rank)


def event_id(record: ConsumerRecord) -> UUID | None:
    """The `ce_id` of a record; None where it is no event."""
    try:
        return Envelope.from_headers(record.headers).id
    except BadEnvelope:
        return None


async def forget_again(service: Service[Any]) -> int:
    """Let merges and erasures that were heard of be done, as far as nothing holds them. Returns how many rounds did
    something."""
    if service.customers is None:
        return 0
    runner, rounds = LoopRunner(service.works, looping(service.customers)), 0
    while await runner.run_once():
        rounds += 1
    return rounds


async def erasures(service: Service[Any]) -> Counter[str]:
    """How many erasures there are by state."""
    if service.customers is None:
        return Counter()
    async with service.database.engine.begin() as connection:
        return Counter({row.state: row.n for row in await connection.execute(_ERASURES)})


_RAISE = text(
    """
    INSERT INTO sequences_ahead (key, ahead)
    SELECT key, ahead FROM unnest(CAST(:keys AS uuid[]), CAST(:ahead AS bigint[])) AS n(key, ahead)
    ON CONFLICT (key) DO UPDATE SET ahead = greatest(sequences_ahead.ahead, excluded.ahead)
    """
)
_ERASURES = text("SELECT state, count(*) AS n FROM customer_erasures GROUP BY state")
