"""What a service must be told from outside: one frozen class, no working secret as a default."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from rapport_kernel.errors import Invalid
from rapport_kernel.wall_time import zone_of

from rapport_chassis.broker import BrokerSettings
from rapport_chassis.company import CompanySettings
from rapport_chassis.security import transit
from rapport_chassis.security.issuer import LOCAL_ISSUER
from rapport_chassis.security.origins import read_origins

API: dict[str, JsonValue] = {"role": "api"}
WORKER: dict[str, JsonValue] = {"role": "worker"}
"""Of a setting that one role alone reads; the others are read by all."""


class ServiceSettings(CompanySettings, BrokerSettings):
    """Read from `RAPPORT_*` variables, then from files of the same (lower-case) names, as
    the settings of the broker are.

    A service subclasses it (`class Settings(ServiceSettings)`) and adds its own fields. `database_url` may hold
    `{service}`, so that one environment serves all services: `postgresql://rapport_{service}:...@db/rapport_{service}`.
    What would send anything readable to another machine is refused here, so that no process starts with it.
    """

    database_url: SecretStr = Field(description="the database; `{service}` in it is filled in")
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="the same database as the owner of the append-only tables, who migrates; for the job that does",
    )
    plain_database: Literal["refused", "allowed"] = Field(
        default="refused", description="a database on another machine without sslmode=verify-full"
    )
    replica: str | None = Field(
        default=None,
        description="name of this process among its twins, stable over restarts; none: the host's, with a number",
    )
    migrate: bool = Field(default=True, description="bring the database to the newest revision at the start")
    create_topics: bool = Field(default=True, description="make topics that are missing, at the start and while it runs")
    home: Path = Field(default=Path(".rapport"), description="folder of a local installation")
    keys: Path | None = Field(default=None, description="folder of master.key, index.key, transport.key; `<home>/keys`")
    issuer: str | None = Field(default=None, description="`iss` of accepted tokens", json_schema_extra=API)
    audience: str = Field(default="rapport", description="`aud` of accepted tokens", json_schema_extra=API)
    staff_claim: str = Field(
        default="sub",
        min_length=1,
        description="claim of a token that is the opaque id of the staff",
        json_schema_extra=API,
    )
    jwks: str | None = Field(default=None, description="URL or file of the issuer's public keys", json_schema_extra=API)
    public_url: str = Field(default="http://127.0.0.1:8080", description="where customers reach us; links begin with it")
    bind: str = Field(default="127.0.0.1", description="address at which what stands before the services is published")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="origins whose pages may call from a browser (CORS), with commas", json_schema_extra=API
    )
    zone: str = Field(default="Asia/Shanghai", description="time zone of days, months and pages unless one is asked for")
    phone_region: str = Field(
        default="CN", pattern="^[A-Z]{2}$", description="ISO 3166 region of phone numbers without a country code"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least that is logged")
    docs: bool = Field(
        default=True, description="serve /docs, /openapi.json, /events, /figures and /asyncapi.json", json_schema_extra=API
    )
    requests_at_once: int = Field(
        default=256, ge=1, description="of one service in one process; the next one gets 503", json_schema_extra=API
    )
    requests_at_once_each: int = Field(
        default=64, ge=1, description="of one caller; the next one gets 429", json_schema_extra=API
    )
    trusted_proxies: str = Field(
        default="",
        description="addresses and networks, with commas, whose X-Forwarded-For is believed; none: that of nobody",
        json_schema_extra=API,
    )
    rate_principal: str = Field(
        default="30000/minute", description="requests of one caller, per replica", json_schema_extra=API
    )
    rate_public: str = Field(
        default="1200/minute", description="requests of one address on public routes, per replica", json_schema_extra=API
    )
    rate_failures: str = Field(
        default="60/minute", description="failed logins of one address, per replica", json_schema_extra=API
    )
    rate_misses: str = Field(
        default="120/hour",
        description="identifiers that one caller looked up and nobody has, per replica",
        json_schema_extra=API,
    )
    parked_keep: timedelta = Field(
        default=timedelta(days=90),
        ge=timedelta(days=1),
        description="how long a message that cannot be applied is kept",
        json_schema_extra=WORKER,
    )
    pool_size: int = Field(default=8, ge=1, le=100, description="connections to the database, of one process")
    pool_wait: timedelta = Field(default=timedelta(seconds=2), description="longest wait for a connection, then 503")
    statement_timeout: timedelta = Field(default=timedelta(seconds=15), description="longest that one statement may take")
    lock_timeout: timedelta = Field(
        default=timedelta(seconds=4), description="longest wait for a row of somebody else, then 503"
    )
    live_listeners: int = Field(
        default=500, ge=1, description="of one service in one process; the next one gets 503", json_schema_extra=API
    )
    live_listeners_each: int = Field(
        default=20, ge=1, description="of one caller; the next one gets 429", json_schema_extra=API
    )
    live_heartbeat: timedelta = Field(
        default=timedelta(seconds=15),
        ge=timedelta(seconds=1),
        description="after which a quiet stream says so",
        json_schema_extra=API,
    )
    live_kept: int = Field(
        default=10_000,
        ge=100,
        description="events kept in memory for those who were away for a moment",
        json_schema_extra=API,
    )
    drain: timedelta = Field(default=timedelta(seconds=20), description="longest wait for work in hand when stopping")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            return zone_of(zone).key
        except Invalid:
            raise ValueError("is no IANA name of a time zone") from None

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _read_origins(cls, origins: object) -> object:
        return read_origins(origins) if isinstance(origins, str) else origins

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str) -> str:
        transit.demand_https(url)
        return url

    @field_validator("jwks")
    @classmethod
    def _untampered(cls, jwks: str | None) -> str | None:
        if jwks is not None and jwks.startswith(("http://", "https://")):
            transit.demand_https(jwks)
        return jwks

    @model_validator(mode="after")
    def _nothing_readable_leaves(self) -> Self:
        demanded = transit.demand_verified if self.plain_database == "refused" else transit.database_hosts
        urls = {"DATABASE_URL": self.database_for("service"), "OWNER_DATABASE_URL": self.owner_database_for("service")}
        for name, url in urls.items():
            try:
                _ = url and demanded(url)
            except ValueError as error:
                raise ValueError(f"RAPPORT_{name} {error}") from None
        public = not (transit.stays_here(self.public_url) and transit.on_this_machine(self.bind))
        if self.issuer == LOCAL_ISSUER and public:
            raise ValueError(
                f"RAPPORT_ISSUER is the local issuer {LOCAL_ISSUER}: whoever reads its file makes tokens of any kind."
                " Where others come (RAPPORT_PUBLIC_URL, RAPPORT_BIND) name your OIDC provider here and in RAPPORT_JWKS"
            )
        return self

    @property
    def keys_dir(self) -> Path:
        """Where the key files lie."""
        return self.keys or self.home / "keys"

    def database_for(self, service: str) -> str:
        """The URL of one service's database, with `{service}` filled in."""
        return self.database_url.get_secret_value().replace("{service}", service)

    def owner_database_for(self, service: str) -> str | None:
        """The same for the owner of its append-only tables; None: this process does not know the owner."""
        owner = self.owner_database_url
        return None if owner is None else owner.get_secret_value().replace("{service}", service)
