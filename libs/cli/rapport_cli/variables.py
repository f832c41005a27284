"""The `RAPPORT_*` variables that mean something: settings of the services, and those that are read elsewhere. One that is
read by nobody is a setting that somebody believes in, so no command starts with it.
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import module_of

if TYPE_CHECKING:
    from rapport_chassis.settings import ServiceSettings

PREFIX = "RAPPORT_"
ELSEWHERE = {
    "RAPPORT_SECRETS_DIR": (
        "every process",
        "folders with a file for each secret setting, with `:` between; `/run/secrets`",
    ),
    "RAPPORT_SERVICE": ("rapport", "the service that `serve` and `migrate` run"),
    "RAPPORT_MANAGEMENT_PORT": ("rapport", "port of `serve` for health and metrics; 8081"),
    "RAPPORT_URL": ("rapport", "where the command finds the APIs; as `rapport up` says, else `http://127.0.0.1:8080`"),
    "RAPPORT_TOKEN": ("rapport", "the token with which the command comes to the APIs; one of the local issuer"),
    "RAPPORT_CACHE": ("rapport", "where `up` keeps what it fetches; `~/.cache/rapport`"),
    "RAPPORT_JAVA": ("rapport", "the Java command with which `up` runs Kafka; the one of its wheel"),
    "RAPPORT_HOST": ("make up", "name at which others reach the gateway, beside `localhost`"),
    "RAPPORT_BACKUPS": ("docker compose", "folder of this machine that `tools` sees as `/backups`; `deploy/backups`"),
    "RAPPORT_USER": ("make up", "user and group of `deploy/secrets`, `uid:gid`; made by `make up`"),
    "RAPPORT_CPUS": ("make up", "processors that a container of ours may use; 1"),
    "RAPPORT_SERVER_CPUS": ("make up", "processors that PostgreSQL and Kafka may use, each; 2"),
    "RAPPORT_PYTHON_IMAGE": ("make up", "the image that ours is built on; `python:3.13-slim`"),
    "RAPPORT_BUILD_VERSION": ("make up", "label of the image; of the packages"),
    "RAPPORT_BUILD_REVISION": ("make up", "label of the image; of the checkout"),
    "RAPPORT_WAREHOUSE": ("dbt", "the file that the models for analysts read; `rapport.duckdb`"),
}
"""Who reads a variable that is no setting of a service, and what it says."""
_OF_TESTS = ("RAPPORT_TEST_", "RAPPORT_EXPIRED_TOKEN")
_OF_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$")
"""What Kubernetes tells every container of a Service by the name of `rapport-...`."""


def classes() -> dict[str, type[ServiceSettings]]:
    """The settings of each service that is installed, by its name: the class `Settings` in the module `settings` beside its
    `app`. Loads nothing else of the service."""
    from rapport_cli.services import SERVICES

    found = {}
    for name in SERVICES:
        package = module_of(name).rpartition(".")[0]
        found[name] = importlib.import_module(f"{package}.settings").Settings
    return found


def of_services() -> set[str]:
    """The variables of all settings."""
    return {f"{PREFIX}{field}".upper() for kind in classes().values() for field in kind.model_fields}


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raises CommandError when a variable `RAPPORT_*`, or a file `rapport_*` among the secrets, is read by nobody; it says
    which known name is nearest, and no value."""
    given = [*_variables(environment), *_secrets(environment)]
    rest = {shown: name for shown, name in given if name not in ELSEWHERE and not name.startswith(_OF_TESTS)}
    if not rest:
        return
    known = of_services() | ELSEWHERE.keys()
    if unknown := [_said(shown, name, known) for shown, name in rest.items() if name not in known]:
        raise CommandError("; ".join(unknown), USAGE)


def _said(shown: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"{shown} is no setting" + (f"; did you mean {near[0]}?" if near else " (docs/settings.md)")


def _variables(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """As shown, as compared: the case does not matter, as it does not when settings are read."""
    linked = "KUBERNETES_SERVICE_HOST" in environment
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and not (linked and _OF_KUBERNETES.search(name)):
            yield name, name.upper()


def _secrets(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for folder in filter(None, environment.get("RAPPORT_SECRETS_DIR", "").split(os.pathsep)):
        for file in sorted(Path(folder).glob(f"{PREFIX.lower()}*")):
            yield str(file), file.name.upper()
