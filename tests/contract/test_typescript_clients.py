"""Three generators make of each service's document TypeScript that type-checks, and a document that lies is found.

The joined document and the one for front ends hold the same operations and schemas under other names; of the latter
`contracts/typescript` is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from rapport_testing.node import need_node

from .documents import LIE, SERVICES, TOLD, write_documents
from .tools import HERE, ROOT, run

pytestmark = pytest.mark.timeout(300)
GENERATORS = ["openapi-typescript", "hey-api", "orval"]


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    need_node("generated TypeScript clients", HERE)


@dataclass(frozen=True)
class Clients:
    """What a generator made of all documents and the one that lies: its folder, and what the compiler says of each file."""

    folder: Path
    errors: dict[str, list[str]]


@pytest.fixture(scope="module", params=GENERATORS)
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """One run of the generator and one of the compiler."""
    folder = tmp_path_factory.mktemp(request.param)
    documents = write_documents(folder / "documents")
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    made = run("node", HERE / "generate.mjs", request.param, documents, folder)
    assert made.returncode == 0, made.stdout + made.stderr
    call = (HERE / "calls" / f"{request.param}.ts").read_text()
    for document in ("profiles", LIE):
        (folder / f"call-{document}.ts").write_text(call.replace("DOCUMENT", document))
    (folder / "tsconfig.json").write_text((HERE / "tsconfig.json").read_text())
    told = run(HERE / "node_modules/.bin/tsc", folder=folder)
    errors: dict[str, list[str]] = {}
    for line in told.stdout.splitlines():
        if not line.startswith(" "):
            errors.setdefault(line.partition("(")[0], []).append(line)
    assert bool(errors) == (told.returncode != 0), told.stdout + told.stderr
    return Clients(folder, errors)


def test_a_client_of_every_document_type_checks(clients: Clients) -> None:
    assert all(list((clients.folder / service).glob("*.ts")) for service in SERVICES)
    assert {file: lines for file, lines in clients.errors.items() if file != f"call-{LIE}.ts"} == {}


def test_a_call_that_fits_the_wire_does_not_fit_a_lie(clients: Clients) -> None:
    found = clients.errors.get(f"call-{LIE}.ts", [])
    assert len(found) == len(TOLD), found
    assert all(any(word in line for line in found) for word in TOLD), found


def test_every_service_is_among_them() -> None:
    assert sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml")) == SERVICES
