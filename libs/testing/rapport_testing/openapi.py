"""`python -m rapport_testing.openapi generate` writes the OpenAPI documents of all services, the joined one and that for
front ends; `check` says whether they are as committed. Both refuse (exit 1) what breaks a client: make the next major
version of the product instead.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from rapport_cli.services import described
from rapport_contracts.openapi import OPENAPI, files, problems


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if arguments not in (["generate"], ["check"]):
        print("usage: python -m rapport_testing.openapi generate|check", file=sys.stderr)  # noqa: T201
        return 2
    documents = {service.name: service.asgi.openapi for service in described()}
    found, made = problems(documents, datetime.now(UTC).date()), files(documents)
    if arguments == ["check"]:
        found += [f"{path.name} is not as generated: run `make contracts`" for path, text in made.items()
                  if not path.exists() or path.read_text() != text]  # fmt: skip
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    if not found and arguments == ["generate"]:
        OPENAPI.mkdir(exist_ok=True)
        for path, text in made.items():
            path.write_text(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
