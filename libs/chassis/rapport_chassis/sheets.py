"""Texts of the product in TOML, a file of one name in each package that has some: the chassis and every service that is
installed, so that any process can say them all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import entry_points
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
"""Those that every text has; the first is the one for who asks for none."""
GROUP = "rapport.services"


def sheets(name: str) -> Iterator[dict[str, Any]]:
    """The file `name` of each package that has it, that of the chassis first."""
    packages = ["rapport_chassis", *sorted(each.module.partition(".")[0] for each in entry_points(group=GROUP))]
    for package in packages:
        sheet = resources.files(package) / name
        if sheet.is_file():
            yield tomllib.loads(sheet.read_text())
