"""Nothing of the stack travels readable where others could read it: the gateway, the database, and what refuses to start."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest
from rapport_cli.authority import Authority
from rapport_cli.services import SERVICES

DATABASE = """
import asyncio, asyncpg, pathlib, sys
url = pathlib.Path("/run/secrets/rapport_database_url").read_text().partition("?")[0]
async def ask():
    connection = await asyncpg.connect(url + sys.argv[1], timeout=10)
    print(await connection.fetchval("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
try:
    asyncio.run(ask())
except Exception as refused:
    print(type(refused).__name__, refused)
"""
"""Run in a container of a service, so from where services come."""
VERIFIED = "?sslmode=verify-full&sslrootcert="


def ask_database(stack, query: str) -> str:
    return stack.compose("exec", "-T", "complaints-api", "python", "-c", DATABASE, query).strip()


def test_the_gateway_is_believed_by_who_trusts_the_authority_and_by_nobody_else(stack, tmp_path: Path):
    for host in ("localhost", "127.0.0.1"):
        port = stack.environment["PORT"]
        assert httpx.get(f"https://{host}:{port}/", verify=stack.trusting()).status_code == 200
    for other in (ssl.create_default_context(), ssl.create_default_context(cafile=Authority(tmp_path).certificate)):
        with (
            socket.create_connection(("localhost", int(stack.environment["PORT"])), timeout=10) as raw,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            other.wrap_socket(raw, server_hostname="localhost")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # which is why it is tried
def test_the_gateway_takes_no_old_tls(stack):
    port = int(stack.environment["PORT"])
    for version, taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context = stack.trusting()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("localhost", port), timeout=10) as raw:
            try:
                with context.wrap_socket(raw, server_hostname="localhost") as opened:
                    assert taken and opened.version() == version.name.replace("_", ".")
            except (ssl.SSLError, ConnectionResetError):
                assert not taken


def test_browsers_are_told_to_come_encrypted_but_not_to_localhost(stack):
    with httpx.Client(base_url=stack.url, verify=stack.trusting()) as client:
        for path in ("/", "/openapi.json", "/complaints/v1/state-machines", "/complaints/nowhere", "/else"):
            told = client.get(path, headers={"Host": "rapport.example"}).headers
            assert told["strict-transport-security"] == "max-age=31536000", path
            assert "strict-transport-security" not in client.get(path).headers


def test_plain_http_is_a_problem_and_says_nothing_of_strictness(stack):
    url = stack.url.replace("https://", "http://")
    refused = httpx.get(f"{url}/complaints/v1/complaints", headers={"Host": "rapport.example"})
    assert (refused.status_code, refused.json()["code"]) == (400, "https-only")
    assert "strict-transport-security" not in refused.headers


def test_a_service_reaches_its_database_encrypted(stack):
    assert ask_database(stack, f"{VERIFIED}/run/secrets/ca.crt") == "TLSv1.3"
    used = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"
    used = f"SELECT count(*) FILTER (WHERE ssl), count(*) {used}"
    row = stack.compose("exec", "-T", "-u", "postgres", "postgres", "psql", "-XAtc", used).strip()
    encrypted, all_ = map(int, row.split("|"))
    assert encrypted == all_ > len(SERVICES)


def test_the_database_refuses_what_is_not_encrypted(stack):
    refused = ask_database(stack, "?sslmode=disable")
    assert "no pg_hba.conf entry" in refused and "no encryption" in refused


def test_a_service_refuses_a_database_of_another_authority(stack):
    assert "CERTIFICATE_VERIFY_FAILED" in ask_database(stack, f"{VERIFIED}/etc/ssl/certs/ca-certificates.crt")


def test_no_service_starts_on_a_public_address_without_https_and_an_issuer(stack):
    for public, said in (("http://rapport.example", "is http"), ("https://rapport.example", "is the local issuer")):
        with pytest.raises(AssertionError, match=said):
            stack.compose("run", "--rm", "-T", "--no-deps", "-e", f"RAPPORT_PUBLIC_URL={public}", "complaints-api")


def test_a_certificate_that_is_made_anew_is_shown_without_a_restart(stack):
    def shown() -> str:
        return hashlib.sha256(ssl.get_server_certificate(("localhost", int(stack.environment["PORT"]))).encode()).hexdigest()

    def started() -> dict[str, str]:
        ids = stack.compose("ps", "-q", "postgres", "gateway").split()
        return {each: stack.inspect(each, "{{.State.StartedAt}}") for each in ids}

    before, since = shown(), started()
    for server in ("gateway", "postgres"):
        stack.as_owner("rm", "-f", f"/secrets/certificates/{server}/{server}.crt")
    stack.make("up")
    deadline = time.monotonic() + 30  # the gateway's workers of before end by themselves
    while shown() == before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert started() == since
    assert ask_database(stack, f"{VERIFIED}/run/secrets/ca.crt") == "TLSv1.3"


def test_nothing_of_the_stack_that_makes_secrets_runs_as_root(stack):
    assert stack.as_owner("id", "-u").strip() != "0"
    config = json.loads(stack.compose("--profile", "tools", "config", "--format", "json"))
    assert config["services"]["tools"]["user"].partition(":")[0] not in {"", "0", "root"}
