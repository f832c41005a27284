"""The compatibility check over the changes that people make; each verdict confirmed by jsoncompat."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import jsoncompat
import pytest
import rapport_contracts
from pydantic import BaseModel, Field
from rapport_contracts import __main__ as command
from rapport_contracts.compatibility import breaking_changes
from rapport_contracts.schemas import Schema, dumps, schema_of


class Base(BaseModel):
    id: UUID
    note: str = Field(max_length=10)
    count: int
    maybe: str | None = None


def variant(**fields: object) -> Schema:
    kept = {name: (f.annotation, f) for name, f in Base.model_fields.items() if fields.get(name, ...) is not None}
    kept |= {name: value for name, value in fields.items() if value is not None}
    return type(
        "Base", (BaseModel,), {"__annotations__": {n: v[0] for n, v in kept.items()}, **{n: v[1] for n, v in kept.items()}}
    ).model_json_schema()


CASES = [
    ("nothing", {}, True),
    ("an optional field more", {"extra": (str | None, None)}, True),
    ("an optional field less", {"maybe": None}, False),
    ("a required field more", {"extra": (str, ...)}, False),
    ("a required field less", {"count": None}, False),
    ("int to float", {"count": (float, ...)}, False),
    ("float instead of text", {"note": (float, ...)}, False),
    ("shorter text", {"note": (str, Field(max_length=5))}, False),
    ("longer text", {"note": (str, Field(max_length=50))}, False),
    ("a pattern", {"note": (str, Field(max_length=10, pattern="^a"))}, False),
    ("optional to required", {"maybe": (str, ...)}, False),
    ("another format", {"id": (str, ...)}, False),
    ("a list instead of one", {"note": (list[str], ...)}, False),
]


@pytest.mark.parametrize(("change", "fields", "compatible"), CASES, ids=[case[0] for case in CASES])
def test_a_change_is_judged_as_its_readers_would(change: str, fields: dict[str, object], compatible: bool):
    assert (breaking_changes(variant(), variant(**fields)) == []) is compatible, change


def closed(schema: Schema) -> Schema:
    return schema | {"additionalProperties": False, "required": list(schema["properties"])}


@pytest.mark.parametrize(("change", "fields", "compatible"), CASES, ids=[case[0] for case in CASES])
def test_a_second_opinion_agrees(change: str, fields: dict[str, object], compatible: bool):
    if change in {"another format", "a pattern", "an optional field less"}:  # beyond it; ours is stricter
        return
    old, new = variant(), variant(**fields)
    backward = jsoncompat.check_compat(dumps(closed(old)), dumps(new), "deserializer")
    forward = jsoncompat.check_compat(dumps(closed(new)), dumps(old), "deserializer")
    assert (backward and forward) is compatible


def test_a_keyword_that_the_check_does_not_know_is_refused():
    assert breaking_changes(variant(), variant() | {"not": {}})


def test_another_topic_or_key_is_breaking():
    assert breaking_changes({**variant(), "x-key": "id"}, {**variant(), "x-key": "other"}) == ["x-key changed"]


def test_what_is_committed_is_what_the_classes_say():
    assert command.main(["check"]) == 0


def test_the_command_refuses_a_broken_reader_and_a_lost_class(monkeypatch, capsys, tmp_path: Path):
    for kind, event in rapport_contracts.event.registry().items():
        (tmp_path / f"{kind}.json").write_text(dumps(schema_of(event)))
    schema = schema_of(rapport_contracts.event.registry()["customer.registered.v1"])
    schema["properties"]["source"]["maxLength"] = 50
    (tmp_path / "customer.registered.v1.json").write_text(dumps(schema))
    (tmp_path / "customer.forgotten.v1.json").write_text(dumps(schema))
    monkeypatch.setattr("rapport_contracts.schemas.SCHEMAS", tmp_path)
    for arguments in (["check"], ["generate"]):
        assert command.main(arguments) == 1
        said = capsys.readouterr().err
        assert "customer.registered.v1 (committed): an old reader would refuse: $.source: maxLength is tighter" in said
        assert "customer.forgotten.v1: its class is gone" in said
    assert command.main(["destroy"]) == 2


def test_the_package_works_with_pydantic_alone():
    """In an interpreter that sees no other third-party package than pydantic and its own needs."""
    code = (
        "import sys, importlib.abc\n"
        "class Wall(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.split('.')[0]\n"
        "        if top not in {*sys.stdlib_module_names, *OK} and not top.startswith('_sysconfig'):\n"
        "            raise ImportError('outside: ' + name)\n"
        "OK = {'pydantic','pydantic_core','annotated_types','typing_extensions','typing_inspection','rapport_contracts'}\n"
        "sys.meta_path.insert(0, Wall())\n"
        "import rapport_contracts.event as e, rapport_contracts.asyncapi\n"
        "print(len(e.registry()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 60
