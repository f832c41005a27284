"""Who may do what at the broker: the users of Rapport, and what each is granted. What is not granted here is refused.

A user of a service is `rapport.<service>.<role>`, one of a person or of a foreign system `<kind>.<name>`. No name holds a
dot, so no prefix of one is the prefix of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rapport_contracts.event import registry
from rapport_contracts.topics import TOPICS

from rapport_chassis.broker import ROLES, Role

if TYPE_CHECKING:  # a command that grants somebody access needs no service
    from rapport_chassis.service import Service

OPERATOR = "rapport.operator"
"""What the commands of an operator read with: all that is public."""
OURS = "rapport."
ANALYST, CALL_CENTRE = "analyst.", "call-centre."
INBOUND = ".inbound"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One user may do one thing with a topic or a consumer group; `prefixed`: with all whose names begin with `name`."""

    user: str
    kind: Literal["topic", "group"]
    name: str
    operation: Literal["read", "write", "create", "describe"]
    prefixed: bool = False


def user_of(service: str, role: Role) -> str:
    """The user that a service has in a role."""
    return f"{OURS}{service}.{role}"


def rights_of(service: Service[Any]) -> set[Right]:
    """What the users of a service need, and no more: it is read from what the service declares.

    `api` reads what it tells to those who listen. `worker` reads its subscriptions and the anchors of its audit trail, and
    rebuilds its projections, `relay` writes the facts of the service; both see to its topics. Who writes may have a producer
    id (Kafka 2.8 and later).
    """
    from rapport_chassis.anchors import kind_of
    from rapport_chassis.checkpoints import counted_topics

    read = {topic for each in service.subscriptions for topic in each.topics}
    read |= {event.topic for each in service.projections for event in each.events}
    anchored = kind_of(service.name)
    read |= {anchored.topic} if anchored is not None else set()
    written = {event.topic for event in registry().values() if TOPICS[event.topic].owner == service.name}
    api, worker, relay = (user_of(service.name, role) for role in ROLES)
    rights = {Right(api, "topic", topic, "read") for topic in counted_topics(service.name)}
    rights |= {Right(worker, "topic", topic, "read") for topic in read}
    rights |= {Right(worker, "group", each.name, "read") for each in service.subscriptions}
    rights |= {Right(relay, "topic", topic, "write") for topic in written}
    for user in (worker, relay):
        rights |= {Right(user, "topic", topic.name, operation) for topic in service.topics for operation in _KEEPING}
    return rights


_KEEPING: tuple[Literal["create", "describe"], ...] = ("create", "describe")


def users_of(services: Iterable[Service[Any]]) -> list[str]:
    """All users of these services, and the operator."""
    return [OPERATOR, *(user_of(service.name, role) for service in services for role in ROLES)]


def operator_rights() -> set[Right]:
    """It reads without a group."""
    return {Right(OPERATOR, "topic", topic, "read") for topic in public_topics()}


def analyst_rights(name: str) -> set[Right]:
    """Reading every public topic, in groups whose names begin with `analyst.<name>.`. Raises ValueError for a bad name."""
    user = f"{ANALYST}{_checked(name)}"
    reading = {Right(user, "topic", topic, "read") for topic in public_topics()}
    return reading | {Right(user, "group", f"{user}.", "read", prefixed=True)}


def call_centre_rights(name: str, owner: str) -> set[Right]:
    """Writing what this service takes from other systems, and nothing else. Raises ValueError for a bad name or owner."""
    user, topic = f"{CALL_CENTRE}{_checked(name)}", f"rapport.{owner}{INBOUND}"
    if owner not in taking():
        raise ValueError(f"no service '{owner}' takes records of other systems; there are: {', '.join(taking())}")
    return {Right(user, "topic", topic, "write")}


def public_topics() -> list[str]:
    """What analysts read."""
    return sorted(topic.name for topic in TOPICS.values() if topic.visibility == "public")


def taking() -> list[str]:
    """The services that take records of other systems from a topic of theirs."""
    return sorted(topic.owner for topic in TOPICS.values() if topic.name.endswith(INBOUND))


def renewed(user: str, has: Iterable[Right]) -> set[Right]:
    """What somebody who was granted something has by the rules of today: an analyst gets new public topics."""
    return analyst_rights(user.removeprefix(ANALYST)) if user.startswith(ANALYST) else set(has)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is small letters, digits and hyphens, begins with a letter, and has 40 of them at most")
    return name
