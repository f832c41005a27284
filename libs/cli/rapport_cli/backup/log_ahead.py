"""What the log has beyond a restored database, for each service: counted, and applied again before anything is served.

First every group is set to where it was at the backup, so that a start at any later moment goes on from there. Then each
service goes through its own facts since: its numbers go on above them, and what they say was sent stays sent. Then what its
consumers would read is applied, by its own code and with its own inbox, and who is to be forgotten is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rapport_chassis import restored
from rapport_chassis.closing import end_consumer
from rapport_chassis.service import Service
from rapport_contracts.anchors import anchor_id
from rapport_contracts.checkpoints import checkpoint_id
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.event import Event, registry
from rapport_contracts.topics import TOPICS

from rapport_cli.backup.installation import Installation
from rapport_cli.backup.manifest import LogTopic, Manifest, Offsets
from rapport_cli.backup.offsets import Log, first_unread, to_read
from rapport_cli.log import batches, refused
from rapport_cli.output import errors


@dataclass(frozen=True)
class Ahead:
    """One service. `lost` are its own facts, by type, that the log has and its tables do not, `keys` how many things they
    are about; `outcome` what became of events since the backup; `erasures` how many there are by state."""

    service: str
    lost: Mapping[str, int]
    keys: int
    outcome: Mapping[str, int]
    erasures: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON output."""
        return {
            "service": self.service, "lost": dict(self.lost), "keys": self.keys, "applied": dict(self.outcome),
            "erasures": dict(self.erasures),
        }  # fmt: skip


@dataclass
class _Own:
    """The facts of one service since the backup."""

    facts: list[Event] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    highest: dict[UUID, int] = field(default_factory=dict)


async def bring_up(installation: Installation, manifest: Manifest, log: Log) -> list[Ahead]:
    """Set what was read, then bring each service up to the log. Raises CommandError."""
    now = await asyncio.to_thread(log.topics)
    starts = await asyncio.to_thread(log.starts, {topic: list(each.ends) for topic, each in now.items()})
    places = {
        subscription.name: to_read(subscription.name, subscription.topics, manifest, now, starts)
        for service in installation.services
        for subscription in service.subscriptions
    }
    for group, offsets in places.items():
        await asyncio.to_thread(log.commit, group, offsets)
    since = first_unread(manifest, now, starts)
    found = [await _bring_up(installation, service, manifest, since, places, now) for service in installation.services]
    for group, offsets in places.items():
        reached = {topic: {part: now[topic].ends[part] for part in each} for topic, each in offsets.items()}
        await asyncio.to_thread(log.commit, group, reached)
    return found


async def _bring_up(
    installation: Installation,
    service: Service[Any],
    manifest: Manifest,
    since: Offsets,
    places: Mapping[str, Offsets],
    now: Mapping[str, LogTopic],
) -> Ahead:
    mine = [topic for topic in since if topic in TOPICS and TOPICS[topic].owner == service.name]
    own = await _own(installation, service, manifest, {topic: since[topic] for topic in mine}, now)
    await restored.raise_sequences(service, own.highest)
    outcome: Counter[str] = Counter()
    for subscription in service.subscriptions:
        records = await _records(installation, places[subscription.name], now)
        ordered = restored.in_order(records, subscription, set(own.highest))
        for (_, what), count in (await restored.apply(service, subscription, ordered)).items():
            outcome[what] += count
    await restored.recall(service, own.facts)
    await restored.forget_again(service)
    errors.print(f"{service.name}: {outcome['applied']} events since the backup applied again")
    return Ahead(service.name, own.lost, len(own.highest), outcome, await restored.erasures(service))


async def _own(
    installation: Installation, service: Service[Any], manifest: Manifest, since: Offsets, now: Mapping[str, LogTopic]
) -> _Own:
    own, kinds, at = _Own(), registry(), manifest.databases[service.name].at
    about_itself = {checkpoint_id(service.name), anchor_id(service.name)}
    for record in await _records(installation, since, now):
        try:
            envelope = Envelope.from_headers(record.headers)
            kind = kinds.get(envelope.type)
            event = kind.read(record.value) if kind is not None and kind in service.recalls else None
        except (BadEnvelope, ValidationError):
            continue
        if envelope.source != service.name:
            continue
        own.highest[envelope.subject] = max(envelope.sequence, own.highest.get(envelope.subject, 0))
        own.lost[envelope.type] += envelope.time > at and envelope.subject not in about_itself
        if event is not None:
            own.facts.append(event)
    own.lost = +own.lost
    return own


async def _records(installation: Installation, since: Offsets, now: Mapping[str, LogTopic]) -> list[ConsumerRecord]:
    """Everything from these offsets to the ends as they were when the restore looked."""
    starts = {TopicPartition(topic, part): at for topic, each in since.items() for part, at in each.items()}
    ends = {place: now[place.topic].ends[place.partition] for place in starts}
    starts = {place: at for place, at in starts.items() if at < ends[place]}
    if not starts:
        return []
    security = installation.broker.client_security()
    consumer = AIOKafkaConsumer(bootstrap_servers=installation.broker.kafka, enable_auto_commit=False, **security)
    try:
        await consumer.start()
        return [record async for found in batches(consumer, starts, ends) for record in found]
    except KafkaError as error:
        raise refused(error) from None
    finally:
        await end_consumer(consumer, within=5)
