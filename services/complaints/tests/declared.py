"""What the service declares: its lives, its routes, and what belongs to customers."""

from __future__ import annotations

import re

from rapport_chassis.customers import Customers
from rapport_cli.services import described

(_SERVICE,) = [each for each in described() if each.name == "complaints"]
assert _SERVICE.customers is not None
MACHINES = _SERVICE.lives
CUSTOMERS: Customers = _SERVICE.customers
ROUTES = {f"{route.method} {re.sub('{[^}]*}', '{id}', route.path)}" for route in _SERVICE.asgi.routes if not route.hidden}
"""As in `POST /complaints/v1/complaints/{id}:close`."""
