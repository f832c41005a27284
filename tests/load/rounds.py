"""Rounds of a measurement: the product and its reference by turns, so that both meet the same weather on the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
FOLDER = Path(__file__).parents[2] / "build" / "bench"


@dataclass(frozen=True)
class Figure:
    """One measured figure and the bar it has to reach. `ours` and `reference` hold one value for each round."""

    name: str
    says: str
    value: float
    bar: float
    at_least: bool
    unit: str = ""
    ours: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)
    of: str = ""
    load_average: tuple[float, float, float] = field(default_factory=os.getloadavg)

    @property
    def reached(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def line(self) -> str:
        verdict = "reached" if self.reached else "MISSED "
        bound = f"{'at least' if self.at_least else 'at most'} {self.bar:g}{self.unit}"
        beside = ""
        if self.reference:
            ours, reference = statistics.median(self.ours), statistics.median(self.reference)
            beside = f"   {ours:,.5g} beside {reference:,.5g} {self.of}, {len(self.ours)} rounds"
        load = f"   load {self.load_average[0]:.1f}"
        return f"{verdict}  {self.name}  {self.says:<58} {self.value:8.2f}{self.unit}  ({bound}){beside}{load}"


@dataclass
class Report:
    """All figures of one run."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Print it now, keep it for the file."""
        self.figures.append(figure)
        print(f"\n{figure.line()}", flush=True)

    def close(self) -> None:
        """The table, and the file for machines."""
        if not self.figures:
            return
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{self.began:%Y%m%dT%H%M%SZ}.json"
        machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
        figures = [{**asdict(figure), "reached": figure.reached} for figure in self.figures]
        path.write_text(json.dumps({"began": self.began.isoformat(), "machine": machine, "figures": figures}, indent=1))
        print("\n\n" + "\n".join(figure.line() for figure in self.figures) + f"\n\n{path}", flush=True)


async def by_turns(
    ours: Callable[[int], Awaitable[float]], reference: Callable[[int], Awaitable[float]], rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """The values of each, one for every round; round 0 warms both up and does not count."""
    measured: tuple[list[float], list[float]] = [], []
    for turn in range(rounds + 1):
        # Who goes first changes, so that neither always finds what the other has left behind.
        pair = [(0, ours), (1, reference)] if turn % 2 else [(1, reference), (0, ours)]
        for side, measure in pair:
            value = await measure(turn)
            if turn:
                measured[side].append(value)
    return measured


def ratio(ours: list[float], reference: list[float]) -> float:
    """The median over the rounds of each round's own ratio."""
    return statistics.median(mine / raw for mine, raw in zip(ours, reference, strict=True))
