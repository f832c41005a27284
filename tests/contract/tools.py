"""How the tools of this folder are run."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON_CLIENT = ROOT / ".venv" / "python-client" / "bin"
"""The generator of Python clients has an environment of its own: it wants an older typer than the product has."""


def run(*command: str | Path, folder: Path = HERE, within: float = 290) -> subprocess.CompletedProcess[str]:
    """A tool with its output, whatever it answers, started in `folder`; `within` in seconds."""
    return subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=within, check=False)
