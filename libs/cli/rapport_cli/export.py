"""The log as a file, written in bounded memory; what was written is remembered, so that a second run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rapport_cli.export_sinks import Lines, Parquet, Sink
from rapport_cli.log import batches, entry_of, partitions_of, reader, refused
from rapport_cli.problems import USAGE, CommandError

Format = Literal["jsonl", "parquet"]


@dataclass
class Place:
    """How far an export has come: what was asked, the next offset of each `topic/partition`, the lines until there, and
    the size: bytes of a file of lines, parts of a folder of Parquet files."""

    asked: dict[str, Any]
    offsets: dict[str, int] = field(default_factory=dict)
    size: int = 0
    lines: int = 0

    def keep(self, file: Path) -> None:
        """Write it down, whole or not at all."""
        fresh = _kept(file).with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(_kept(file))


SINKS: Mapping[Format, Callable[[Path], Sink]] = {"jsonl": Lines, "parquet": Parquet}


def resumed(file: Path, sink: Sink, asked: dict[str, Any]) -> Place:
    """Where an earlier run with the same wishes, or with fewer topics, ended, else the beginning, also where what it
    wrote was deleted since.

    Raises CommandError for a file of other wishes, one that was cut, and one that is not of an export."""
    kept, size = _kept(file), sink.size()
    if not kept.exists() or not file.exists():
        if size or (file.is_dir() and any(file.iterdir())):
            raise CommandError(f"{file} exists and is no export; name another file", USAGE)
        return Place(asked)
    place = Place(**json.loads(kept.read_text()))
    if not _goes_on(place.asked, asked):
        raise CommandError(f"{file} was exported with other options; name another file", USAGE)
    place.asked = asked
    if size < place.size:
        raise CommandError(f"{file} is shorter than what was written; delete it to begin anew", USAGE)
    return place


async def export(
    file: Path,
    topics: Sequence[str],
    *,
    form: Format,
    since: datetime | None,
    until: datetime | None,
    progress: Callable[[int, int], None],
) -> Place:
    """Append what was recorded from `since` on and before `until` (UTC) and is not there yet, up to the end as it is now, in
    this form; order is kept per topic and key. `progress` is told the records read and how many there are.

    Raises CommandError."""
    sink = SINKS[form](file)
    place = resumed(file, sink, {"topics": list(topics), "since": _text(since), "until": _text(until), "format": form})
    consumer = reader()
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, topics)
        ends = await consumer.end_offsets(partitions)
        starts = await _starts(consumer, partitions, place, since)
        sink.begin(place.size)
        await _copy(consumer, starts, ends, _Writer(file, sink, place, since, until), progress)
    except KafkaError as error:
        raise refused(error) from None
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}", USAGE) from None
    finally:
        await consumer.stop()
    return place


@dataclass
class _Writer:
    file: Path
    sink: Sink
    place: Place
    since: datetime | None
    until: datetime | None
    fresh: int = 0

    def take(self, record: Any) -> None:
        entry = entry_of(record)
        if entry is not None and (self.since is None or entry.time >= self.since) and not self._too_late(entry.time):
            self.sink.add(entry.as_dict())
            self.place.lines += 1
        self.place.offsets[f"{record.topic}/{record.partition}"] = record.offset + 1
        self.fresh += 1
        if self.fresh >= self.sink.every:
            self.settle()

    def settle(self) -> None:
        self.place.size, self.fresh = self.sink.settle(), 0
        self.place.keep(self.file)

    def _too_late(self, time: datetime) -> bool:
        return self.until is not None and time >= self.until


async def _copy(
    consumer: AIOKafkaConsumer,
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    writer: _Writer,
    progress: Callable[[int, int], None],
) -> None:
    most, done = sum(max(0, ends[partition] - offset) for partition, offset in starts.items()), 0
    async for records in batches(consumer, starts, ends):
        for record in records:
            writer.take(record)
        done += len(records)
        progress(done, most)
    writer.settle()


async def _starts(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], place: Place, since: datetime | None
) -> dict[TopicPartition, int]:
    """Where to begin: where the last run ended, else at the first record that was appended from `since` on; a fact is
    appended after it was recorded, never before."""
    first = await consumer.beginning_offsets(list(partitions))
    if since is not None:
        found = await consumer.offsets_for_times({each: int(since.timestamp() * 1000) for each in partitions})
        ends = await consumer.end_offsets(list(partitions))
        first = {each: ends[each] if found[each] is None else found[each].offset for each in partitions}
    return {each: place.offsets.get(f"{each.topic}/{each.partition}", first[each]) for each in partitions}


def _goes_on(before: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether a file of those wishes becomes one of these by going on. More topics are read from where `asked` begins: a new
    version of the product may have some."""
    return {**before, "topics": ()} == {**asked, "topics": ()} and set(before["topics"]) <= set(asked["topics"])


def _kept(file: Path) -> Path:
    return file.with_name(f"{file.name}.place")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
