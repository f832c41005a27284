"""What Satisfaction ships with, and where it goes. Surveys come first: the rules name them."""

from __future__ import annotations

from rapport_chassis.shipped import Shipped, ShippedFile

from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.ship import ship_policies, ship_surveys

SHIPPED = Shipped(
    "rapport_satisfaction.shipped",
    SatisfactionWork,
    [ShippedFile("surveys", ship_surveys), ShippedFile("policies", ship_policies)],
)
