"""Key files: versions that are used from a time on, public parts of signing keys, and what is refused."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from rapport_chassis.database import is_transient
from rapport_chassis.keys import HIGHEST_VERSION, KeyNotKnownYet, KeyRing, Keys, KeysUnusable, add_version
from rapport_chassis.provenance import foreign, sign
from rapport_contracts.profiles.customers import CustomerErasureRequested
from rapport_kernel.ids import new_id
from rapport_testing.facts import of_owner, sent

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def test_a_version_is_used_once_its_time_has_come(tmp_path: Path) -> None:
    Keys.create(tmp_path)
    assert add_version(tmp_path, "index", NOW + HOUR) == 2
    ring = Keys.load(tmp_path).index
    assert (ring.newest, ring.older, sorted(ring.versions)) == (1, [], [1, 2])
    assert add_version(tmp_path, "index", NOW - HOUR) == 3
    ring = Keys.load(tmp_path).index
    assert (ring.newest, ring.older) == (3, [1, 2])
    assert (tmp_path / "index.key").stat().st_mode & 0o777 == 0o600


def test_what_is_under_a_newer_version_passes_and_what_is_under_an_older_one_that_is_gone_does_not() -> None:
    ring = KeyRing("master", {2: bytes(32)})
    with pytest.raises(KeyNotKnownYet, match="version 3 of the master key is missing") as newer:
        ring.get(3)
    with pytest.raises(KeysUnusable) as older:
        ring.get(1)
    assert is_transient(newer.value) and not is_transient(older.value)


@pytest.mark.parametrize("behind", ["soon", "2026-03-01", "2026-03-01T00:00:00", "2026-03-01T00:00:00Z more"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, behind: str) -> None:
    Keys.create(tmp_path)
    key = b64encode(bytes(32)).decode()
    (tmp_path / "master.key").write_text(f"1 {key}\n2 {key} {behind}\n")
    with pytest.raises(KeysUnusable, match="has a line that is not"):
        Keys.load(tmp_path)


def test_a_file_without_a_version_in_use_and_one_without_a_number_left_are_refused(tmp_path: Path) -> None:
    Keys.create(tmp_path)
    key = b64encode(bytes(32)).decode()
    (tmp_path / "master.key").write_text(f"1 {key} {(NOW + HOUR).isoformat()}\n")
    with pytest.raises(KeysUnusable, match="no key that is used yet"):
        Keys.load(tmp_path)
    (tmp_path / "master.key").write_text(f"{HIGHEST_VERSION} {key}\n")
    with pytest.raises(KeysUnusable, match="the last one"):
        add_version(tmp_path, "master", NOW)


def test_the_public_part_of_every_signing_key_is_known(tmp_path: Path) -> None:
    event = CustomerErasureRequested(customer_id=new_id(), erasure_id=new_id(), requested_at=NOW)
    before = Keys.create(tmp_path)
    first = sent(event, of_owner(event), before)
    add_version(tmp_path, "signing", NOW - HOUR)
    after = Keys.load(tmp_path)
    second = sent(event, of_owner(event), after)
    readers = replace(after, signing=None)
    for key, value, headers in (first, second):
        assert foreign_of(key, value, headers, readers) is None
    (tmp_path / "signing.key").write_text((tmp_path / "signing.key").read_text().splitlines()[1] + "\n")
    assert Keys.create(tmp_path).verifying == after.verifying, "a public part stays"
    with pytest.raises(KeysUnusable, match=r"signing\.key is missing"):
        sign(of_owner(event), event.write(), readers)


def foreign_of(key: bytes, value: bytes, headers: list[tuple[str, bytes]], keys: Keys) -> str | None:
    from rapport_contracts.envelope import Envelope

    kind = CustomerErasureRequested
    record = ConsumerRecord(kind.topic, 0, 0, 0, 0, key, value, 0, 0, 0, headers)
    return foreign(kind, kind.topic, record, Envelope.from_headers(headers), keys)


@pytest.mark.parametrize("changed", ["id", "time", "subject", "value"])
def test_a_signature_is_over_everything_that_is_said(tmp_path: Path, changed: str) -> None:
    event = CustomerErasureRequested(customer_id=new_id(), erasure_id=new_id(), requested_at=NOW)
    keys, envelope, value = Keys.create(tmp_path), of_owner(event), event.write()
    envelope = replace(envelope, signature=sign(envelope, value, keys))
    assert foreign_of(str(event.key).encode(), value, envelope.to_headers(), keys) is None
    other = {"id": new_id(), "time": NOW - HOUR, "subject": new_id()}
    if changed in other:
        envelope = replace(envelope, **{changed: other[changed]})
    else:
        value = value.replace(b"erasure_id", b"erasure_Id")
    assert foreign_of(str(envelope.subject).encode(), value, envelope.to_headers(), keys) == "signature-wrong"
