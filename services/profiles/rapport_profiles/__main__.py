"""`python -m rapport_profiles rebuild-timeline`: for operators; settings from the environment, as the service has them."""

from __future__ import annotations

import asyncio
import sys

from rapport_chassis.replay import replay

from rapport_profiles.app import service
from rapport_profiles.events import TIMELINE
from rapport_profiles.settings import Settings
from rapport_profiles.usecases.rebuild_timeline import rebuild_timeline

USAGE = 2


async def _rebuild() -> int:
    profiles = service(Settings())  # type: ignore[call-arg]  # the environment gives the rest
    try:
        return await rebuild_timeline(profiles.works, lambda: replay(profiles.bus, TIMELINE.events), _say)
    finally:
        await profiles.database.close()


def _say(events: int) -> None:
    sys.stderr.write(f"\r{events} events")


if __name__ == "__main__":
    if sys.argv[1:] != ["rebuild-timeline"]:
        sys.stderr.write("usage: python -m rapport_profiles rebuild-timeline\n")
        sys.exit(USAGE)
    sys.stderr.write(f"\rdone: {asyncio.run(_rebuild())} events\n")
