"""How a process may come to the broker, and what keeps it from starting."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_chassis.broker import BrokerSettings, is_loopback

HERE, ELSEWHERE = "127.0.0.1:9092", "kafka-1.example.com:9093,kafka-2.example.com:9093"
SOMEBODY = {"kafka_user": "rapport.complaints.{role}", "kafka_password": "s3cret"}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAPPORT_SECRETS_DIR", str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kafka": ELSEWHERE}, "another machine needs RAPPORT_KAFKA_USER"),
        ({"kafka": "localhost:9092,kafka:9092"}, "another machine needs RAPPORT_KAFKA_USER"),
        ({"kafka": ELSEWHERE, "kafka_user": "somebody"}, "belong together"),
        ({"kafka": ELSEWHERE, "kafka_password": "s3cret"}, "belong together"),
        ({"kafka": ELSEWHERE, **SOMEBODY, "kafka_security": "sasl-plaintext"}, "of this machine only"),
        ({"kafka": HERE, **SOMEBODY, "kafka_security": "plaintext"}, "of a broker without users"),
        ({"kafka": HERE, "kafka_security": "tls"}, "needs RAPPORT_KAFKA_USER"),
        ({"kafka": HERE, "kafka_security": "sasl-plaintext"}, "needs RAPPORT_KAFKA_USER"),
        ({"kafka": HERE, "kafka_security": "off"}, "'tls', 'sasl-plaintext' or 'plaintext'"),
        ({"kafka": ELSEWHERE, **SOMEBODY, "kafka_ca": "/nothing/here"}, "no certificate can be read"),
        ({"kafka": HERE, "kafka_ca": __file__}, "would not be encrypted"),
        ({"kafka": ELSEWHERE, **SOMEBODY, "kafka_ca": __file__}, "no certificate can be read"),
    ],
)
def test_what_is_not_safe_or_does_not_fit_together_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        BrokerSettings(**given)
    assert "s3cret" not in str(refused.value)


def test_with_a_user_it_is_encrypted_and_the_name_of_the_broker_checked() -> None:
    told = BrokerSettings(kafka=ELSEWHERE, **SOMEBODY).client_security("relay")
    context = told.pop("ssl_context")
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
    assert told == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "rapport.complaints.relay",
        "sasl_plain_password": "s3cret",
    }


def test_on_this_machine_it_may_be_plain() -> None:
    assert BrokerSettings(kafka=HERE).client_security() == {}
    told = BrokerSettings(kafka=HERE, kafka_user="me", kafka_password="s3cret", kafka_security="sasl-plaintext")
    assert told.client_security()["security_protocol"] == "SASL_PLAINTEXT"
    assert BrokerSettings(kafka=ELSEWHERE, kafka_security="plaintext").client_security() == {}


def test_a_user_of_a_role_has_to_have_one() -> None:
    with pytest.raises(ValueError, match="depends on the role"):
        BrokerSettings(kafka=ELSEWHERE, **SOMEBODY).client_security()


def test_what_is_of_this_machine() -> None:
    assert is_loopback("localhost:1,127.0.0.2:1,[::1]:9092")
    assert not is_loopback("0.0.0.0:9092") and not is_loopback("127.0.0.1.example.com:9092")


def test_settings_come_from_several_folders_and_nothing_is_an_empty_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"user": "me", "password": "s3cret"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"rapport_kafka_{name}").write_text(f"{value}\n")
    monkeypatch.setenv("RAPPORT_SECRETS_DIR", f"{tmp_path / 'user'}:{tmp_path / 'password'}")
    monkeypatch.setenv("RAPPORT_KAFKA_CA", "")
    settings = BrokerSettings(kafka=ELSEWHERE)
    assert (settings.kafka_user, settings.kafka_ca) == ("me", None)
    assert settings.kafka_password is not None and settings.kafka_password.get_secret_value() == "s3cret"
