"""Consents, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned
from rapport_chassis.subject import Holdings, Subject

from rapport_profiles.consents.store import consents
from rapport_profiles.consents.web import router

CONSENTS = Subject(
    "consents",
    routers=[router],
    holdings=Holdings(
        tables=[Owned(consents, keyed_by="keyed_by", sealed=("evidence",), blanked={"evidence": "NULL"})],
    ),
)
