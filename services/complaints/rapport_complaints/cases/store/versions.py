"""What is kept in versions."""

from __future__ import annotations

from rapport_chassis.telling import Telling, Untold
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_contracts.complaints.catalogue import TeamMemberPublished

from rapport_complaints.cases.domain.data import AUTHORITY, AuthorityPolicy, Guide, StaffMember
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.schema import metadata

authority_policies = versions_table("authority_policies", metadata, "Who may award how much")
AUTHORITY_POLICIES = VersionedKind(authority_policies, AuthorityPolicy, "authority-policy", AUTHORITY, tells=WHOLE)

handling_guides = versions_table("handling_guides", metadata, "What helps with complainants")
GUIDES = VersionedKind(
    handling_guides, Guide, "handling-guide", tells=Untold("Advice on dealing with people: for those who handle them.")
)

staff = versions_table("staff", metadata, "Who handles complaints, by opaque id")
STAFF = VersionedKind(staff, StaffMember, "staff", tells=Telling(TeamMemberPublished))
