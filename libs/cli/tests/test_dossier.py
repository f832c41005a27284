"""A saved dossier is checked offline: what was changed in the file is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rapport_cli.main import app
from rapport_cli.sealed import check_file
from rapport_kernel.chain import Head, beginning, digest, document_digest, seal
from typer.testing import CliRunner

SUBJECT = UUID("01a217bf-a94a-70f3-a605-10b954b61cee")
SALT = b"s" * 32


def dossier() -> dict[str, Any]:
    """Three rows, a note and evidence."""
    head, rows = beginning(SUBJECT), []
    for move in ("receive", "record-step", "close"):
        step = move == "record-step"
        found = [{"id": "f1", "words": digest(SALT, "证据").hex()}, {"id": "f2", "words": None}] if step else []
        content = {"move": move, "actor": "person:a", "note": digest(SALT, "备注").hex() if step else None, "found": found}
        link = seal(head, content)
        head = Head(link.seq, link.hash)
        words = [{"id": "f1", "text": "证据", "salt": SALT.hex()}] if step else []
        note = {"note": "备注", "salt": SALT.hex()} if step else {"note": None, "salt": None}
        rows.append({"seq": link.seq, "hash": link.hash.hex(), "content": content, **note, "words": words})
    history = {"subject": str(SUBJECT), "head": {"seq": head.seq, "hash": head.hash.hex()}, "rows": rows}
    return sealed({"format": "rapport-dossier/1", "complaint": {"id": str(SUBJECT)}, "history": history, "clocks": [1.5]})


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "sha256": document_digest(document)}


def rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["history"]["rows"])


def test_what_was_not_touched_is_intact() -> None:
    found = check_file(dossier())
    assert found is not None
    assert (found.broken, found.rows, found.words, found.unchecked) == (None, 3, 2, 0)


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], int, str]] = [
    (lambda d: rows(d)[1]["content"].update(actor="person:b"), 2, "row-changed"),
    (lambda d: d["history"]["rows"].pop(), 3, "rows-missing-at-the-end"),
    (lambda d: d["history"]["rows"].pop(0), 1, "row-missing"),
    (lambda d: rows(d)[1].update(note="其他"), 2, "words-changed"),
    (lambda d: rows(d)[1]["words"][0].update(text="其他"), 2, "words-changed"),
    (lambda d: rows(d)[1]["words"].append({"id": "f2", "text": "x", "salt": "00"}), 2, "words-changed"),
    (lambda d: rows(d)[1]["words"].append({"id": "f3", "text": "x", "salt": "00"}), 2, "words-changed"),
    (lambda d: rows(d)[0].update(note="其他"), 1, "words-changed"),
    (lambda d: rows(d)[1].update(note="其他", salt=None), 2, "words-changed"),
    (lambda d: d["history"].update(subject=str(UUID(int=7))), 1, "row-changed"),
    (lambda d: d["complaint"].update(id=str(UUID(int=7))), 0, "document-changed"),
]


@pytest.mark.parametrize(("change", "seq", "reason"), CHANGES)
def test_what_was_changed_is_named_although_the_checksum_was_made_anew(
    change: Callable[[dict[str, Any]], Any], seq: int, reason: str
) -> None:
    document = copy.deepcopy(dossier())
    change(document)
    found = check_file(sealed(document))
    assert found is not None and found.broken is not None
    assert (found.broken.seq, found.broken.reason) == (seq, reason)


def test_what_stands_beside_the_history_is_held_by_the_checksum() -> None:
    document = {**dossier(), "clocks": []}
    found = check_file(document)
    assert found is not None and found.broken is not None and found.broken.reason == "document-changed"


def test_words_that_the_file_does_not_hold_are_counted_as_unchecked() -> None:
    document = copy.deepcopy(dossier())
    rows(document)[1].update(note=None, salt=None, words=[{"id": "f1", "text": None, "salt": None}])
    found = check_file(sealed(document))
    assert found is not None and (found.broken, found.words, found.unchecked) == (None, 0, 2)


@pytest.mark.parametrize(
    "nonsense",
    [None, [], 7, "x", {}, {"format": "rapport-dossier/1"}, {"format": "rapport-dossier/1", "history": {"rows": 7}}],
)
def test_what_is_no_dossier_is_said_to_be_none(nonsense: Any) -> None:
    assert check_file(nonsense) is None


def test_the_command_says_it_with_its_exit_code(tmp_path: Path) -> None:
    good, bad, none = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "none.json"
    good.write_text(json.dumps(dossier()))
    spoilt = copy.deepcopy(dossier())
    rows(spoilt)[2]["content"]["actor"] = "person:b"
    bad.write_text(json.dumps(spoilt))
    none.write_text("[" * 100_000)
    run = CliRunner()
    shown = run.invoke(app, ["dossier", "verify", str(good)])
    assert (shown.exit_code, "intact: 3 rows" in shown.output) == (0, True), shown.output
    shown = run.invoke(app, ["dossier", "verify", str(bad), "--json"])
    assert (shown.exit_code, json.loads(shown.output)["broken"]) == (1, {"seq": 3, "reason": "row-changed"})
    for other in (str(none), "C2026-000001"):
        assert run.invoke(app, ["dossier", "verify", other]).exception is not None
