"""A program for the tests to kill: holds a stack on the home given and says when it is ready."""

import asyncio
import sys
from pathlib import Path

from rapport_cli.local.home import Home
from rapport_cli.local.stack import Stack


async def main() -> None:
    home = Home(Path(sys.argv[1]))
    with home.in_use():
        async with Stack(home, ["profiles"], say=lambda _: None) as stack:
            pids = f"{stack.postgres.process.pid} {stack.kafka.process.pid}"
            sys.stdout.write(f"ready {pids} {stack.owner_database_url('profiles')} {stack.kafka.bootstrap}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
