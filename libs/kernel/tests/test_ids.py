"""Identifiers are time-ordered UUIDs of version 7."""

import threading
from uuid import RFC_4122, UUID

from rapport_kernel.ids import new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_id()
    assert made.version == 7
    assert made.variant == RFC_4122


def test_ids_of_one_process_are_in_order_also_within_a_millisecond() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_get_different_ids() -> None:
    found: list[UUID] = []
    threads = [threading.Thread(target=lambda: found.extend([new_id() for _ in range(2_000)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8_000
