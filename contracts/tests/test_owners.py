"""The folders of the owners stand beside each other: what two of them say alike stands above them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import rapport_contracts
from rapport_contracts.topics import TOPICS

PACKAGE = Path(rapport_contracts.__file__).parent
OWNERS = sorted({topic.owner for topic in TOPICS.values()})
MODULES = [module for owner in OWNERS for module in sorted((PACKAGE / owner).glob("*.py"))]


def borrowed(source: str, owner: str) -> list[str]:
    """The modules of other owners that a module of this owner imports."""
    nodes = list(ast.walk(ast.parse(source)))
    named = [f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    named += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    others = {f"rapport_contracts.{other}" for other in OWNERS if other != owner}
    return [name for name in named if ".".join(name.split(".")[:2]) in others]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: f"{module.parent.name}.{module.stem}")
def test_an_owner_borrows_nothing_of_another(module: Path):
    assert borrowed(module.read_text(), module.parent.name) == []


def test_what_is_borrowed_is_found():
    source = (
        "import rapport_contracts.complaints.cases\nfrom rapport_contracts import profiles, vocabulary\n"
        "from rapport_contracts.satisfaction.vocabulary import Band\nfrom rapport_contracts.interactions import TOPIC\n"
    )
    assert borrowed(source, "interactions") == [
        "rapport_contracts.profiles",
        "rapport_contracts.satisfaction.vocabulary.Band",
        "rapport_contracts.complaints.cases",
    ]
