"""Users and rights at the broker, made and taken back over its own administration protocol."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.rights import OURS, Right, renewed

from rapport_cli.problems import UNREACHABLE, CommandError

B = TypeVar("B", AclBinding, AclBindingFilter)
WITHIN = 15.0
ITERATIONS = 4096
"""Of SCRAM: the least that the broker takes (RFC 7677). Passwords are 32 random bytes, which no number of them protects
better, and every new connection of a service pays for them."""
SALT_BYTES = 16
_KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
_OPERATIONS = {
    "read": AclOperation.READ,
    "write": AclOperation.WRITE,
    "create": AclOperation.CREATE,
    "describe": AclOperation.DESCRIBE,
}
_ANY: Any = None
_EVERYTHING = AclBindingFilter(
    ResourceType.ANY, _ANY, ResourcePatternType.ANY, _ANY, _ANY, AclOperation.ANY, AclPermissionType.ANY
)


class BrokerUsers:
    """The users and rights of one broker, as its administrator sees them. Every call raises CommandError when the broker
    does not answer, or refuses."""

    def __init__(self, settings: BrokerSettings) -> None:
        """`settings` are of a user who may alter the cluster."""
        self._admin = AdminClient(admin_configuration(settings))

    def users(self) -> set[str]:
        """Who has a password."""
        return set(result(self._admin.describe_user_scram_credentials(request_timeout=WITHIN)))

    def rights(self) -> dict[str, set[Right]]:
        """What each user may do, as far as it is of the kinds that we grant."""
        found: dict[str, set[Right]] = {}
        for binding in result(self._admin.describe_acls(_EVERYTHING, request_timeout=WITHIN)):
            right = _right(binding)
            if right is not None:
                found.setdefault(right.user, set()).add(right)
        return found

    def give_passwords(self, passwords: Mapping[str, str]) -> None:
        """Make these users, or give them another password; connections that are open stay."""
        made = [
            UserScramCredentialUpsertion(
                user,
                ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS),
                password.encode(),
                secrets.token_bytes(SALT_BYTES),
            )
            for user, password in passwords.items()
        ]
        self._alter(made)

    def remove(self, user: str) -> bool:
        """Take the password and all rights of a user away; whether there was one."""
        had, rights = user in self.users(), self.rights().get(user, set())
        self.withdraw(rights)
        if had:
            self._alter([UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)])
        return had or bool(rights)

    def allow(self, rights: Iterable[Right]) -> None:
        """Grant these; what is granted already stays."""
        bindings = [_binding(AclBinding, right) for right in sorted(rights)]
        if bindings:
            _results(self._admin.create_acls(bindings, request_timeout=WITHIN))

    def withdraw(self, rights: Iterable[Right]) -> None:
        """Take these back."""
        bindings = [_binding(AclBindingFilter, right) for right in sorted(rights)]
        if bindings:
            _results(self._admin.delete_acls(bindings, request_timeout=WITHIN))

    def synchronise(self, wanted: Iterable[Right], passwords: Mapping[str, str]) -> None:
        """Have our own users as they are to be, without those of a version before; and give those who were granted something
        what their kind has today."""
        there, today = self.rights(), set(wanted)
        for user, has in there.items():
            if not user.startswith(OURS):
                today |= renewed(user, has)
        before = set().union(*there.values())
        self.allow(today - before)
        self.withdraw(before - today)
        self.give_passwords(passwords)
        for user in self.users() - set(passwords):
            if user.startswith(OURS):
                self.remove(user)

    def _alter(self, alterations: list[Any]) -> None:
        _results(self._admin.alter_user_scram_credentials(alterations, request_timeout=WITHIN))


def admin_configuration(settings: BrokerSettings) -> dict[str, Any]:
    """What librdkafka is told."""
    # Its log says what is raised here, too.
    found: dict[str, Any] = {"bootstrap.servers": settings.kafka, "client.id": "rapport-access", "log_level": 0}
    if settings.kafka_user is None or settings.kafka_password is None:
        return found
    found |= {
        "security.protocol": "SASL_SSL" if settings.is_encrypted else "SASL_PLAINTEXT",
        "sasl.mechanism": settings.kafka_mechanism,
        "sasl.username": settings.kafka_user,
        "sasl.password": settings.kafka_password.get_secret_value(),
    }
    return found | ({"ssl.ca.location": str(settings.kafka_ca)} if settings.kafka_ca else {})


def result(future: Any) -> Any:
    """What a call of the administration answers. Raises CommandError when the broker does not answer, or refuses."""
    try:
        return future.result(WITHIN + 1)
    except KafkaException as refused:
        error = refused.args[0]
        raise CommandError(f"the broker: {error.str()}", UNREACHABLE if error.retriable() else 1) from None
    except TimeoutError:
        raise CommandError("the broker does not answer", UNREACHABLE) from None


def _results(futures: Mapping[Any, Future[Any]]) -> None:
    for future in futures.values():
        result(future)


def _binding(made: type[B], right: Right) -> B:
    pattern = ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL
    operation = _OPERATIONS[right.operation]
    return made(_KINDS[right.kind], right.name, pattern, f"User:{right.user}", "*", operation, AclPermissionType.ALLOW)


def _right(binding: AclBinding) -> Right | None:
    """None for what we never grant: another kind of thing, another host, a refusal."""
    kinds: dict[Any, Any] = {of: name for name, of in _KINDS.items()}
    operations: dict[Any, Any] = {of: name for name, of in _OPERATIONS.items()}
    kind, operation = kinds.get(binding.restype), operations.get(binding.operation)
    ours = binding.host == "*" and binding.permission_type == AclPermissionType.ALLOW
    if kind is None or operation is None or not ours or not binding.principal.startswith("User:"):
        return None
    prefixed = binding.resource_pattern_type == ResourcePatternType.PREFIXED
    return Right(binding.principal.removeprefix("User:"), kind, binding.name, operation, prefixed)
