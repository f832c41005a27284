"""What would travel readable to another machine keeps a process from starting, with a word on what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_chassis.security.issuer import LOCAL_ISSUER
from rapport_chassis.settings import ServiceSettings

HERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}
AWAY = "postgresql://rapport_{service}:s3cret@db.example/rapport_{service}"


def refusal(**settings: Any) -> str:
    """What a service says that is given these settings."""
    with pytest.raises(ValidationError) as refused:
        ServiceSettings(**HERE | settings)
    said = refused.value.errors()
    assert len(said) == 1
    return str(said[0]["msg"])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://localhost:9000/",
        "http://[::1]:8080",
        "http://LOCALHOST",
        "https://experience.example",
    ],
)
def test_an_address_that_nobody_can_read_along_is_taken(url: str) -> None:
    assert ServiceSettings(**HERE, public_url=url).public_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://experience.example",
        "http://10.0.0.5:8080",
        "http://0.0.0.0:8080",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "HTTP://experience.example",
    ],
)
def test_public_http_is_refused(url: str) -> None:
    assert "is http, and not on this machine" in refusal(public_url=url)


@pytest.mark.parametrize("url", ["experience.example", "ftp://experience.example", "https://", "//experience.example"])
def test_what_is_no_address_is_refused(url: str) -> None:
    assert "is no address like https" in refusal(public_url=url)


def test_keys_of_an_issuer_come_over_https_or_from_this_machine(tmp_path: Path) -> None:
    for fine in ("https://id.example/jwks?p=1", "http://127.0.0.1:8180/jwks", str(tmp_path / "jwks.json")):
        assert ServiceSettings(**HERE, issuer="https://id.example", jwks=fine).jwks == fine
    assert "is http" in refusal(issuer="https://id.example", jwks="http://id.example/jwks")


@pytest.mark.parametrize("public", [{"public_url": "https://experience.example"}, {"bind": "::"}, {"bind": "10.0.0.5"}])
def test_the_local_issuer_is_refused_where_others_come(public: dict[str, str], tmp_path: Path) -> None:
    said = refusal(issuer=LOCAL_ISSUER, jwks=str(tmp_path / "jwks"), **public)
    assert "RAPPORT_ISSUER is the local issuer" in said and "RAPPORT_JWKS" in said
    assert ServiceSettings(**HERE, issuer="https://id.example", jwks=str(tmp_path / "jwks"), **public)
    assert ServiceSettings(**HERE, issuer=LOCAL_ISSUER, jwks=str(tmp_path / "jwks"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@127.0.0.1/d",
        "postgresql://u@localhost:5433/d?sslmode=disable",
        "postgresql://u@[::1]/d",
        "postgresql://u@%2Fvar%2Frun%2Fpostgresql/d",
        AWAY + "?sslmode=verify-full",
        "postgresql://u@one.example,two.example/d?sslmode=verify-full",
    ],
)
def test_a_database_here_or_verified_is_taken(url: str) -> None:
    assert ServiceSettings(**HERE | {"database_url": url})


@pytest.mark.parametrize(
    "url",
    [
        AWAY,
        *(f"{AWAY}?sslmode={mode}" for mode in ("disable", "allow", "prefer", "require", "verify-ca")),
        AWAY + "?sslmode=verify-full&sslmode=disable",
        "postgresql://u:s3cret@127.0.0.1,db.example/d",
        "postgresql://u:s3cret@127.0.0.1.example/d",
    ],
)
def test_a_database_elsewhere_is_verified_or_refused(url: str) -> None:
    said = refusal(database_url=url)
    assert said.startswith("Value error, RAPPORT_DATABASE_URL leads to another machine without sslmode=verify-full")
    assert "s3cret" not in said
    assert ServiceSettings(**HERE | {"database_url": url}, plain_database="allowed")


def test_an_authority_that_is_not_there_is_refused(tmp_path: Path) -> None:
    url = f"{AWAY}?sslmode=verify-full&sslrootcert={tmp_path / 'ca.crt'}"
    assert "sslrootcert that is not there" in refusal(database_url=url)
    (tmp_path / "ca.crt").touch()
    assert ServiceSettings(**HERE | {"database_url": url})


@pytest.mark.parametrize("plain", ["refused", "allowed"])
def test_what_is_no_database_is_refused_without_its_password(plain: str) -> None:
    said = refusal(database_url="mysql://u:s3cret@127.0.0.1/d", plain_database=plain)
    assert "RAPPORT_DATABASE_URL is no URL like postgresql" in said and "s3cret" not in said
