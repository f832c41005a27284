"""Events of Profiles that say whose contact it is."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved

from rapport_interactions.contacts.usecases.link_customers import link_identified

LISTENS = Listens(batches=[Batch("links", [CustomerIdentified, IdentityConflictResolved], link_identified)])
