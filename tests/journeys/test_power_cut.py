"""The machine loses its power in the middle of an import. Start again, import again: as if nothing had been."""

from __future__ import annotations

import json
import subprocess
from datetime import date

import pytest
from rapport_contracts.checkpoints import checkpoint_id
from rapport_testing.history import Fact, published
from rapport_testing.product import RAPPORT, Product, free_port, pages
from rapport_testing.topics import dump

from .files import bank_file

CALLS = 3000
CUSTOMERS = 60


@pytest.fixture
def own(tmp_path):
    product = Product(tmp_path / "home", free_port())
    product.start()
    yield product
    product.stop()


async def test_kill_9_in_the_middle_of_an_import(own, tmp_path, wait_for, eventually, history):
    bank = bank_file(CALLS, date(1999, 3, 1))
    file = bank.write(tmp_path / "calls.tsv")
    command = ["import", "calls", str(file), "--mapping", "bank-calls", "--json"]

    def line():
        return max((json.loads(each.read_text())["line"] for each in (own.home / "imports").glob("*.json")), default=0)

    importing = subprocess.Popen([RAPPORT, *command], env=own.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: line() > CALLS // 3)
    own.kill()
    importing.kill()
    importing.communicate()
    reached = line()
    assert CALLS // 3 < reached < CALLS

    own.start()
    report = json.loads(own.run(*command).stdout)
    assert report["continued_after_line"] == reached
    assert report["rows"] == CALLS
    assert report["accepted"] + report["duplicate"] == CALLS  # the batch under way may have arrived before the cut
    assert report["duplicate"] <= 500
    assert not list((own.home / "imports").iterdir())
    assert json.loads(own.run(*command).stdout)["duplicate"] == CALLS

    with own.client() as client:

        def figures():
            stats = client.get("/interactions/v1/stats", params=bank.period).json()
            return {name: figure["value"] for name, figure in stats.items() if isinstance(figure, dict)}

        wait_for(lambda: figures() == bank.figures, within=60)
        known = CALLS - bank.calls_of["0"]

        def linked():
            found = list(pages(client, "/interactions/v1/interactions"))
            return found if sum(each["customer_id"] is not None for each in found) == known else None

        contacts = wait_for(linked, within=60)
        assert len(contacts) == CALLS
        versions = {each["id"]: each["version"] for each in contacts}
        customers = sorted({each["customer_id"] for each in contacts} - {None})
        assert len(customers) == len(bank.calls_of) - 1

        async def all_events():
            records = await dump(own.kafka, "rapport.interactions")
            of_service = str(checkpoint_id("interactions")).encode()
            found = published([record for record in records if record.key != of_service])
            return found if len({(record.key, record.sequence) for record in found}) >= sum(versions.values()) else None

        history.published = await eventually(all_events, within=30)
        ids = {(record.key, record.sequence): record.id for record in history.published}
        history.committed = [
            Fact(ids.get((key, sequence), f"{key}/{sequence}"), key, sequence)
            for key, version in versions.items()
            for sequence in range(1, version + 1)
        ]
        for customer in customers[:CUSTOMERS]:
            expected = sum(each["customer_id"] == customer for each in contacts)
            path = f"/profiles/v1/customers/{customer}/timeline"

            def entries(path=path, expected=expected):
                found = [each["event_id"] for each in pages(client, path) if each["type"] == "interaction.completed.v1"]
                return found if len(found) >= expected else None

            completed = wait_for(entries)
            assert len(completed) == expected
            history.effects += completed
        considered = pages(client, "/satisfaction/v1/invitations")
        history.effects += [f"considered: {each['interaction_id']}" for each in considered]
    history.check()
