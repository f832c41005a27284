"""Ending Kafka clients for good, in whatever state they are.

What `stop` of aiokafka 0.14 does when the broker is away: it raises the CancelledError of a task that it has cancelled
itself (https://github.com/aio-libs/aiokafka/issues/647), or waits for one that waits for the broker; either way it leaves
the rest running, which then tries to reach the broker for ever. It does nothing when it is called again. So whatever
`stop` said, the tasks are ended here. There is no public way to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from rapport_chassis.observability import get_logger

log = get_logger(__name__)

TRIES = 3
EACH = 1.0


def is_cancelling(error: BaseException) -> bool:
    """Whether `error` means that the running task itself has to end, and not that some task of a library was cancelled."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def quietly(closing: Awaitable[Any], *, within: float) -> None:
    """Close something that may be stuck or dead already: what it says about that is of no use to anybody.

    It runs in a task of its own, so that a CancelledError out of it ends nothing else. Raises only the caller's own
    cancellation.
    """
    task = asyncio.ensure_future(closing)
    task.add_done_callback(_look_at)
    try:
        await asyncio.wait({task}, timeout=within)
    finally:
        late = not task.done()
        task.cancel()
    error = "TimeoutError" if late else "CancelledError" if task.cancelled() else type(task.exception()).__name__
    if late or task.cancelled() or task.exception() is not None:
        log.debug("client.closed-hard", error=error)


async def end_consumer(consumer: AIOKafkaConsumer, *, within: float) -> None:
    """Leave the group if that is possible within so many seconds, and end everything that belongs to the client."""
    fetcher, coordinator = consumer._fetcher, consumer._coordinator  # noqa: SLF001 - see above
    if coordinator is not None:
        coordinator._group_instance_id = None  # noqa: SLF001 - else a member with a name keeps its partitions for its session
    await quietly(consumer.stop(), within=within)
    if coordinator is not None:
        names = ("_coordination_task", "_heartbeat_task", "_commit_refresh_task", "_reset_committed_task")
        await _end(getattr(coordinator, name, None) for name in names)
    if fetcher is not None:
        await _end((fetcher._fetch_task, *fetcher._pending_tasks))  # noqa: SLF001
    await _end_client(consumer._client)  # noqa: SLF001


async def end_producer(producer: AIOKafkaProducer) -> None:
    """Throw it away: what is in flight may or may not arrive. `stop` would wait for it."""
    producer._closed = True  # noqa: SLF001 - takes nothing any more
    sender = producer._sender.sender_task  # noqa: SLF001
    if sender is not None:
        sender.cancel()  # it ends once the connections of what is in flight are closed
    producer._message_accumulator.fail_all(KafkaError("abandoned"))  # noqa: SLF001
    await _end_client(producer.client)
    await _end([sender])


async def end_admin(admin: AIOKafkaAdminClient) -> None:
    """Close it. A client that has failed to start does nothing in its own `close`."""
    await _end_client(admin._client)  # noqa: SLF001


async def _end_client(client: AIOKafkaClient) -> None:
    synchronizer = client._sync_task  # noqa: SLF001
    await quietly(client.close(), within=2.0)
    await _end([synchronizer])


async def _end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel tasks until they have ended: a cancellation is lost when it meets the end of a connection attempt."""
    alive = {task for task in tasks if task is not None}
    for task in alive:
        task.add_done_callback(_look_at)
    for _ in range(TRIES):
        alive = {task for task in alive if not task.done()}
        if not alive:
            return
        for task in alive:
            task.cancel()
        await asyncio.wait(alive, timeout=EACH)
    if left := [task.get_name() for task in alive if not task.done()]:
        log.error("client.tasks-left", tasks=len(left))


def _look_at(task: asyncio.Future[Any]) -> None:
    """The outcome is of no use, but asyncio wants it looked at."""
    if not task.cancelled():
        task.exception()
