"""Who may do what at the broker, for all services: derived from what they declare, and never more than a role needs."""

from __future__ import annotations

import pytest
from rapport_chassis.broker import ROLES
from rapport_chassis.checkpoints import counted_topics
from rapport_chassis.rights import (
    OPERATOR,
    Right,
    analyst_rights,
    call_centre_rights,
    operator_rights,
    public_topics,
    renewed,
    rights_of,
    taking,
    user_of,
    users_of,
)
from rapport_cli.services import described
from rapport_contracts.topics import TOPICS

SERVICES = described()
RIGHTS = {user_of(service.name, role): set() for service in SERVICES for role in ROLES}
for _service in SERVICES:
    for _right in rights_of(_service):
        RIGHTS[_right.user].add(_right)
PRIVATE = {name for name, topic in TOPICS.items() if topic.visibility == "private"}


def of(user: str, operation: str, kind: str = "topic") -> set[str]:
    return {right.name for right in RIGHTS[user] if (right.operation, right.kind) == (operation, kind)}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_relay_writes_the_facts_of_its_service_and_reads_nothing(service) -> None:
    written = of(user_of(service.name, "relay"), "write")
    assert written and all(TOPICS[topic].owner == service.name and not topic.endswith(".inbound") for topic in written)
    assert not of(user_of(service.name, "relay"), "read") and not of(user_of(service.name, "relay"), "read", "group")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_worker_reads_what_its_service_declares_in_groups_of_its_service_and_writes_nothing(service) -> None:
    worker = user_of(service.name, "worker")
    assert of(worker, "read") == {topic for each in service.subscriptions for topic in each.topics} | {
        event.topic for each in service.projections for event in each.events
    } | {f"rapport.{service.name}.anchors"}
    groups = of(worker, "read", "group")
    assert groups == {each.name for each in service.subscriptions}
    assert all(group == f"rapport.{service.name}" or group.startswith(f"rapport.{service.name}.") for group in groups)
    assert not of(worker, "write")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_an_api_reads_what_it_tells_its_listeners_and_nothing_else(service) -> None:
    rights = RIGHTS[user_of(service.name, "api")]
    assert rights == {Right(user_of(service.name, "api"), "topic", topic, "read") for topic in counted_topics(service.name)}


def test_private_topics_are_between_the_parties_that_are_named() -> None:
    readers = {(topic, user) for user in RIGHTS for topic in of(user, "read") if topic in PRIVATE}
    assert readers == {
        ("rapport.complaints.inbound", "rapport.complaints.worker"),
        ("rapport.interactions.inbound", "rapport.interactions.worker"),
        ("rapport.interactions.private", "rapport.profiles.worker"),
        *((f"rapport.{service.name}.anchors", f"rapport.{service.name}.worker") for service in SERVICES),
    }


def test_topics_are_made_by_who_owns_or_reads_them() -> None:
    for service in SERVICES:
        for role in ("worker", "relay"):
            assert of(user_of(service.name, role), "create") == {topic.name for topic in service.topics}


def test_nothing_of_ours_is_granted_by_prefix() -> None:
    assert not [right for rights in RIGHTS.values() for right in rights if right.prefixed]


def test_an_analyst_and_the_operator_read_what_is_public_and_no_more() -> None:
    for rights in (analyst_rights("wang"), operator_rights()):
        topics = {right.name for right in rights if right.kind == "topic"}
        assert topics == set(public_topics()) == set(TOPICS) - PRIVATE
        assert {right.operation for right in rights} == {"read"}
    assert {(r.name, r.prefixed) for r in analyst_rights("wang") if r.kind == "group"} == {("analyst.wang.", True)}


def test_a_call_centre_writes_one_topic() -> None:
    assert taking() == ["complaints", "interactions"]
    (right,) = call_centre_rights("hotline", "interactions")
    assert right == Right("call-centre.hotline", "topic", "rapport.interactions.inbound", "write")
    with pytest.raises(ValueError, match="there are: complaints, interactions"):
        call_centre_rights("hotline", "profiles")


@pytest.mark.parametrize("name", ["", "a.b", "Wang", "1st", "*", "wang ", "王", "a" * 41, "wang\nUser:admin"])
def test_a_name_that_could_reach_into_anothers_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name is"):
        analyst_rights(name)
    with pytest.raises(ValueError, match="a name is"):
        call_centre_rights(name, "complaints")


def test_an_analyst_of_an_older_version_gets_what_analysts_have_today() -> None:
    old = {right for right in analyst_rights("wang") if not right.name.endswith(".catalogue")}
    assert renewed("analyst.wang", old) == analyst_rights("wang")
    has = call_centre_rights("hotline", "complaints")
    assert renewed("call-centre.hotline", has) == has


def test_every_user_has_a_name_of_its_own() -> None:
    users = users_of(SERVICES)
    assert len(set(users)) == len(users) == 1 + len(SERVICES) * len(ROLES) and OPERATOR in users
