"""Who may read and who may configure, and what every action may refuse with: the same in all sub-rooms."""

from __future__ import annotations

from rapport_chassis.web import Scope
from rapport_kernel.errors import Invalid, NotAllowed, NotFound, VersionConflict

READ = Scope("complaints:read")
CONFIGURE = Scope("complaints:configure", level=3)
STATS = Scope("complaints:stats")
REFUSALS = (NotFound, NotAllowed, VersionConflict, Invalid)
