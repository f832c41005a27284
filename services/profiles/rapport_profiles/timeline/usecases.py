"""Project events into timelines (S3): one line for every public event that concerns a customer."""

from __future__ import annotations

from typing import Any

from rapport_chassis.listens import Message
from rapport_chassis.work import Work

from rapport_profiles.timeline.domain import entry_of, links_of
from rapport_profiles.timeline.store import add_entries, add_links


async def project_timeline(work: Work, messages: list[Message[Any]]) -> None:
    """Add the lines and links of these events: two statements, however many. Applied twice it changes nothing."""
    await add_entries(work, [entry for one in messages if (entry := entry_of(one.envelope, one.event)) is not None])
    await add_links(work, (link for one in messages for link in links_of(one.envelope, one.event)))
