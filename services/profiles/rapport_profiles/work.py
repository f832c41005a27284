"""The unit of work of Profiles: that of the chassis, with what depends on the installation."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from rapport_chassis.keys import KeysUnusable
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work

from rapport_profiles.identifiers.domain import Normaliser


class ProfilesWork(Work):
    """One transaction of Profiles. Lock order, everywhere: identifiers are claimed first, then customers, then conflicts."""

    normaliser: ClassVar[Normaliser] = Normaliser.of("CN")
    """The rules for identifiers of this installation."""

    @cached_property
    def transport(self) -> Transport:
        """Opens identifiers that Interactions sealed. Raises KeysUnusable when this installation has no keys."""
        if self._keys is None:
            raise KeysUnusable("profiles was started without keys")
        return Transport(self._keys)
