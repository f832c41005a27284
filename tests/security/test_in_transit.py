"""Encryption in transit: nothing starts that would send what others can read, and the command believes whom it is told."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from pathlib import Path

import pytest
from rapport_cli.authority import Authority
from rapport_cli.client import Api
from rapport_cli.problems import UNREACHABLE, USAGE, CommandError

RAPPORT = Path(sys.executable).with_name("rapport")
SERVED = {"RAPPORT_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "RAPPORT_KAFKA": "127.0.0.1:9"}
PUBLIC = "https://experience.example"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"RAPPORT_PUBLIC_URL": "http://experience.example"}, "RAPPORT_PUBLIC_URL: is http, and not on this machine"),
        ({"RAPPORT_PUBLIC_URL": PUBLIC, "RAPPORT_ISSUER": "https://rapport.local"}, "RAPPORT_ISSUER is the local issuer"),
        ({"RAPPORT_BIND": "10.0.0.5", "RAPPORT_ISSUER": "https://rapport.local"}, "RAPPORT_ISSUER is the local issuer"),
        ({"RAPPORT_JWKS": "http://id.example/jwks"}, "RAPPORT_JWKS: is http, and not on this machine"),
        ({"RAPPORT_DATABASE_URL": "postgresql://u:s3cret@db.example/d"}, "RAPPORT_DATABASE_URL leads to another machine"),
    ],
)
async def test_a_process_does_not_start_with(wrong: dict[str, str], said: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RAPPORT_")}
    process = await asyncio.create_subprocess_exec(
        *(RAPPORT, "serve", "satisfaction"),
        env={**environment, **SERVED, "RAPPORT_HOME": str(tmp_path), "COLUMNS": "1000", **wrong},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    told = errors.decode()
    assert process.returncode == USAGE and out == b""
    assert told.startswith("rapport: settings that are missing or wrong: ") and said in told and told.count("\n") == 1
    assert "s3cret" not in told


async def test_the_command_believes_the_authority_that_it_is_told_and_says_when_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path / "authority")
    authority.server("gateway", ["localhost"])
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(authority.folder / "gateway.crt", authority.folder / "gateway.key")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    def ask() -> object:
        with Api("token", f"https://localhost:{port}") as api:
            return api.get("/")

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=served) as listening:
        port = listening.sockets[0].getsockname()[1]
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        assert await asyncio.to_thread(ask) == {}
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").certificate))
        with pytest.raises(CommandError, match="SSL_CERT_FILE names the file of its authority") as refused:
            await asyncio.to_thread(ask)  # at once: asking again for a minute would not help
    assert refused.value.exit_code == UNREACHABLE
