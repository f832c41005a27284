"""What the services publish about themselves holds: schemathesis asks what their OpenAPI documents allow and what they
forbid, and every answer has to be one that the document names (DONE 10).

Here a request or two at every operation, and all edges of a few; the same each time. All edges of all of them, with more
examples, before a release (ten minutes on idle cores):
`SCHEMA_EXAMPLES=12 .venv/bin/python -m pytest tests/journeys/test_documents_hold.py -o timeout=3600`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rapport_cli.local.process import free_port
from rapport_cli.services import SERVICES
from rapport_testing.product import RAPPORT, Product

FEW = 1
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", str(FEW)))
SHARE = 1 if EXAMPLES > FEW else 16
SETTINGS = """
[checks.missing_required_header]
# An update without If-Match is refused with 428 (RFC 6585), which the check does not know.
expected-statuses = [400, 401, 403, 406, 415, 422, 428]

[checks.positive_data_acceptance]
# What a schema allows may still be refused: a cursor is one that we gave out, a rule cannot be changed for the past, a
# comparison has two ends, no text holds control characters, 1.0 is no whole number. These are rules of meaning. That their
# refusals are 422 with code and field, and named in the document, is what the other checks look at.
enabled = false

[[operations]]
# A stream of events ends with whoever listens.
include-path-regex = "/v1/events$"
request-timeout = 3
"""
Document = dict[str, Any]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own: what is asked here is done, and changes rules and calendars."""
    made = Product(tmp_path_factory.mktemp("documents") / "home", free_port())
    made.start()
    yield made
    made.stop()


def document_of(product: Product, service: str) -> Document:
    with product.client() as client:
        document: Document = client.get(f"/{service}/openapi.json").raise_for_status().json()
    return document


def narrowed(document: Document, share: int) -> Document:
    """The document with one in so many of its paths, always the same ones; each with all of its methods. Without the stream
    of events, whose every edge would last until it is given up."""
    kept = [path for path in sorted(document["paths"]) if not path.endswith("/v1/events")][::share]
    return {**document, "paths": {path: document["paths"][path] for path in kept}}


def ask(product: Product, document: Document, folder: Path, *phases: str) -> subprocess.CompletedProcess[str]:
    """Ask the product for everything in this document."""
    (folder / "settings.toml").write_text(SETTINGS)
    (folder / "openapi.json").write_text(json.dumps(document))
    with product.client() as client:
        bearer = client.headers["Authorization"]
    asked = [
        *(RAPPORT.with_name("schemathesis"), "--no-color", "--config-file", folder / "settings.toml"),
        *("run", folder / "openapi.json", "--url", product.url, "-H", f"Authorization: {bearer}"),
        *("--phases", ",".join(phases), "--max-examples", EXAMPLES, "--generation-deterministic"),
        # one thread: on Python 3.11 two of them can end in "AST constructor recursion depth mismatch"
        # a document is printed by a process of its own: on a busy machine that takes more than the usual ten seconds
        *("--workers", "1", "--continue-on-failure", "--warnings", "off", "--request-timeout", "60"),
    ]
    return subprocess.run([str(one) for one in asked], cwd=folder, capture_output=True, text=True, timeout=3000, check=False)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_one_that_the_document_names(own: Product, tmp_path: Path, service: str) -> None:
    document = document_of(own, service)
    for part, phases in ((document, ("examples", "fuzzing")), (narrowed(document, SHARE), ("coverage",))):
        done = ask(own, part, tmp_path, *phases)
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        operations = sum(len(verbs) for verbs in part["paths"].values())
        assert operations and f"{operations} selected / {operations} total" in done.stdout
    assert httpx.get(f"{own.management}/{service}/health/ready").json()["ready"] is True


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("status", "Undocumented status code"),
        ("schema", "Response violates schema"),
        ("required", "Response violates schema"),
        ("header", "Missing required response headers"),
        ("input", "Schema-violating request"),
    ],
)
def test_a_document_that_does_not_hold_is_found_out(own: Product, tmp_path: Path, lie: str, found: str) -> None:
    document = document_of(own, "profiles")
    one, every = "/profiles/v1/customers/{customer_id}", "/profiles/v1/customers"
    match lie:
        case "status":
            del document["paths"][one]["get"]["responses"]["404"]
        case "schema":
            document["components"]["schemas"]["Problem"]["properties"]["status"] = {"type": "string"}
        case "required":
            document["components"]["schemas"]["Problem"]["required"].append("never")
        case "header":
            shared = document["paths"][one]["get"]["responses"]["404"]["$ref"].rsplit("/", 1)[1]
            document["components"]["responses"][shared]["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
        case _:  # that pages are smaller than they may be
            limit = next(one for one in document["paths"][every]["get"]["parameters"] if one["name"] == "limit")
            limit["schema"] = {"type": "integer", "minimum": 1, "maximum": 5}
            document["paths"][every]["get"]["parameters"] = [limit]
    path = every if lie == "input" else one
    document["paths"] = {path: {"get": document["paths"][path]["get"]}}
    done = ask(own, document, tmp_path, "coverage" if lie == "input" else "fuzzing")
    assert (done.returncode, found in done.stdout) == (1, True), done.stdout
