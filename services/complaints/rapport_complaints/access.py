"""Who may read and who may configure, and what every action may refuse with: the same in all subjects."""

from __future__ import annotations

from rapport_chassis.web import Scope
from rapport_kernel.errors import NotAllowed, NotFound, VersionConflict

READ = Scope("complaints:read")
LOOK_UP = Scope("complaints:read", level=2)
"""By a contact: whoever is shown nothing of one (level 1) is not told that it is right either."""
CONFIGURE = Scope("complaints:configure", level=3)
STATS = Scope("complaints:stats")
HANDLE = Scope("complaints:handle", level=2)
ASSIGN = Scope("complaints:assign", level=2)
DECIDE = Scope("complaints:decide", level=2)
REFUSALS = (NotFound, NotAllowed, VersionConflict)
