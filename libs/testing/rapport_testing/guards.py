"""The guards of the house as functions: each takes what it looks at and returns what is wrong, one line each."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[3]
LONGEST_FILE = 400
NO_SUBJECT = {"migrations", "shipped", "packs"}
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"^[\w.-]+(?:/[\w.@{}*-]+)+/?$")
ADDRESS = re.compile(r"https?://|--index-url|--extra-index-url|--find-links")


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows of or would add, as paths in the checkout."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).exists()]


def service_folders(root: Path = ROOT) -> list[str]:
    """The names of the services that there are, by their folders."""
    return sorted(path.parent.name for path in root.glob("services/*/pyproject.toml"))


def subjects_of(package: Path) -> list[str]:
    """The subjects of a service: the folders of its package with code, but for what is shipped and migrations. None of a
    service whose rooms stand in the package itself."""
    if (package / "domain").exists():
        return []
    folders = sorted(folder for folder in package.iterdir() if folder.is_dir() and any(folder.glob("**/*.py")))
    return [folder.name for folder in folders if folder.name not in NO_SUBJECT]


def long_files(files: Iterable[Path], longest: int = LONGEST_FILE) -> list[str]:
    """Files in which a second thing hides."""
    counted = ((file, len(file.read_text().splitlines())) for file in files)
    return [f"{file.name} has {lines} lines" for file, lines in counted if lines > longest]


def empty_names(files: Iterable[Path]) -> list[str]:
    """Files and folders whose name says nothing."""
    return [str(file) for file in files if SAY_NOTHING & {part.removesuffix(".py") for part in file.parts}]


def addresses(text: str) -> list[str]:
    """Lines of a lock that name a package index or a host."""
    return [line for line in text.splitlines() if ADDRESS.search(line)]


def unpinned(text: str) -> list[str]:
    """Packages of a lock of npm that have no hash, or say where they come from."""
    packages: dict[str, dict[str, object]] = json.loads(text)["packages"]
    foreign = {name: each for name, each in packages.items() if name.startswith("node_modules/") and not each.get("link")}
    return [name for name, each in foreign.items() if "integrity" not in each or "resolved" in each]


def unhashed(text: str) -> list[str]:
    """Requirements of a lock without a hash."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + text)
    return [entry.split()[0] for entry in entries if "==" in entry.split(";")[0] and "--hash=sha256:" not in entry]


def dead_links(document: Path, text: str) -> list[str]:
    """Relative links of a document that lead nowhere."""
    targets = [target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]
    return [target for target in targets if not (document.parent / target).exists()]


def missing_paths(document: Path, text: str, root: Path = ROOT) -> list[str]:
    """Paths in code spans that start with a folder of the checkout, and exist neither there nor beside the document.

    What git ignores by its full path is made when the product runs (secrets, say) and may be named.
    """
    spans = [span.split()[0].rstrip(":,") for span in CODE_SPAN.findall(text) if span.strip()]
    folders = {entry.name for entry in root.iterdir() if entry.is_dir()}
    paths = [span for span in spans if PATH.match(span) and span.split("/")[0] in folders]
    made = _made_by_running(root)
    return [
        path
        for path in paths
        if not path.startswith(made) and not _exists(path, root) and not _exists(path, document.parent)
    ]


def _made_by_running(root: Path) -> tuple[str, ...]:
    """Folders that `.gitignore` names from the root of the checkout: not there in a fresh one."""
    ignored = root / ".gitignore"
    lines = ignored.read_text().splitlines() if ignored.exists() else []
    return tuple(line.strip("/") for line in lines if line.startswith("/") and line.strip("/"))


def _exists(path: str, root: Path) -> bool:
    if "{" in path or "*" in path:
        return any(root.glob(re.sub(r"\{[^}]*\}", "*", path)))
    return (root / path).exists()


def missing_targets(text: str, targets: set[str]) -> list[str]:
    """`make X` in a document without such a target."""
    code = " \n".join([*CODE_SPAN.findall(text), *FENCE.findall(text)])
    named = re.findall(r"(?:^|[\s$])make ((?:[a-z][a-z-]* ?)+)", code, re.MULTILINE)
    return sorted({target for group in named for target in group.split()} - targets - {"sure"})


def missing_commands(text: str, commands: set[str]) -> list[str]:
    """`rapport X` in a document without such a command."""
    code = "\n".join([*CODE_SPAN.findall(text), *FENCE.findall(text)])
    named = re.findall(r"(?:^|[\s/$(])rapport ([a-z][a-z-]*)", code)
    return sorted(set(named) - commands)


def deleted_schemas(root: Path = ROOT) -> list[str]:
    """Committed schemas that some commit deleted and that are not there now."""
    folder = "contracts/rapport_contracts/schemas"
    command = ["git", "log", "--diff-filter=D", "--name-only", "--format=", "--no-renames", "--", folder]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return sorted({line for line in done.stdout.splitlines() if line and not (root / line).exists()})


def conflict_markers(text: str) -> list[str]:
    """Lines that a merge left behind."""
    return [line for line in text.splitlines() if re.match(r"(<<<<<<<|>>>>>>>)( |$)", line)]


def make_targets(text: str) -> set[str]:
    """The targets of a Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))
