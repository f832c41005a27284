"""Routes, request and response models, and who may call what. Personal data is masked here, by the level of the caller."""

from rapport_profiles.web import conflicts, consents, customers, identifiers

ROUTERS = [customers.router, identifiers.router, consents.router, conflicts.router]
