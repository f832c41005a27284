"""openapi-python-client leaves nothing of a document out, what it makes type-checks, and a document that lies is found."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rapport_contracts.openapi import OPENAPI

from .documents import LIE, SERVICES, write_documents
from .tools import HERE, PYTHON_CLIENT, run

pytestmark = pytest.mark.timeout(300)
STREAM = "api/events/events_listen.py"
"""The generator takes the text of a stream for one JSON object; live updates are not read with it."""
CALL = HERE / "calls" / "openapi-python-client.txt"


def generate(document: Path, target: Path) -> str:
    """Makes the client; answers what the generator says that it left out, or nothing."""
    command = [PYTHON_CLIENT / "openapi-python-client", "generate", "--path", document, "--output-path", target]
    made = run(*command, "--meta", "none", "--config", HERE / "python-client.yaml", "--fail-on-warning")
    return "" if made.returncode == 0 else made.stdout + made.stderr


@dataclass(frozen=True)
class Clients:
    """What the generator says of each document, and what the type checker says of which file."""

    left_out: dict[str, str]
    errors: dict[str, list[str]]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """One run of the generator for each document, one of the type checker for all."""
    folder = tmp_path_factory.mktemp("python")
    documents = sorted(write_documents(folder / "documents").iterdir())
    left_out = {document.stem: generate(document, folder / document.stem) for document in documents}
    calls = [f"call_{document}.py" for document in ("profiles", LIE)]
    for document, file in zip(("profiles", LIE), calls, strict=True):
        (folder / file).write_text(CALL.read_text().replace("DOCUMENT", document))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder / '.mypy_cache'}"]
    told = run(*command, f"--python-executable={PYTHON_CLIENT / 'python'}", *SERVICES, *calls, folder=folder)
    errors: dict[str, list[str]] = {}
    for line in told.stdout.splitlines():
        if ": error: " in line:
            errors.setdefault(line.partition(":")[0], []).append(line)
    assert bool(errors) == (told.returncode != 0), told.stdout + told.stderr
    return Clients(left_out, errors)


def test_nothing_is_left_out_of_a_client(clients: Clients) -> None:
    assert {name: said for name, said in clients.left_out.items() if said} == {}


def test_a_client_of_every_document_type_checks(clients: Clients) -> None:
    known = {f"{service}/{STREAM}" for service in SERVICES}
    assert clients.errors.keys() - {f"call_{LIE}.py"} == known, clients.errors
    assert all(len(clients.errors[file]) == 1 and '"from_dict"' in clients.errors[file][0] for file in known)


def test_a_call_that_fits_the_wire_does_not_fit_a_lie(clients: Clients) -> None:
    found = clients.errors.get(f"call_{LIE}.py", [])
    assert len(found) == 2, found
    assert '"CustomerView" has no attribute "stage"' in found[0]
    assert 'expression has type "str", variable has type "int"' in found[1]


def test_what_the_generator_leaves_out_is_found(tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads((OPENAPI / "interactions.json").read_text())
    answer = next(iter(document["paths"].values()))["get"]["responses"]["200"]
    answer["content"] = {"application/x-nobody-knows": {"schema": {"type": "string"}}}
    (tmp_path / "document.json").write_text(json.dumps(document))
    assert "Unsupported content_type" in generate(tmp_path / "document.json", tmp_path / "client")
