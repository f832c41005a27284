"""The models for analysts, built in DuckDB as dbt builds them: macros, `ref` and `var` are all that they use of it.

dbt itself brings fifty packages for this; the models are held to what is here, and were built with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import yaml
from jinja2 import Environment

from rapport_testing.guards import ROOT

PROJECT = ROOT / "contracts/analytics"


class Warehouse:
    """A database with the seeds and models over an export; `variables` replace those of the project. Raises duckdb.Error for
    a model that is no SQL."""

    def __init__(self, project: Path = PROJECT, **variables: Any) -> None:
        self.project = project
        self.variables: Mapping[str, Any] = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"] | variables
        self.database = duckdb.connect()
        self.database.execute("SET TimeZone = 'UTC'")
        self._environment = Environment(autoescape=False)  # noqa: S701 - it makes SQL
        self._macros = "".join(file.read_text() for file in sorted((project / "macros").glob("*.sql")))
        self._wants: dict[str, set[str]] = {}

    def build(self) -> Warehouse:
        """Everything, in the order of what stands on what."""
        for seed in sorted((self.project / "seeds").glob("*.csv")):
            self.database.execute(f"CREATE TABLE {seed.stem} AS SELECT * FROM read_csv('{seed}')")  # noqa: S608 - ours
        models = {file.stem: self._rendered(file) for file in sorted((self.project / "models").glob("*.sql"))}
        for name in TopologicalSorter(self._wants).static_order():
            if name in models:
                self.database.execute(f"CREATE TABLE {name} AS {models[name]}")
        return self

    def failures(self, test: str) -> list[dict[str, Any]]:
        """The rows that a test of the project finds wrong."""
        return self.rows(self._rendered(self.project / f"tests/{test}.sql"))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query answers."""
        found = self.database.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _rendered(self, file: Path) -> str:
        wants = self._wants.setdefault(file.stem, set())

        def ref(name: str) -> str:
            wants.add(name)
            return name

        template = self._environment.from_string(self._macros + file.read_text())
        template.globals.update(ref=ref, var=self.variables.__getitem__)
        return template.render().strip()
