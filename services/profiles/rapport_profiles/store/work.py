"""The unit of work of Profiles, with its stores."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from rapport_chassis.keys import KeysUnusable
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work

from rapport_profiles.domain.identifiers import Normaliser
from rapport_profiles.store.conflicts import Conflicts
from rapport_profiles.store.consents import Consents
from rapport_profiles.store.customers import Customers
from rapport_profiles.store.identifiers import Identifiers
from rapport_profiles.store.timeline import Timeline


class ProfilesWork(Work):
    """One transaction of Profiles. Lock order, everywhere: identifiers are claimed first, then rows are locked."""

    normaliser: ClassVar[Normaliser] = Normaliser.of("CN")

    @cached_property
    def customers(self) -> Customers:
        """Customers."""
        return Customers(self)

    @cached_property
    def identifiers(self) -> Identifiers:
        """What customers are known by."""
        return Identifiers(self)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Identifiers that do not agree."""
        return Conflicts(self)

    @cached_property
    def consents(self) -> Consents:
        """What customers allowed."""
        return Consents(self)

    @cached_property
    def timeline(self) -> Timeline:
        """What happened to customers."""
        return Timeline(self)

    @cached_property
    def transport(self) -> Transport:
        """Opens identifiers that Interactions sealed. Raises KeysUnusable when this installation has no keys."""
        if self._keys is None:
            raise KeysUnusable("profiles was started without keys")
        return Transport(self._keys)
