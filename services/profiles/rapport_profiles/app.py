"""Profiles, put together."""

from __future__ import annotations

from rapport_chassis.service import Service
from rapport_chassis.subject import Subject

from rapport_profiles.domain.conflict import CONFLICT_LIFE
from rapport_profiles.domain.customer import LIFE
from rapport_profiles.domain.identifiers import Normaliser
from rapport_profiles.events import LISTENS, PROJECTIONS
from rapport_profiles.settings import Settings
from rapport_profiles.store.belongings import HOLDINGS, RECEIPTS
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.web import ROUTERS


def service(settings: Settings) -> Service[ProfilesWork]:
    """The service, not started."""

    class ConfiguredWork(ProfilesWork):
        """The work under this installation's rules for identifiers."""

        normaliser = Normaliser.of(settings.phone_region, settings.blocked_identifiers)

    return Service(
        name="profiles",
        title="Profiles: who the customer is",
        settings=settings,
        work=ConfiguredWork,
        migrations="rapport_profiles.migrations",
        subjects=[
            Subject(
                "customers",
                routers=ROUTERS,
                listens=LISTENS,
                lives={"customer": LIFE, "identity-conflict": CONFLICT_LIFE},
                holdings=HOLDINGS,
                projections=PROJECTIONS,
            )
        ],
        receipts=RECEIPTS,
    )
