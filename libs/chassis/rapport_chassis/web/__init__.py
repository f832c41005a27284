"""HTTP, once for all services: routes that say who may call them, strict bodies, problems, idempotent answers.

A service's `web/` room needs what this package exports, `rapport_chassis.bodies` and `rapport_chassis.lists`;
`app.build_app` is for `service.py`.
"""

from rapport_chassis.security.kinds import Kind, personal, personal_by
from rapport_chassis.security.scopes import Level, Public, Scope
from rapport_chassis.web.actions import Actions
from rapport_chassis.web.body import FormBody, RawBody
from rapport_chassis.web.call import Call
from rapport_chassis.web.endpoint import Described
from rapport_chassis.web.for_reader import Masked, Names, Person
from rapport_chassis.web.resources import Resource
from rapport_chassis.web.router import Router
from rapport_chassis.web.versions import Name, VersionedData, VersionView, version_view
from rapport_chassis.web.views import View

__all__ = [
    "Actions",
    "Call",
    "Described",
    "FormBody",
    "Kind",
    "Level",
    "Masked",
    "Name",
    "Names",
    "Person",
    "Public",
    "RawBody",
    "Resource",
    "Router",
    "Scope",
    "VersionView",
    "VersionedData",
    "View",
    "personal",
    "personal_by",
    "version_view",
]
