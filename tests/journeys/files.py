"""Files in the shapes that the shipped mappings know, invented, with the figures that plain arithmetic gives for them."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

from rapport_contracts.codes import code_of

BANK = (
    "vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time", "q_start",
    "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server",
)  # fmt: skip
AGENTS = ("AVNI", "MICHAL", "SHARON", "TOVA", "YITZ", "NO_SERVER")
DAY = 24 * 3600
THRESHOLD = 20


@dataclass
class BankFile:
    """Calls of a bank: a row a call. `rows` in the order of the columns of `BANK`."""

    days: Sequence[date]
    rows: list[list[str]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    calls_of: Counter[str] = field(default_factory=Counter)
    """Calls of each customer; "0" is nobody."""

    @property
    def period(self) -> dict[str, str]:
        """The days, as stats are asked for them (one day more: calls may pass midnight of another time zone)."""
        return {"from": self.days[0].isoformat(), "to": self.days[-1].isoformat(), "tz": "Asia/Jerusalem"}

    def write(self, path: Path, *, shuffled: int | None = None) -> Path:
        """Tab-separated with a header; `shuffled` mixes the lines with this seed."""
        rows = list(self.rows)
        if shuffled is not None:
            random.Random(shuffled).shuffle(rows)
        with path.open("w", newline="") as out:
            csv.writer(out, delimiter="\t", lineterminator="\n").writerows([BANK, *rows])
        return path


def bank_file(calls: int, first: date, seed: int = 7) -> BankFile:
    """Calls over three days with what real ones have: call ids that come again, callers without a number, negative
    durations, calls past midnight, phantoms, calls that never waited, answered ones without service."""
    dice = random.Random(seed)
    made = BankFile([first + timedelta(days=number) for number in range(3)])
    taken: set[tuple[str, ...]] = set()
    waits: list[int] = []
    services: list[int] = []
    count: Counter[str] = Counter()
    while len(made.rows) < calls:
        entry = dice.choice((dice.randrange(7 * 3600, DAY - 1), dice.randrange(DAY - 60, DAY)))
        day = dice.choice(made.days)
        identity = (f"AA{dice.randrange(101, 104):04d}", str(dice.randrange(1, calls // 3)), f"{day:%y%m%d}", _clock(entry))
        if identity in taken:
            continue
        taken.add(identity)
        outcome = dice.choices(("AGENT", "HANG", "PHANTOM"), (80, 18, 2))[0]
        menu = dice.randrange(1, 30) if dice.random() > 0.01 else -dice.randrange(40, 75)
        waited = dice.random() < 0.6 and outcome != "PHANTOM"
        wait = (dice.randrange(1, 200) if dice.random() > 0.005 else -dice.randrange(1, 9)) if waited else 0
        served = outcome == "AGENT" and dice.random() > 0.01
        service = (dice.randrange(5, 600) if dice.random() > 0.005 else -dice.randrange(1, 9)) if served else 0
        left = entry + max(menu, 0)
        customer = dice.choice(("0", str(dice.randrange(1_000_000, 1_000_000 + calls // 6))))
        kind = dice.choice(("PS", "PE", "NE", "NW", "TT", "IN", "XX"))
        row = [
            identity[0], identity[1], customer, str(dice.randrange(3)), kind,
            identity[2], identity[3], _clock(entry + menu), str(menu),
            _clock(left) if waited else "0:00:00", _clock(left + wait) if waited else "0:00:00", str(wait), outcome,
            _clock(left + wait) if served else "0:00:00", _clock(left + wait + service) if served else "0:00:00",
            str(service), dice.choice(AGENTS) if served else "NO_SERVER",
        ]  # fmt: skip
        made.rows.append(row)
        made.calls_of[customer] += 1
        count[outcome] += 1
        count["negative"] += min(menu, wait, service) < 0
        if outcome == "AGENT":
            waits.append(wait)
            services.append(service)
    offered = count["AGENT"] + count["HANG"]
    made.figures = {
        "offered": offered,
        "answered": count["AGENT"],
        "abandoned": count["HANG"],
        "phantom": count["PHANTOM"],
        "handled": count["AGENT"],
        "negative_durations": count["negative"],
        "average_speed_of_answer": round(sum(waits) / len(waits), 2),
        "abandon_rate": round(100 * count["HANG"] / offered, 2),
        "service_level": round(100 * sum(wait <= THRESHOLD for wait in waits) / offered, 2),
        "average_service_time": round(sum(services) / len(services), 2),
    }
    return made


def _clock(seconds: int) -> str:
    """As the bank writes it: `H:MM:SS`, beginning anew at midnight; never exactly its "nothing", 0:00:00."""
    seconds = seconds % DAY or 1
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@dataclass
class SurveyFile:
    """Answers 0-10, and 11 for "no answer"."""

    path: Path
    rows: int
    valid: int
    off: int
    nps: float
    half: float
    """Half of the 95 % interval (Wald)."""


def survey_file(path: Path, rows: int, seed: int = 7) -> SurveyFile:
    """As an airport writes it: blanks behind the name of the column that matters, many columns that do not."""
    dice = random.Random(seed)
    scores = [dice.choices(range(12), (1, 1, 1, 1, 2, 8, 6, 14, 25, 20, 30, 6))[0] for _ in range(rows)]
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["RESPNUM", "Q7A", "NETPRO  ", "COMMENT"])
        writer.writerows([number, dice.randrange(7), score, "a, b"] for number, score in enumerate(scores, 1))
    valid = [score for score in scores if score <= 10]
    n = len(valid)
    promoters, detractors = sum(score >= 9 for score in valid) / n, sum(score <= 6 for score in valid) / n
    spread = sqrt((promoters + detractors - (promoters - detractors) ** 2) / n)
    return SurveyFile(path, rows, n, rows - n, round(100 * (promoters - detractors), 2), round(100 * 1.959964 * spread, 2))


@dataclass
class ComplaintsFile:
    """Complaints of another system, with how often what is in it as Rapport calls it."""

    path: Path
    rows: int
    received: date
    by_status: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    by_source_category: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    """Of how many no category of ours is known."""

    def add(self, status: str, channel: str, kind: str, categories: dict[str, str]) -> None:
        """Count a row; `categories` says what we call theirs."""
        self.by_status[status] += 1
        self.by_channel[channel] += 1
        theirs = code_of(kind) or kind
        self.by_category[categories.get(kind, theirs)] += 1
        self.by_source_category[theirs] += 1
        self.unknown += kind not in categories

    @property
    def period(self) -> dict[str, str]:
        """Around the day on which all were received."""
        return {
            "from": f"{self.received - timedelta(days=1)}T00:00:00Z",
            "to": f"{self.received + timedelta(days=2)}T00:00:00Z",
        }

    def matches(self, stats: dict[str, Any]) -> bool:
        """Whether the statistics say the same."""
        counted = [{key: figure["value"] for key, figure in stats[name].items()} for name in BY]
        totals = (stats["total"]["value"], stats["unknown_category"]["value"])
        return counted == [dict(getattr(self, name)) for name in BY] and totals == (self.rows, self.unknown)


BY = ("by_status", "by_channel", "by_category", "by_source_category")
CITY_STATUS = {"Closed": "closed", "In Progress": "investigating", "Open": "received", "Assigned": "assigned"}
CITY_CHANNEL = {"ONLINE": "web", "MOBILE": "app", "PHONE": "phone", "UNKNOWN": "other"}
CITY_CATEGORY = {"Noise - Residential": "noise", "Illegal Parking": "parking", "HEAT/HOT WATER": "heating-water"}
ANSWERS = {"Closed with explanation": "closed", "In progress": "investigating", "Untimely response": "investigating"}
PRODUCTS = {"Mortgage": "mortgage", "Credit card or prepaid card": "card"}
WAYS = {"Web": "web", "Phone": "phone", "Postal mail": "letter", "Fax": "letter", "Email": "email", "Pigeon": "other"}


def city_file(path: Path, rows: int, received: date, seed: int = 7) -> ComplaintsFile:
    """Requests to a city."""
    dice = random.Random(seed)
    made = ComplaintsFile(path, rows, received)
    kinds = (*CITY_CATEGORY, "Loud Dragon")
    columns = (
        "unique_key", "created_date", "closed_date", "agency", "complaint_type", "descriptor", "status",
        "open_data_channel_type", "borough",
    )  # fmt: skip
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for number in range(rows):
            status, channel, kind = dice.choice(list(CITY_STATUS)), dice.choice(list(CITY_CHANNEL)), dice.choice(kinds)
            closed = f"{received}T23:10:00.000" if status == "Closed" else ""
            writer.writerow(
                [f"{received:%y%m%d}{number}", f"{received}T09:0{number % 10}:00.000", closed, "NYPD", kind,
                 "Loud, at night", status, channel, "BRONX"]
            )  # fmt: skip
            made.add(CITY_STATUS[status], CITY_CHANNEL[channel], kind, CITY_CATEGORY)
    return made


def regulator_file(path: Path, rows: int, received: date, seed: int = 7) -> ComplaintsFile:
    """Complaints to a regulator."""
    dice = random.Random(seed)
    made = ComplaintsFile(path, rows, received)
    kinds = tuple(PRODUCTS)
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ["date_received", "product", "issue", "company", "submitted_via", "company_response_to_consumer", "complaint_id"]
        )
        for number in range(rows):
            answer, way, kind = dice.choice(list(ANSWERS)), dice.choice(list(WAYS)), dice.choice(kinds)
            issue = "Fees\nand interest" if number % 9 == 0 else "Fees"
            writer.writerow([received, kind, issue, "A BANK, N.A.", way, answer, f"{received:%y%m%d}{number}"])
            made.add(ANSWERS[answer], WAYS[way], kind, PRODUCTS)
    return made
