"""The timeline is what the log says: a rebuild gives the same rows (DONE 9)."""

from __future__ import annotations

import pytest
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_kernel.ids import new_id
from rapport_testing.rebuilding import consuming, prove, same_again

from .conftest import LONG_AGO, message
from .story import story

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize("seed", range(2))
async def test_a_rebuild_gives_the_same_rows(served, topics, seed: int) -> None:
    async with consuming(served, topics) as log:
        await prove(log, [one for _ in range(6) for one in story(new_id(), new_id(), new_id())], seed)


async def test_a_rebuild_knows_of_merges_splits_and_erasures(served, topics, works) -> None:
    a, b, c, gone = (new_id() for _ in range(4))
    connection = await works.database.dedicated()
    for one in (a, b, c, gone):
        await connection.execute(_KNOWN, one)
    await connection.close()
    async with consuming(served, topics) as log:
        await log.publish([one for customer in (a, b, c, gone) for one in story(customer, new_id(), new_id())])
        first = CustomerMerged(customer_id=b, absorbed_id=a, merge_id=new_id(), merged_at=LONG_AGO)
        for event in (
            first,
            CustomerMerged(customer_id=b, absorbed_id=c, merge_id=new_id(), merged_at=LONG_AGO),
            CustomerErasureRequested(customer_id=gone, erasure_id=new_id(), requested_at=LONG_AGO),
            CustomerSplit(customer_id=b, restored_id=a, merge_id=first.merge_id, returned=[], kept=[], split_at=LONG_AGO),
        ):
            await log.hear(message(event))
            await same_again(log)


_KNOWN = """
    INSERT INTO customers (id, version, last_at, kind, stage, source, registered_at, filled)
    VALUES ($1, 1, now(), 'unknown', 'prospect', 'test', now(), '{}')
"""
