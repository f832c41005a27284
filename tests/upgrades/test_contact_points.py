"""Complaints of a released version are found by their contact once their database is migrated."""

from __future__ import annotations

from pathlib import Path

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.keys import Keys
from rapport_chassis.lists import Paging
from rapport_chassis.migrations import upgrade
from rapport_chassis.timer_runner import TimerRunner
from rapport_cli.services import build
from rapport_complaints.cases.store.tables import ComplaintFilters
from rapport_complaints.cases.usecases.by_contact import FILL, LookUp, look_up_complaints
from rapport_testing.databases import Databases
from rapport_testing.upgrades import FOLDER, restore

PACKAGE = "rapport_complaints.migrations"


@pytest.mark.parametrize("version", ["0.1.0"])
async def test_what_a_released_version_filed_is_found_by_its_contact(
    version: str, databases: Databases, tmp_path: Path
) -> None:
    keys = Keys.create(tmp_path / "keys")
    old = await databases.make()
    restore(FOLDER / version / "complaints.sql.gz", old.url)
    served = build("complaints", database_url=old.url, kafka="127.0.0.1:1", keys=tmp_path / "keys")
    assert served.keys == keys
    db = await old.connect()
    # The keys of the dump are not ours: its contacts are sealed anew, in its own tables, as that version sealed them.
    await db.execute("DELETE FROM data_keys")
    rows = await db.fetch("SELECT id, keyed_by FROM complaints WHERE contact IS NOT NULL ORDER BY id")
    assert len(rows) > 3
    async with served.works(Actor.system("test")) as work:
        box = await work.vault.open_for([row["keyed_by"] for row in rows])
    for place, row in enumerate(rows):
        sealed = box.seal(
            row["keyed_by"], "complaints.contact", f'{{"phone": "1391234{place:04}", "email": "a{place}@b.cn"}}'
        )
        await db.execute("UPDATE complaints SET contact = $1 WHERE id = $2", sealed, row["id"])
    await upgrade(old.url, PACKAGE)
    assert await db.fetchval("SELECT count(*) FROM contact_points") == 0
    runner = TimerRunner(served.works, {FILL: served.timers[FILL]})
    assert await runner.run_once() == 1
    paging = Paging()
    async with served.works(Actor.system("test")) as work:
        for asked in ("+86 139 1234 0002", "A2@b.cn"):
            page = await look_up_complaints(work, LookUp(contacts=[asked]), ComplaintFilters(), paging)
            assert [row.id for row in page.items] == [rows[2]["id"]]
    assert await db.fetchval("SELECT count(*) FROM contact_points") == 2 * len(rows)
    await db.close()
    await served.database.close()
    await databases.drop(old)
