"""A statement that takes a portion of a table takes no more than that, whatever plan PostgreSQL makes of it.

`WHERE id IN (SELECT id ... LIMIT n FOR UPDATE)` may be read as a join that asks the inner query again for each outer row,
and then takes all rows. `WHERE id = ANY (ARRAY(SELECT ...))` asks it once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASKED_AGAIN = re.compile(
    r"\bIN \(\s*SELECT\b[^()]*(?:\([^()]*\)[^()]*)*\bLIMIT\b[^()]*\bFOR (?:NO KEY )?UPDATE", re.IGNORECASE
)


def test_no_portion_is_taken_by_a_query_that_may_be_asked_again() -> None:
    every = [path for folder in ("libs", "services") for path in (ROOT / folder).rglob("*.py")]
    sources = [path for path in every if "tests" not in path.relative_to(ROOT).parts]
    assert len(sources) > 300
    assert [str(path.relative_to(ROOT)) for path in sources if ASKED_AGAIN.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("statement", "is_found"),
    [
        ("DELETE FROM t WHERE (a, b) IN (\n  SELECT a, b FROM t WHERE a < :x LIMIT :n FOR UPDATE SKIP LOCKED)", True),
        ("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE f(a) = 2 ORDER BY id LIMIT 5 FOR NO KEY UPDATE)", True),
        ("DELETE FROM t WHERE ctid = ANY (ARRAY(SELECT ctid FROM t LIMIT 5 FOR UPDATE SKIP LOCKED))", False),
        ("SELECT id FROM t WHERE id IN (SELECT x FROM u) ORDER BY id LIMIT 5 FOR UPDATE", False),
    ],
)
def test_the_guard_knows_them(statement: str, is_found: bool) -> None:
    assert bool(ASKED_AGAIN.search(statement)) is is_found
