"""The authority of an installation: what its servers show is believed by clients that trust it, and by nobody else."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rapport_cli.authority import LASTS, RENEWED_BEFORE, SERVER_LASTS, Authority, good_until


async def handshake(authority: Authority, server: str, *, trusting: Path, as_host: str) -> str:
    """Connect to a server that shows the certificate of `server`; the peer's name when it was believed."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(authority.folder / f"{server}.crt", authority.folder / f"{server}.key")
    listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=served)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        trusted = ssl.create_default_context(cafile=trusting)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusted, server_hostname=as_host)
        subject = writer.get_extra_info("peercert")["subject"]
        writer.close()
    return dict(part[0] for part in subject)["commonName"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "authority")
    assert made.server("broker", ["kafka", "127.0.0.1"])
    return made


async def test_is_believed_under_its_names(authority: Authority) -> None:
    for host in ("kafka", "127.0.0.1"):
        shown = await handshake(authority, "broker", trusting=authority.certificate, as_host=host)
        assert shown == "rapport broker"


async def test_is_not_believed_under_others(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await handshake(authority, "broker", trusting=authority.certificate, as_host="postgres")


async def test_another_authority_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(authority, "broker", trusting=Authority(tmp_path / "other").certificate, as_host="kafka")


def test_stays_until_little_time_is_left_or_a_name_is_new(authority: Authority) -> None:
    before = (authority.folder / "broker.crt").read_bytes()
    ripe = datetime.now(UTC) + SERVER_LASTS - RENEWED_BEFORE
    assert not authority.server("broker", ["kafka"], now=ripe - timedelta(days=1))
    assert (authority.folder / "broker.crt").read_bytes() == before
    assert authority.server("broker", ["kafka"], now=ripe + timedelta(days=1))
    assert authority.server("broker", ["kafka", "elsewhere"])


def test_a_certificate_of_somebody_else_is_left_alone(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.server("gateway", ["rapport.example"])
    for kind in ("crt", "key"):
        (authority.folder / f"gateway.{kind}").write_bytes((other.folder / f"gateway.{kind}").read_bytes())
    assert not authority.server("gateway", ["another.example"], now=datetime.now(UTC) + timedelta(days=390))


def test_keys_are_the_owners_alone(authority: Authority) -> None:
    assert {path.stat().st_mode & 0o777 for path in authority.folder.glob("*.key")} == {0o600}
    assert Authority(authority.folder).certificate.read_bytes() == authority.certificate.read_bytes()


async def test_is_renewed_with_its_key_so_that_all_it_signed_is_believed(tmp_path: Path) -> None:
    """Who has the old certificate believes the servers, and so does who has the new one."""
    ripe = datetime.now(UTC) - LASTS + 2 * SERVER_LASTS
    aged = Authority(tmp_path / "aged", now=ripe - timedelta(days=1))
    aged.server("broker", ["kafka"])
    old = tmp_path / "old.crt"
    old.write_bytes(aged.certificate.read_bytes())
    renewed = Authority(aged.folder)
    assert good_until(renewed.certificate) - good_until(old) > timedelta(days=2000)
    for trusted in (old, renewed.certificate):
        assert await handshake(renewed, "broker", trusting=trusted, as_host="kafka") == "rapport broker"
    young = Authority(tmp_path / "young", now=ripe + timedelta(days=1)).certificate.read_bytes()
    assert Authority(tmp_path / "young").certificate.read_bytes() == young


def test_a_key_that_does_not_fit_is_made_anew(authority: Authority, tmp_path: Path) -> None:
    """A run that was killed between the two files leaves no server that cannot start."""
    other = Authority(tmp_path / "other")
    other.server("broker", ["kafka"])
    (authority.folder / "broker.key").write_bytes((other.folder / "broker.key").read_bytes())
    assert authority.server("broker", ["kafka"])
    (authority.folder / "broker.key").unlink()
    assert authority.server("broker", ["kafka"]) and not authority.server("broker", ["kafka"])
