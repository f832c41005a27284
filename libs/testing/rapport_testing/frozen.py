"""Guards of migrations: each takes what it looks at and returns what is wrong, one line each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

OF_OURS = ("rapport_chassis.migrations", "run_sql")
ROUTINE = re.compile(r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE|(?:CONSTRAINT\s+)?TRIGGER)\b", re.IGNORECASE)
TAKES_AWAY = re.compile(
    r"\bDROP\s+(?:TABLE|COLUMN|VIEW|FUNCTION|SEQUENCE)\b|\bDROP\s+(?!CONSTRAINT|INDEX|NOT|DEFAULT|TRIGGER|IDENTITY)\w+\s*[,;]"
    r"|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET\s+DATA\s+)?TYPE\b",
    re.IGNORECASE,
)
SAYS_SO = re.compile(r"\bUPDATE\s+schema_compatibility\b", re.IGNORECASE)


def own_imports(revisions: Iterable[Path]) -> list[str]:
    """Imports of this product in revisions, but for what runs the SQL: code changes, a revision does not."""
    found = []
    for file in revisions:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else None
            whole = names if module is None else [f"{module}.{name}" for name in names]
            found += [f"{file.name} imports {name}" for name in whole if _of_ours(name)]
    return found


def _of_ours(name: str) -> bool:
    return name.startswith("rapport_") and name != ".".join(OF_OURS)


def routines(files: Iterable[Path]) -> list[str]:
    """Places outside of revisions where functions or triggers are made: a change there reaches no database that is there."""
    return [f"{file.name}: {match[0]}" for file in files for match in ROUTINE.finditer(file.read_text())]


def contracting(files: Iterable[Path]) -> list[str]:
    """Revisions that take something away, and do not say which version of the code takes it."""
    texts = ((file, file.read_text()) for file in files)
    return [
        f"{file.name}: {match[0]}" for file, text in texts if not SAYS_SO.search(text) for match in TAKES_AWAY.finditer(text)
    ]
