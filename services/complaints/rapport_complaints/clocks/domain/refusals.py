"""What a clock refuses."""

from __future__ import annotations

from rapport_kernel.errors import Conflict


class AlreadyExtended(Conflict):
    """A clock is extended once."""

    code = "already-extended"


class TooLateToExtend(Conflict):
    """The time has run out already: an extension is approved before that."""

    code = "too-late-to-extend"
