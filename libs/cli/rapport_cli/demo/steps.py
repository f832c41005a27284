"""What the demonstration is doing, shown as it goes: one line with a bar for each step, on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from rapport_cli.output import errors
from rapport_cli.problems import CommandError

T = TypeVar("T")
WITHIN = 120.0
EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """One line."""

    bar: Progress
    task: TaskID

    def done(self, count: int) -> None:
        """So many of all are done."""
        self.bar.update(self.task, completed=count)

    def say(self, words: str) -> None:
        """What came of it, behind the bar."""
        self.bar.update(self.task, words=words)


class Steps:
    """The lines of a demonstration. Where stderr is no terminal, each step is told once it is over."""

    def __init__(self, bar: Progress) -> None:
        """`bar` is running."""
        self._bar = bar

    @contextmanager
    def step(self, title: str, total: int = 1) -> Iterator[Step]:
        """A step of `total` parts; complete when the block ends."""
        task = self._bar.add_task(f"{title:28}", total=max(total, 1), words="")
        yield Step(self._bar, task)
        self._bar.update(task, completed=max(total, 1))
        if not errors.is_terminal:
            errors.print(f"{title}: {self._bar.tasks[task].fields['words']}".rstrip(": "), markup=False)


@contextmanager
def shown() -> Iterator[Steps]:
    """The lines on stderr until the block ends."""
    columns = (TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bar:
        yield Steps(bar)


def wait_for(ask: Callable[[], T | None], what: str, within: float = WITHIN) -> T:
    """The first answer that is not None. Raises CommandError when there is none for `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        if (answer := ask()) is not None:
            return answer
        if time.monotonic() > deadline:
            raise CommandError(
                f"after {within:.0f} s still no {what}; `rapport parked list` shows what could not be applied"
            )
        time.sleep(EVERY)
