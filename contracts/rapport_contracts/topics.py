"""The catalogue of topics. A topic that is not here is not created, written or read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """`visibility` public: analysts may subscribe, no personal data ever. private: between the named parties only.
    `compacted`: a catalogue, of which the last record of each key is kept for ever; there are no tombstones."""

    name: str
    owner: str
    visibility: Literal["public", "private"]
    meaning: str
    partitions: int = 6
    retention_days: int | None = None
    compacted: bool = False

    @property
    def config(self) -> dict[str, str]:
        """The broker settings of the topic; without `retention_days` it is kept for ever (projections rebuild)."""
        retention = -1 if self.retention_days is None else self.retention_days * DAY_MS
        policy = "compact" if self.compacted else "delete"
        return {"retention.ms": str(retention), "cleanup.policy": policy, "compression.type": "producer"}


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic("rapport.profiles", "profiles", "public", "Who customers are: registration, identification, consent."),
        Topic("rapport.interactions", "interactions", "public", "What happened at the touchpoints: calls, contacts."),
        Topic("rapport.complaints", "complaints", "public", "The life of every complaint and of its clocks."),
        Topic("rapport.satisfaction", "satisfaction", "public", "Invitations, answers, scores and follow-up cases."),
        Topic(
            "rapport.complaints.catalogue",
            "complaints",
            "public",
            "Names and rules behind the codes of complaints, each version of each: taxonomies, calendars, policies, staff.",
            partitions=1,
            compacted=True,
        ),
        Topic(
            "rapport.satisfaction.catalogue",
            "satisfaction",
            "public",
            "Questions and rules behind the codes of surveys, each version of each.",
            partitions=1,
            compacted=True,
        ),
        Topic(
            "rapport.interactions.private",
            "interactions",
            "private",
            "Sealed identifiers of callers, for Profiles alone.",
            retention_days=7,
        ),
        Topic(
            "rapport.interactions.inbound",
            "interactions",
            "private",
            "Where call-centre systems push their events, in any order and as often as they like.",
            retention_days=7,
        ),
        Topic(
            "rapport.complaints.inbound",
            "complaints",
            "private",
            "Where other systems hand over complaints that they took in, as often as they like.",
            retention_days=7,
        ),
        *(
            Topic(
                f"rapport.{service}.anchors",
                service,
                "private",
                "Where the audit trail of the service ended, time after time; the service may add to it, nobody takes away.",
                partitions=1,
            )
            for service in ("complaints", "interactions", "profiles", "satisfaction")
        ),
    )
}
