"""The house is written in plain, present-day English: a short list of words and patterns that must not come back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PATTERNS: Mapping[str, str] = {
    r"\b([Hh]e|[Hh]is|[Hh]im|[Hh]imself)\b": "a customer or an agent is `they`",
    r'"""(One of them|The columns|All of them|Nothing but the circumstances)\."""': "a docstring that says nothing",
    r"\b(take_up|last_words|next_look|look_at_\w+)\b": "private words: load_for_command, last_contact_times, next_check_at",
    r"\bsaid( = |=|: [A-Z]\w*[\[,) |]|\.[a-z_]+[(\])}.])|\bself\._?said\b": "`said` names nothing",
    r"\bas he is from\b|\bWhoever is looked at\b|\bis nothing\.": "a sentence that no native writes",
}


def unplain(name: str, text: str, patterns: Mapping[str, str] = PATTERNS) -> list[str]:
    """Each line of a text that has one of the patterns, as `name:line: why`."""
    return [
        f"{name}:{number}: {why}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern, why in patterns.items()
        if re.search(pattern, line)
    ]


def unplain_files(files: Iterable[Path], root: Path) -> list[str]:
    """The same of files, named from `root`."""
    return [line for file in files for line in unplain(str(file.relative_to(root)), file.read_text())]
