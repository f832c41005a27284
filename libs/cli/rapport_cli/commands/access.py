"""`rapport access`: who may read and write at the broker."""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport_cli.local.home import Home
from rapport_cli.local.users import settings_of_administrator
from rapport_cli.output import Json, console, print_json, print_list
from rapport_cli.problems import USAGE, CommandError

if TYPE_CHECKING:
    from rapport_chassis.broker import BrokerSettings
    from rapport_chassis.rights import Right

    from rapport_cli.broker_users import BrokerUsers

PASSWORD_BYTES = 32

app = typer.Typer(no_args_is_help=True, help="Who may read and write at the broker: users, their rights, their passwords.")
granting = typer.Typer(no_args_is_help=True, help="Make a user at the broker; the password is shown once.")
app.add_typer(granting, name="grant")

Name = Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")]


@granting.command()
def analyst(name: Name, as_json: Json = False) -> None:
    """Somebody who reads every public topic, and writes nothing. Their groups begin with `analyst.NAME.`."""
    from rapport_chassis.rights import analyst_rights

    try:
        rights = analyst_rights(name)
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    _grant(rights, as_json=as_json)


@granting.command("call-centre")
def call_centre(
    name: Name,
    to: Annotated[str, typer.Option(help="The service that takes its records: interactions (calls) or complaints.")],
    as_json: Json = False,
) -> None:
    """A system that writes calls, or complaints that it took in, to the inbound topic of one service, and reads nothing."""
    from rapport_chassis.rights import call_centre_rights

    try:
        rights = call_centre_rights(name, to)
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    _grant(rights, as_json=as_json)


@app.command()
def revoke(user: Annotated[str, typer.Argument(help="As `access list` shows it: analyst.NAME, call-centre.NAME.")]) -> None:
    """Take the password and every right of a user away. A connection that is open can do nothing from then on."""
    if user.startswith(_ours()):
        raise CommandError(f"{user} is a user of Rapport itself", USAGE)
    if not _broker().remove(user):
        raise CommandError(f"no user '{user}' at the broker")
    console.print(f"{user} has no access any more.")


@app.command()
def password(user: Annotated[str, typer.Argument(help="As `access list` shows it.")], as_json: Json = False) -> None:
    """Give a user another password, shown once. Connections that are open go on until they end."""
    broker = _broker()
    if user not in broker.users() or user.startswith(_ours()):
        raise CommandError(f"no user '{user}' that `access grant` made")
    made = _password(broker, user)
    if as_json:
        print_json({"user": user, "password": made})
    else:
        console.print(f"password  {made}   (shown this once)", markup=False)


@app.command("list")
def list_(
    services: Annotated[bool, typer.Option("--all", help="Also the users of Rapport itself.")] = False, as_json: Json = False
) -> None:
    """Who may do what. `missing` are rights that their kind has today and they do not have: `access sync` gives them."""
    from rapport_chassis.rights import OURS, renewed

    broker = _broker()
    rights, users = broker.rights(), broker.users()
    shown = [user for user in sorted({*rights, *users}) if services or not user.startswith(OURS)]
    rows: list[dict[str, Any]] = [
        {
            "user": user,
            "password": user in users,
            "rights": _lines(rights.get(user, set())),
            "missing": _lines(renewed(user, rights.get(user, ())) - rights.get(user, set())),
        }
        for user in shown
    ]
    if not as_json:
        rows = [{**row, "rights": "\n".join(row["rights"]), "missing": "\n".join(row["missing"])} for row in rows]
    columns = ("user", "password", "rights", "missing")
    print_list(rows, columns, nothing="Nobody but Rapport itself has access.", as_json=as_json)


@app.command()
def plan(as_json: Json = False) -> None:
    """What the users of the services need at a broker of your own, as commands of Kafka for those who run it."""
    rights = sorted(_wanted())
    if as_json:
        print_json([asdict(right) for right in rights])
        return
    for right in rights:
        console.out(_command(right), highlight=False)


@app.command()
def sync(
    passwords: Annotated[
        Path, typer.Argument(help="Folder with a folder for each user of Rapport, made by `rapport secrets`.")
    ],
) -> None:
    """Have the broker know the users of the services, and give everybody what their kind has in this version."""
    found = {each.parent.name: each.read_text() for each in passwords.glob("rapport.*/rapport_kafka_password")}
    if not found:
        raise CommandError(f"no passwords in {passwords}: `rapport secrets` makes them", USAGE)
    _broker().synchronise(_wanted(), found)
    console.print(f"{len(found)} users of Rapport are at the broker.")


def _grant(rights: set[Right], *, as_json: bool) -> None:
    (user,) = {right.user for right in rights}
    broker = _broker()
    if user in broker.users():
        raise CommandError(f"{user} is there already; another password: rapport access password {user}")
    broker.allow(rights)
    made = _password(broker, user)
    if as_json:
        print_json({"user": user, "password": made, "rights": _lines(rights)})
        return
    console.print(f"user      {user}\npassword  {made}   (shown this once)", markup=False)
    for line in _lines(rights):
        console.print(f"          {line}", markup=False)


def _password(broker: BrokerUsers, user: str) -> str:
    made = secrets.token_urlsafe(PASSWORD_BYTES)
    broker.give_passwords({user: made})
    return made


def _ours() -> str:
    from rapport_chassis.rights import OURS

    return OURS


def _wanted() -> set[Right]:
    from rapport_chassis.rights import operator_rights, rights_of

    from rapport_cli.services import described

    return operator_rights().union(*map(rights_of, described()))


def _broker() -> BrokerUsers:
    from rapport_cli.broker_users import BrokerUsers

    return BrokerUsers(_administrator())


def _administrator() -> BrokerSettings:
    """Who may do this: the settings of the environment, else the administrator of the local installation."""
    from rapport_chassis.broker import BrokerSettings

    from rapport_cli.services import read_settings

    if os.environ.get("RAPPORT_KAFKA"):
        return read_settings(BrokerSettings)
    home = Home.find()
    running = home.running()
    if running is None:
        raise CommandError(
            "no broker: set RAPPORT_KAFKA and its administrator in RAPPORT_KAFKA_USER and RAPPORT_KAFKA_PASSWORD, "
            "or start a local installation (make run)",
            USAGE,
        )
    return BrokerSettings(**settings_of_administrator(home, running.kafka))


def _lines(rights: set[Right]) -> list[str]:
    """A line for each thing that may be done, with everything that it may be done with."""
    things: dict[str, list[str]] = {}
    for right in sorted(rights):
        things.setdefault(f"{right.operation} {right.kind}", []).append(f"{right.name}{'*' if right.prefixed else ''}")
    return [f"{what} {', '.join(names)}" for what, names in things.items()]


def _command(right: Right) -> str:
    pattern = " --resource-pattern-type prefixed" if right.prefixed else ""
    what = f"--operation {right.operation.capitalize()} --{right.kind} {right.name}{pattern}"
    at = 'kafka-acls.sh --bootstrap-server "$BROKER" --command-config administrator.properties'
    return f"{at} --add --allow-principal User:{right.user} {what}"
