"""Profiles, put together: the list of its subjects."""

from __future__ import annotations

from rapport_chassis.customers import Receipts
from rapport_chassis.service import Service
from rapport_contracts.profiles.receipts import ProfilesErasureConfirmed, ProfilesMergeApplied, ProfilesSplitApplied

from rapport_profiles.consents.subject import CONSENTS
from rapport_profiles.customers.subject import CUSTOMERS
from rapport_profiles.identifiers.domain import Normaliser
from rapport_profiles.identifiers.subject import IDENTIFIERS
from rapport_profiles.identity.subject import IDENTITY
from rapport_profiles.settings import Settings
from rapport_profiles.timeline.subject import TIMELINE
from rapport_profiles.work import ProfilesWork


def service(settings: Settings) -> Service[ProfilesWork]:
    """The service, not started."""

    class ConfiguredWork(ProfilesWork):
        """The work under this installation's rules for identifiers."""

        normaliser = Normaliser.of(settings.phone_region, settings.blocked_identifiers)

    return Service(
        name="profiles",
        title="Profiles",
        about="Who the customer is: recognised at every touchpoint, with everything that happened to them in one timeline.",
        settings=settings,
        work=ConfiguredWork,
        migrations="rapport_profiles.migrations",
        subjects=[IDENTIFIERS, CUSTOMERS, IDENTITY, CONSENTS, TIMELINE],
        receipts=Receipts(ProfilesMergeApplied, ProfilesSplitApplied, ProfilesErasureConfirmed),
    )
