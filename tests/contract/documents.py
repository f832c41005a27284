"""The documents that generators get: that of each service as it is committed, and one that lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rapport_contracts.openapi import FRONT_END, OPENAPI, WHOLE

SERVICES = sorted(path.stem for path in OPENAPI.glob("*.json") if path.stem not in {WHOLE, FRONT_END})
LIE = "lie"
TOLD = ("'stage'", "Type 'string' is not assignable to type 'number'")
"""What a compiler says of a call that was written for the wire: a field has another name, and one another type."""


def write_documents(folder: Path) -> Path:
    """All of them in a new folder."""
    folder.mkdir()
    for service in SERVICES:
        (folder / f"{service}.json").write_bytes((OPENAPI / f"{service}.json").read_bytes())
    (folder / f"{LIE}.json").write_text(json.dumps(lying()))
    return folder


def lying() -> dict[str, Any]:
    """Profiles, in which `stage` of a customer is called `phase`, and `version` is text."""
    document: dict[str, Any] = json.loads((OPENAPI / "profiles.json").read_text())
    customer = document["components"]["schemas"]["CustomerView"]
    customer["properties"]["phase"] = customer["properties"].pop("stage")
    customer["properties"]["version"] = {"type": "string"}
    customer["required"] = ["phase" if name == "stage" else name for name in customer["required"]]
    return document
