"""Write the locks of the workspace: `python requirements/lock.py [--upgrade]` (needs `uv` on the PATH).

What is locked already keeps its version, unless `--upgrade` asks for the newest of everything.

Input: the dependencies of every member's pyproject.toml, requirements/dev.in, build.in and python-client.in.
Output: requirements/runtime.lock (what a container installs), requirements/build.lock (what makes our wheels for it and does
not come along) and requirements/dev.lock (a checkout: runtime, the local stack, tests, linters, the build backend);
requirements/python-client.lock (the generator of Python clients, which wants an older typer than we have, and what its
clients need). All carry hashes, hold for Python 3.11 and later, and name no index.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
HEADER = "# Written by requirements/lock.py; change a member's pyproject.toml or a .in file, then `make lock`.\n"


def members() -> list[dict[str, object]]:
    """The [project] table of every workspace member."""
    files = sorted(ROOT.glob("*/pyproject.toml")) + sorted(ROOT.glob("*/*/pyproject.toml"))
    return [tomllib.loads(file.read_text())["project"] for file in files]


def foreign(requirements: list[str]) -> list[str]:
    """The requirements that do not name a member of this workspace."""
    return [line for line in requirements if not line.startswith("rapport-")]


def compile_lock(target: Path, lines: list[str], constraint: Path | None = None) -> None:
    """Resolve `lines` into `target` with hashes; `constraint` pins what another lock already chose."""
    command = ["uv", "pip", "compile", "-", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet"]
    command += ["--output-file", str(target)]
    if "--upgrade" in sys.argv[1:]:
        command.append("--upgrade")
    if constraint:
        command += ["--constraint", str(constraint)]
    subprocess.run(command, input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL)
    target.write_text(HEADER + target.read_text())


def main() -> None:
    """Write the locks."""
    runtime: list[str] = []
    extras: list[str] = []
    for project in members():
        if project["name"] != "rapport-testing":
            runtime += foreign(project["dependencies"])  # type: ignore[arg-type]
        extras += [line for group in project.get("optional-dependencies", {}).values() for line in group]  # type: ignore[attr-defined]
    build = (HERE / "build.in").read_text().splitlines()
    dev = (HERE / "dev.in").read_text().splitlines()
    compile_lock(HERE / "runtime.lock", runtime)
    compile_lock(HERE / "dev.lock", runtime + extras + dev + build, HERE / "runtime.lock")
    compile_lock(HERE / "build.lock", build, HERE / "dev.lock")
    compile_lock(HERE / "python-client.lock", (HERE / "python-client.in").read_text().splitlines())


if __name__ == "__main__":
    main()
