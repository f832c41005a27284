"""`rapport secrets`: what the stack needs, made once; each service gets its own, and certificates are renewed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rapport_chassis.keys import Keys
from rapport_cli.authority import RENEWED_BEFORE, SERVER_LASTS, Authority, good_until
from rapport_cli.commands.secrets import CERTIFIED, SHARED, VERIFIED, secrets
from rapport_cli.problems import CommandError
from rapport_cli.services import SERVICES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    secrets(made, host="rapport.example")
    return made


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Every file: what it holds, and which file it is."""
    return {path: (path.read_bytes(), path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}


def keys(folder: Path) -> dict[str, Keys]:
    return {service: Keys.load(folder / "keys" / service) for service in SERVICES}


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    secrets(folder, host="rapport.example")
    assert contents(folder) == before


def test_each_password_is_a_long_one_of_its_own(folder: Path) -> None:
    passwords = [(folder / name).read_text() for name in ("postgres_password", "grafana_password")]
    assert len(set(passwords)) == 2 and min(map(len, passwords)) > 40


def test_no_service_has_the_keys_of_another(folder: Path) -> None:
    found = keys(folder)
    for name in ("master", "index"):
        assert len({getattr(each, name).versions[1] for each in found.values()}) == len(SERVICES)


def test_the_transport_key_is_shared_by_those_who_seal_and_no_others_have_it(folder: Path) -> None:
    found = keys(folder)
    assert {service for service, each in found.items() if each.transport is not None} == set(SHARED["transport"])
    assert len({each.transport.versions[1] for each in found.values() if each.transport is not None}) == 1


def test_one_service_signs_and_all_can_see_that_it_did(folder: Path) -> None:
    found = keys(folder)
    assert {service for service, each in found.items() if each.signing is not None} == {"profiles"}
    assert len({each.verifying.versions[1] for each in found.values() if each.verifying is not None}) == 1
    assert all(each.verifying is not None for each in found.values())


def test_a_rotated_transport_key_reaches_all_who_seal(folder: Path) -> None:
    original = folder / "keys" / "transport.key"
    original.write_text(original.read_text() + original.read_text().replace("1 ", "2 ", 1))
    secrets(folder, host="rapport.example")
    assert [keys(folder)[service].transport.newest for service in SHARED["transport"]] == [2, 2]  # type: ignore[union-attr]


def test_an_installation_of_before_keeps_its_keys(tmp_path: Path) -> None:
    old = Keys.create(tmp_path / "keys")
    secrets(tmp_path, host="")
    for service, found in keys(tmp_path).items():
        assert (found.master.versions, found.index.versions) == (old.master.versions, old.index.versions)
        assert found.transport is None or (
            service in SHARED["transport"] and found.transport.versions == old.transport.versions
        )  # type: ignore[union-attr]


def test_a_service_verifies_its_database(folder: Path) -> None:
    own = folder / "databases" / "profiles"
    password = (own / "password").read_text()
    url = f"postgresql://rapport_profiles:{password}@postgres:5432/rapport_profiles"
    assert (own / "rapport_database_url").read_text() == url + VERIFIED
    assert (own / "ca.crt").read_bytes() == (folder / "authority" / "ca.crt").read_bytes()
    _replace(own / "rapport_database_url", url)  # as it was written before there were certificates
    secrets(folder, host="")
    assert (own / "rapport_database_url").read_text() == url + VERIFIED


def test_the_address_of_a_database_elsewhere_is_left_alone(folder: Path) -> None:
    own = folder / "databases" / "profiles" / "rapport_database_url"
    _replace(own, "postgresql://u:p@db.example/d?sslmode=verify-full")
    secrets(folder, host="")
    assert own.read_text() == "postgresql://u:p@db.example/d?sslmode=verify-full"


def _replace(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


@pytest.mark.parametrize("server", CERTIFIED)
def test_a_certificate_with_little_time_left_is_made_anew(folder: Path, server: str) -> None:
    own = folder / "certificates" / server
    authority = Authority(folder / "authority")
    aged = datetime.now(UTC) - SERVER_LASTS + RENEWED_BEFORE - timedelta(days=1)
    (own / f"{server}.crt").unlink()
    assert authority.server(server, CERTIFIED[server], into=own, now=aged)
    secrets(folder, host="")
    assert good_until(own / f"{server}.crt") - datetime.now(UTC) > SERVER_LASTS - timedelta(days=1)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(own / f"{server}.crt", own / f"{server}.key")


def test_the_gateway_is_known_by_the_name_that_others_use(folder: Path, tmp_path: Path) -> None:
    before = (folder / "certificates" / "gateway" / "gateway.crt").read_bytes()
    secrets(folder, host="other.example")
    assert (folder / "certificates" / "gateway" / "gateway.crt").read_bytes() != before


@pytest.mark.parametrize("host", ["a b", "https://rapport.example", "Rapport.Example", "-x", "a,b", "ü.example"])
def test_what_is_no_host_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(CommandError, match="RAPPORT_HOST is one name"):
        secrets(tmp_path, host=host)


def test_without_the_key_of_the_authority_it_says_so(folder: Path) -> None:
    (folder / "authority" / "ca.key").unlink()
    secrets(folder, host="rapport.example")  # nothing is due, so it may lie elsewhere
    with pytest.raises(CommandError, match=r"ca\.key is not there"):
        secrets(folder, host="other.example")


def test_only_the_owner_can_walk_in(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "authority" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "authority").stat().st_mode & 0o777 == 0o700
