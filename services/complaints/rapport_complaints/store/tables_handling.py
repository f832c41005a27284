"""The tables of who does it: the staff, and the rules by which complaints are assigned."""

from __future__ import annotations

from rapport_complaints.store.tables import versions

staff = versions("staff", "Who handles complaints, by opaque id; a version is never changed, a new one is added.")
assignment_rules = versions("assignment_rules", "Who gets what; a version is never changed, a new one is added.")
