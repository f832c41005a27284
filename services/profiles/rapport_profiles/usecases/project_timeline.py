"""The customer's timeline (S3): every public event that concerns somebody, one line each."""

from __future__ import annotations

from typing import Any

from rapport_chassis.listens import Message

from rapport_profiles.domain.timeline import entry_of, links_of
from rapport_profiles.store.work import ProfilesWork


async def project_timeline(work: ProfilesWork, messages: list[Message[Any]]) -> None:
    """Add the lines and links of these events: two statements, however many. Applied twice it changes nothing."""
    entries = [entry for one in messages if (entry := entry_of(one.envelope, one.event)) is not None]
    await work.timeline.add(entries)
    await work.timeline.link(link for one in messages for link in links_of(one.envelope, one.event))
