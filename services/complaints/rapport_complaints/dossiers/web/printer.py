"""Print a document with typst in a process of its own: with a time limit, little memory, and nothing of ours in reach.

The text of a document is data: it goes in as JSON and is never read as markup. Run as a module this is that process: it
takes the JSON on stdin and writes the PDF, or PNG pages, to stdout.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import Any

from rapport_kernel.errors import Conflict, Unavailable

TEMPLATES = Path(__file__).parent / "templates"
AT_ONCE = 2
SECONDS = 20.0
PATIENCE = 10.0
MEMORY = 3 * 1024**3
"""Bytes of address space: fonts are mapped, threads reserve stacks."""
LARGEST = 8 * 1024**2
"""Bytes of JSON."""


class NotPrintable(Conflict):
    """There is too much of it to be printed; the JSON has all of it."""

    code = "not-printable"


class Printer:
    """Prints few at once; the event loop never waits for typst."""

    def __init__(self, template: str, *, seconds: float = SECONDS, at_once: int = AT_ONCE) -> None:
        """`template` is a file in `templates/`; `seconds` is how long one document may take."""
        self._template, self._seconds = template, seconds
        self._turns = asyncio.Semaphore(at_once)

    async def pdf(self, document: dict[str, Any]) -> bytes:
        """The document as PDF. Raises NotPrintable, Unavailable when others are being printed for too long."""
        data = json.dumps(document, ensure_ascii=False).encode()
        if len(data) > LARGEST:
            raise NotPrintable
        try:
            await asyncio.wait_for(self._turns.acquire(), PATIENCE)
        except TimeoutError:
            raise Unavailable("printing-busy", "Other documents are being printed.", retry_after=10) from None
        try:
            return await self._print(data)
        finally:
            self._turns.release()

    async def _print(self, data: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            __name__,
            self._template,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"RAYON_NUM_THREADS": "1"},  # none of our secrets
        )
        try:
            printed, _ = await asyncio.wait_for(child.communicate(data), self._seconds)
        except TimeoutError:
            raise NotPrintable from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0 or not printed.startswith(b"%PDF-"):
            raise NotPrintable
        return printed


def typeset(template: str, document: str, form: str = "pdf") -> list[bytes]:
    """The document as one PDF, or as PNG pages. In this process: only for the child, and for looking at pages."""
    import noto_cjk_sans_otc
    import typst

    fonts = [str(Path(noto_cjk_sans_otc.__file__).parent)]
    made = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"document": document},
        format=form,  # type: ignore[call-overload]
    )
    return made if isinstance(made, list) else [made]


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) * 2, int(SECONDS) * 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(typeset(sys.argv[1], sys.stdin.buffer.read().decode())[0])


if __name__ == "__main__":
    _main()
