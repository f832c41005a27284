"""HTTP, once for all services: routes that say who may call them, strict bodies, problems, paging, idempotent answers.

A service's `web/` room needs only what this package exports; `app.build_app` is for `service.py`.
"""

from rapport_chassis.security.scopes import Level, Public, Scope
from rapport_chassis.web.actions import Actions
from rapport_chassis.web.body import Body, FormBody, Params, RawBody, Text
from rapport_chassis.web.call import Call
from rapport_chassis.web.endpoint import Described
from rapport_chassis.web.paging import Keyset, Page, Paging, between, into
from rapport_chassis.web.router import Router
from rapport_chassis.web.versions import Name, VersionedData, VersionView, version_view

__all__ = [
    "Actions",
    "Body",
    "Call",
    "Described",
    "FormBody",
    "Keyset",
    "Level",
    "Name",
    "Page",
    "Paging",
    "Params",
    "Public",
    "RawBody",
    "Router",
    "Scope",
    "Text",
    "VersionView",
    "VersionedData",
    "between",
    "into",
    "version_view",
]
