"""The TypeScript of docs/front-end.md and of the client's README type-checks against the client."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rapport_testing.node import CLIENT, ROOT, need_node

from .tools import HERE, run

pytestmark = pytest.mark.timeout(300)
BLOCK = re.compile(r"^```ts(?: guide)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
AROUND = """
declare const session: { accessToken: string }
declare const id: string
declare function show(things: readonly unknown[]): void
declare function load(subject?: string, version?: number): void
"""
"""What a page has around it."""


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    need_node("TypeScript in the guides", HERE)


def checked(folder: Path, **texts: str) -> str:
    """What the compiler says of these, each a page of its own."""
    packages = folder / "node_modules" / "@rapport"
    packages.mkdir(parents=True)
    (packages / "client").symlink_to(CLIENT)
    (folder / "tsconfig.json").write_text((HERE / "tsconfig.json").read_text())
    (folder / "around.d.ts").write_text(AROUND)
    for name, text in texts.items():
        (folder / f"{name}.ts").write_text("\n".join(BLOCK.findall(text)))
    return run(HERE / "node_modules/.bin/tsc", folder=folder).stdout


def test_the_guide_type_checks(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "front-end.md").read_text()
    readme = (CLIENT / "README.md").read_text()
    assert [len(BLOCK.findall(text)) for text in (guide, readme)] == [2, 1]
    wrong = guide.replace("open: true", "opened: true").replace("event.version", "event.revision")
    said = checked(tmp_path, guide=guide, readme=readme, wrong=wrong).splitlines()
    assert [line for line in said if not line.startswith(("wrong.ts", " "))] == []
    found = " ".join(line for line in said if line.startswith("wrong.ts"))
    assert "'opened' does not exist" in found and "'revision' does not exist" in found
