"""How a process comes to the broker: address, user, encryption. What is not safe is refused when the settings are read."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from rapport_chassis.security.transit import on_this_machine

SECRETS_DIR = "/run/secrets"
Security = Literal["tls", "sasl-plaintext", "plaintext"]
Mechanism = Literal["SCRAM-SHA-512", "PLAIN"]
Role = Literal["api", "worker", "relay"]
ROLES: tuple[Role, ...] = ("api", "worker", "relay")
"""What a process of a service does: answers HTTP; consumes events, fires timers, runs loops; sends the outbox."""
ROLE = "{role}"
_UNSET_IF_EMPTY = BeforeValidator(lambda given: None if given == "" else given)


class BrokerSettings(BaseSettings):
    """`RAPPORT_KAFKA*`, from variables, then from files of the same (lower-case) names in the folders of
    `RAPPORT_SECRETS_DIR`, which are separated as those of `PATH` are.

    With a user the connection is encrypted and the broker's name checked; without one it is plain, and of this machine only,
    unless `kafka_security` says otherwise. Raises ValueError for what does not fit together.
    """

    model_config = SettingsConfigDict(env_prefix="RAPPORT_", frozen=True, extra="ignore", hide_input_in_errors=True)

    kafka: str = Field(description="bootstrap servers, `host:port,host:port`")
    kafka_user: Annotated[str | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="`{role}` in it stands for api, worker or relay"
    )
    kafka_password: Annotated[SecretStr | None, _UNSET_IF_EMPTY] = Field(default=None, description="of that user")
    kafka_mechanism: Mechanism = Field(default="SCRAM-SHA-512", description="PLAIN: of the one administrator")
    kafka_ca: Annotated[Path | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="file of the authority that signed the broker's certificate; none: those of the system"
    )
    kafka_security: Annotated[Security | None, _UNSET_IF_EMPTY] = Field(
        default=None, description="tls with a user; sasl-plaintext: on this machine only; plaintext: a broker without users"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        has_user, here = self.kafka_user is not None, is_loopback(self.kafka)
        if has_user != (self.kafka_password is not None):
            raise ValueError("RAPPORT_KAFKA_USER and RAPPORT_KAFKA_PASSWORD belong together")
        if has_user and self.kafka_security == "plaintext":
            raise ValueError(
                "RAPPORT_KAFKA_SECURITY=plaintext is of a broker without users, and there is RAPPORT_KAFKA_USER"
            )
        if not has_user and self.kafka_security in {"tls", "sasl-plaintext"}:
            raise ValueError(f"RAPPORT_KAFKA_SECURITY={self.kafka_security} needs RAPPORT_KAFKA_USER and its password")
        if not here and self.kafka_security == "sasl-plaintext":
            raise ValueError("RAPPORT_KAFKA_SECURITY=sasl-plaintext is for a broker of this machine only")
        if not here and not has_user and self.kafka_security is None:
            raise ValueError("a broker of another machine needs RAPPORT_KAFKA_USER, or RAPPORT_KAFKA_SECURITY=plaintext")
        if self.kafka_ca is not None and not self.is_encrypted:
            raise ValueError("RAPPORT_KAFKA_CA is given, and the connection would not be encrypted")
        if self.kafka_ca is not None:
            _authority(self.kafka_ca)
        return self

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is."""
        return self.kafka_user is not None and self.kafka_security in {None, "tls"}

    def user_of(self, role: str | None) -> str | None:
        """Who comes in this role. Raises ValueError when the user depends on the role and there is none."""
        if self.kafka_user is None or ROLE not in self.kafka_user:
            return self.kafka_user
        if role is None:
            raise ValueError("RAPPORT_KAFKA_USER depends on the role, and here is none")
        return self.kafka_user.replace(ROLE, role)

    def client_security(self, role: str | None = None) -> dict[str, Any]:
        """What aiokafka's clients are told about it."""
        if self.kafka_user is None or self.kafka_password is None:
            return {}
        return {
            "security_protocol": "SASL_SSL" if self.is_encrypted else "SASL_PLAINTEXT",
            "ssl_context": _authority(self.kafka_ca) if self.is_encrypted else None,
            "sasl_mechanism": self.kafka_mechanism,
            "sasl_plain_username": self.user_of(role),
            "sasl_plain_password": self.kafka_password.get_secret_value(),
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env file is read: its values would differ by folder
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - replaced by one that tolerates a missing folder
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then secret files."""
        named = os.environ.get("RAPPORT_SECRETS_DIR", SECRETS_DIR).split(os.pathsep)
        folders: list[str | Path] = [folder for folder in named if Path(folder).is_dir()]
        if not folders:
            return init_settings, env_settings
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folders)


def is_loopback(servers: str) -> bool:
    """Whether all of these, `host:port,host:port`, are of this machine: `localhost`, or an address of its loopback."""
    return all(on_this_machine(server.strip().rpartition(":")[0]) for server in servers.split(","))


def _authority(file: Path | None) -> ssl.SSLContext:
    """Checks certificate and name of the server. Raises ValueError for a file that holds no certificate."""
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:  # of SSLError, too
        raise ValueError(f"RAPPORT_KAFKA_CA: no certificate can be read from {file} ({type(error).__name__})") from None
