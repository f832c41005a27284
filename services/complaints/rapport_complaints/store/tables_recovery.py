"""The tables of putting right: who may award how much."""

from __future__ import annotations

from rapport_complaints.store.tables import versions

authority_policies = versions(
    "authority_policies", "Who may award how much; a version is never changed, a new one is added."
)
