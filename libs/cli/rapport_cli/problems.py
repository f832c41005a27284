"""What goes wrong for a user of the command: one line, an exit code, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport_kernel.errors import RapportError

REFUSED = 1
USAGE = 2
UNREACHABLE = 3


class CommandError(Exception):
    """Ends the command with `message` on stderr and `exit_code` (1 refused, 2 wrong use, 3 nothing answers)."""

    def __init__(
        self, message: str, exit_code: int = REFUSED, *, status: int | None = None, code: str | None = None
    ) -> None:
        """Takes what to print and the exit code; `status` and `code` of the problem where a service refused."""
        super().__init__(message)
        self.exit_code, self.status, self.code = exit_code, status, code


def words(error: RapportError) -> str:
    """The sentence of a refusal, out of the register."""
    from rapport_chassis.problems import register

    found = register().get(error.code)
    return error.message if found is None else found.detail("en", error.params)
