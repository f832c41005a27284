"""What the tests of all sides of the chassis share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from rapport_chassis.database import Database
from sqlalchemy import event


@pytest.fixture(scope="session")
def migrations() -> Sequence[str]:
    return ("rapport_chassis.migrations",)


@pytest.fixture
def statements(db: Database) -> Callable[[], Any]:
    """`with statements() as sent:` lists what is sent to the database, BEGIN and COMMIT included."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        sent: list[str] = []
        engine = db.engine.sync_engine

        def executed(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(" ".join(statement.split()))

        def began(_conn: Any) -> None:
            sent.append("BEGIN")

        def committed(_conn: Any) -> None:
            sent.append("COMMIT")

        hooks = (("before_cursor_execute", executed), ("begin", began), ("commit", committed))
        for name, hook in hooks:
            event.listen(engine, name, hook)
        try:
            yield sent
        finally:
            for name, hook in hooks:
                event.remove(engine, name, hook)

    return watch
