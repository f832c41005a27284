"""The users of the local broker: one of each service and role, the operator, the administrator. Their passwords are secrets
of the state folder; the roles of a service share one, since they share a process here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rapport_cli.local.home import Home
from rapport_cli.local.kafka import ADMINISTRATOR

if TYPE_CHECKING:
    from rapport_chassis.broker import BrokerSettings
    from rapport_chassis.service import Service


def settings_of_service(home: Home, kafka: str, service: str) -> dict[str, Any]:
    """The settings `kafka*` with which a service comes to the broker at this address, in all of its roles."""
    return _settings(kafka, f"rapport.{service}.{{role}}", home.secret(f"kafka_{service}"), "SCRAM-SHA-512")


def settings_of_administrator(home: Home, kafka: str) -> dict[str, Any]:
    """Those of the administrator."""
    return _settings(kafka, ADMINISTRATOR, home.secret(f"kafka_{ADMINISTRATOR}"), "PLAIN")


def settings_of_reader(kafka: str, user: str, password: str) -> dict[str, Any]:
    """Those of somebody with a user of their own."""
    return _settings(kafka, user, password, "SCRAM-SHA-512")


def admit(home: Home, administrator: BrokerSettings, services: Sequence[Service[Any]]) -> None:
    """Have the broker know the users of these services, with what each may do. Raises CommandError."""
    from rapport_chassis.broker import ROLES
    from rapport_chassis.rights import OPERATOR, operator_rights, rights_of, user_of

    from rapport_cli.broker_users import BrokerUsers

    passwords = {user_of(each.name, role): home.secret(f"kafka_{each.name}") for each in services for role in ROLES}
    passwords[OPERATOR] = home.secret("kafka_operator")
    wanted = operator_rights().union(*map(rights_of, services))
    BrokerUsers(administrator).synchronise(wanted, passwords)


def _settings(kafka: str, user: str, password: str, mechanism: str) -> dict[str, Any]:
    """All of them, so that none comes from the environment, which is for brokers elsewhere."""
    return {
        "kafka": kafka,
        "kafka_user": user,
        "kafka_password": password,
        "kafka_mechanism": mechanism,
        "kafka_security": "sasl-plaintext",
        "kafka_ca": None,
    }
