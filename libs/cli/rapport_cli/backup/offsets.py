"""What the broker knows: where topics end, and how far each consumer group has read. As its administrator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from confluent_kafka import ConsumerGroupTopicPartitions, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.rights import OURS

from rapport_cli.backup.manifest import LogTopic, Manifest, Offsets
from rapport_cli.broker_users import WITHIN, admin_configuration, result
from rapport_cli.problems import REFUSED, CommandError


class Log:
    """The broker. Every call raises CommandError when it does not answer, or refuses."""

    def __init__(self, settings: BrokerSettings) -> None:
        """`settings` are of the administrator, where the broker knows users."""
        self._admin = AdminClient(admin_configuration(settings))

    def groups(self) -> dict[str, Offsets]:
        """The committed offsets of our groups: the next record that each will read."""
        found: dict[str, Offsets] = {}
        for name in self._names():
            asked = [ConsumerGroupTopicPartitions(name)]
            told = result(self._admin.list_consumer_group_offsets(asked, request_timeout=WITHIN)[name])
            found[name] = {}
            for each in told.topic_partitions:
                if each.offset >= 0:
                    found[name].setdefault(each.topic, {})[each.partition] = each.offset
        return found

    def topics(self) -> dict[str, LogTopic]:
        """Our topics with their ids and ends."""
        names = sorted(name for name in self._listed() if name.startswith(OURS))
        if not names:
            return {}
        told = self._admin.describe_topics(TopicCollection(names), request_timeout=WITHIN)
        described = {name: result(future) for name, future in told.items()}
        places = [(name, part.id) for name, each in described.items() for part in each.partitions]
        ends = self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # the client has no types for it
        return {
            name: LogTopic(id=str(each.topic_id), ends={part.id: ends[name, part.id] for part in each.partitions})
            for name, each in described.items()
        }

    def busy(self) -> list[str]:
        """Our groups that somebody reads in at this moment."""
        told = self._admin.describe_consumer_groups(self._names(), request_timeout=WITHIN) if self._names() else {}
        return sorted(name for name, future in told.items() if result(future).members)

    def starts(self, offsets: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], int]:
        """The first offset that each of these partitions still holds."""
        return self._offsets([(topic, part) for topic, parts in offsets.items() for part in parts], OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # likewise

    def commit(self, group: str, offsets: Offsets) -> None:
        """Say how far a group has read, in which nobody reads now."""
        parts = [TopicPartition(topic, part, at) for topic, each in offsets.items() for part, at in each.items()]
        if parts:
            asked = [ConsumerGroupTopicPartitions(group, parts)]
            told = result(self._admin.alter_consumer_group_offsets(asked, request_timeout=WITHIN)[group])
            if refused := [each for each in told.topic_partitions if each.error]:
                raise CommandError(f"the broker: {group} at {refused[0].topic}: {refused[0].error.str()}", REFUSED)

    def _names(self) -> list[str]:
        told = result(self._admin.list_consumer_groups(request_timeout=WITHIN))
        return sorted(each.group_id for each in told.valid if each.group_id.startswith(OURS))

    def _listed(self) -> list[str]:
        from confluent_kafka import KafkaException

        try:
            return list(self._admin.list_topics(timeout=WITHIN).topics)
        except KafkaException as error:
            raise CommandError(f"the broker does not answer ({error.args[0].name()})", 3) from None

    def _offsets(self, places: list[tuple[str, int]], spec: OffsetSpec) -> dict[tuple[str, int], int]:
        asked = {TopicPartition(*place): spec for place in places}
        told = self._admin.list_offsets(asked, request_timeout=WITHIN) if asked else {}
        return {(place.topic, place.partition): result(future).offset for place, future in told.items()}


def first_unread(manifest: Manifest, now: Mapping[str, LogTopic], starts: Mapping[tuple[str, int], int]) -> Offsets:
    """Where the log goes on after the backup, for each partition that there is now: a topic that is another one than then,
    or new, from its beginning; one that no longer holds the place, from where it begins now."""
    found: Offsets = {}
    for topic, present in now.items():
        then = manifest.topics.get(topic)
        ends = then.ends if then is not None and then.id == present.id else {}
        found[topic] = {part: max(ends.get(part, 0), starts[topic, part]) for part in present.ends}
    return found


def to_read(
    group: str, topics: Iterable[str], manifest: Manifest, now: Mapping[str, LogTopic], starts: Mapping[tuple[str, int], int]
) -> Offsets:
    """Where this group goes on, by the same rules."""
    found: Offsets = {}
    for topic in topics:
        if (present := now.get(topic)) is None:
            continue
        then = manifest.topics.get(topic)
        had = manifest.groups.get(group, {}).get(topic, {}) if then is not None and then.id == present.id else {}
        found[topic] = {part: max(had.get(part, 0), starts[topic, part]) for part in present.ends}
    return found
