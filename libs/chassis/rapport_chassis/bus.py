"""A small port over aiokafka: a producer of whole batches, a consumer with the settings that survive, topics.

Facts about the client that shape it (aiokafka 0.14): with idempotence a batch is retried for ever, so the caller sets
the deadline and throws the producer away; one refused batch lets later ones of the same partition pass when the broker
knows nothing of the producer yet, so at most one batch of a partition is in flight here; errors of single topics come
back from the admin client without being raised.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.partitioner import murmur2
from rapport_contracts.envelope import SCHEMA_BASE, Headers
from rapport_contracts.topics import Topic

from rapport_chassis.broker import BrokerSettings
from rapport_chassis.closing import end_admin, end_consumer, end_producer, quietly

Place = tuple[str, int]
"""Topic and partition."""
MAX_REPLICAS = 3
MAX_POLL_INTERVAL = 300.0
"""Seconds without a poll after which a member leaves its group; the runner polls many times a second."""
METADATA_AGE_MS = 30_000
"""How long a consumer does without topics and partitions that were made meanwhile."""
FETCH_WAIT_MS = 2000
"""How long the broker holds the question for new records when there are none. Longer costs less and is no slower; but the
questions about offsets wait behind it, in the same connection."""
START_WITHIN = 90.0
"""Seconds for a consumer to get its partitions: a rebalance waits up to 60 s for the other members."""
LARGEST_REQUEST = 1_000_000
"""Bytes of one record or batch; below the broker's own default limit (`message.max.bytes`, 1 MiB)."""
BATCH_BYTES = 512 * 1024


class Builder(Protocol):
    """A batch being filled."""

    def append(self, *, timestamp: int | None, key: bytes, value: bytes, headers: Headers) -> object | None:
        """None when it is full; a first record always fits."""


class Bus:
    """How to reach the broker. `client` appears in the broker's logs; `security` goes to aiokafka as it is (SASL, TLS).

    `replica` names this process among its twins and must be stable over restarts (`replica.py`): with it a killed consumer
    that comes back takes its partitions over at once. None: the group waits for the session timeout.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client: str = "rapport",
        replica: str | None = None,
        security: Mapping[str, Any] | None = None,
        session: float = 45.0,
        schemas: str = SCHEMA_BASE,
    ) -> None:
        """`bootstrap`: `host:port,host:port`; `session`: seconds after which a silent member is put out of its group;
        `schemas`: the address below which the schemas of our events are served."""
        self.bootstrap = bootstrap
        self.client = client
        self.replica = replica
        self.security = dict(security or {})
        self.session = session
        self.schemas = schemas

    @classmethod
    def of(
        cls,
        settings: BrokerSettings,
        *,
        client: str,
        role: str | None = None,
        replica: str | None = None,
        schemas: str = SCHEMA_BASE,
    ) -> Bus:
        """From settings. `role`: who comes, where the user depends on it."""
        return cls(settings.kafka, client=client, replica=replica, security=settings.client_security(role), schemas=schemas)

    def producer(self) -> Producer:
        """A producer, not started."""
        return Producer(self)

    async def consumer(
        self, group: str, topics: Iterable[str], *, listener: ConsumerRebalanceListener | None = None, batch: int = 500
    ) -> AIOKafkaConsumer:
        """A started consumer of raw bytes: offsets are committed by the caller, a new group starts at the beginning.

        Raises KafkaError when the broker is not reached or knows no such topic, TimeoutError when there are no partitions
        for it. To be ended with `end_consumer`.
        """
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            client_id=self.client,
            group_id=group,
            group_instance_id=f"{group}-{self.replica}" if self.replica else None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # never `latest`: a new group would miss the history
            session_timeout_ms=int(self.session * 1000),
            heartbeat_interval_ms=min(3000, int(self.session * 1000 / 3)),
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=int(MAX_POLL_INTERVAL * 1000),
            max_poll_records=batch,
            partition_assignment_strategy=(StickyPartitionAssignor,),
            fetch_max_wait_ms=FETCH_WAIT_MS,
            consumer_timeout_ms=FETCH_WAIT_MS,  # the client's own look whether it has to ask; what matters wakes it
            request_timeout_ms=30_000,
            metadata_max_age_ms=METADATA_AGE_MS,
            **self.security,
        )
        consumer.subscribe(list(topics), listener=listener)
        try:
            await asyncio.wait_for(consumer.start(), START_WITHIN)
        except BaseException:
            await end_consumer(consumer, within=5)
            raise
        return consumer

    async def topics(self) -> dict[str, int]:
        """How many partitions each topic of the broker has. Raises KafkaError when it is not reached."""
        async with self._admin() as admin:
            return {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics()}

    async def ends(self, topics: Iterable[str], *, within: float = 2.0) -> dict[Place, int] | None:
        """The next offset of each partition of these topics; None when the broker does not say so in `within` seconds, or
        does not know one of them."""
        wanted = list(topics)
        there = await self._partitions(wanted, within)
        if there is None or {topic for topic, _ in there} != set(wanted):
            return None
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, client_id=self.client, **self.security)
        try:
            async with asyncio.timeout(within):
                await consumer.start()
                found = await consumer.end_offsets([TopicPartition(*place) for place in there]) if there else {}
        except (KafkaError, OSError, TimeoutError):
            return None
        finally:
            await end_consumer(consumer, within=5)
        return {(place.topic, place.partition): offset for place, offset in found.items()}

    async def _partitions(self, topics: list[str], within: float) -> list[Place] | None:
        """None when the broker does not answer."""
        try:
            async with asyncio.timeout(within), self._admin() as admin:
                told = await admin.describe_topics(topics) if topics else []
        except (KafkaError, OSError, TimeoutError):
            return None
        return [(topic["topic"], part["partition"]) for topic in told for part in topic["partitions"]]

    async def ensure_topics(self, topics: Iterable[Topic]) -> list[str]:
        """Create the topics that are missing, with their settings; returns the names of the new ones.

        Raises KafkaError for any other answer than "created" and "exists", naming the topic.
        """
        wanted = {topic.name: topic for topic in topics}
        async with self._admin() as admin:
            there = {each["topic"] for each in await admin.describe_topics()}
            missing = [wanted[name] for name in sorted(wanted.keys() - there)]
            return await self._create(admin, missing) if missing else []

    @asynccontextmanager
    async def _admin(self) -> AsyncGenerator[AIOKafkaAdminClient, None]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, client_id=self.client, **self.security)
        try:
            await admin.start()
            yield admin
        finally:
            await end_admin(admin)

    async def _create(self, admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[str]:
        brokers = len((await admin.describe_cluster())["brokers"])
        replicas = min(MAX_REPLICAS, brokers)
        response = await admin.create_topics(
            [NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.config) for topic in topics]
        )
        created = []
        for name, code, *_ in response.topic_errors:
            error = for_code(code)
            if code == 0:
                created.append(name)
            elif error is not TopicAlreadyExistsError:
                raise error(f"topic {name} was not created")
        return created


class Producer:
    """Sends whole batches to partitions. Idempotent, acknowledged by all in-sync replicas, no lingering.

    The caller never has two batches of one partition in flight, and abandons the producer when one is stuck.
    """

    def __init__(self, bus: Bus) -> None:
        """`start` connects."""
        self._bus = bus
        self._kafka = AIOKafkaProducer(
            bootstrap_servers=bus.bootstrap,
            client_id=bus.client,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            compression_type="lz4",
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST_REQUEST,
            request_timeout_ms=10_000,
            metadata_max_age_ms=60_000,
            **bus.security,
        )

    async def start(self, within: float = 10.0) -> None:
        """Connect and get a producer id. Raises KafkaError or TimeoutError."""
        try:
            await asyncio.wait_for(self._kafka.start(), within)
        except BaseException:
            await self.abandon()
            raise

    def partition(self, topic: str, key: bytes) -> int | None:
        """Where a key lives (murmur2 as in the Java client); None while nothing is known about the topic."""
        partitions = self._kafka.client.cluster.partitions_for_topic(topic)
        return key_hash(key) % len(partitions) if partitions else None

    async def find(self, topic: str, within: float) -> None:
        """Ask the broker about a topic. Raises TimeoutError when it does not exist, TopicAuthorizationFailedError."""
        await asyncio.wait_for(self._kafka.partitions_for(topic), within)

    def batch(self) -> Builder:
        """An empty batch of at most BATCH_BYTES, or of one larger record."""
        builder: Builder = self._kafka.create_batch()
        return builder

    async def send(self, batch: Builder, topic: str, partition: int) -> asyncio.Future[Any]:
        """Hand a batch over; the future is done when all in-sync replicas have it, or fails with a KafkaError."""
        future: asyncio.Future[Any] = await self._kafka.send_batch(batch, topic, partition=partition)
        return future

    async def close(self) -> None:
        """Stop when nothing is in flight."""
        await quietly(self._kafka.stop(), within=5)
        await self.abandon()

    async def abandon(self) -> None:
        """Throw it away in whatever state it is; what is in flight may or may not arrive. `stop` would wait for it."""
        await end_producer(self._kafka)


def key_hash(key: bytes) -> int:
    """Murmur2 as in the Java client, which decides about the partition; written out for 36-byte keys (3.5 times faster)."""
    if len(key) != _UUID_TEXT.size:
        return int(murmur2(key)) & 0x7FFFFFFF
    found = 0x9747B28C ^ _UUID_TEXT.size
    for word in _UUID_TEXT.unpack(key):
        mixed = word * 0x5BD1E995 & 0xFFFFFFFF
        found = (found * 0x5BD1E995 ^ (mixed ^ mixed >> 24) * 0x5BD1E995) & 0xFFFFFFFF
    found = (found ^ found >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return (found ^ found >> 15) & 0x7FFFFFFF


_UUID_TEXT = struct.Struct("<9I")
