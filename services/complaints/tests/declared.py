"""What the service declares: its lives, and what belongs to customers."""

from __future__ import annotations

from rapport_chassis.customers import Customers
from rapport_cli.services import described

(_SERVICE,) = [each for each in described() if each.name == "complaints"]
assert _SERVICE.customers is not None
MACHINES = _SERVICE.lives
CUSTOMERS: Customers = _SERVICE.customers
