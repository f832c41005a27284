"""What Satisfaction ships with, and where it goes. Surveys come first: the rules name them."""

from __future__ import annotations

from rapport_chassis.shipped import Shipped, ShippedFile, versions
from rapport_chassis.work import Work

from rapport_satisfaction.asking.store.rules import FOLLOW_UP_RULES, THROTTLE_RULES, TRIGGER_RULES
from rapport_satisfaction.surveys.usecases import ship_surveys

SHIPPED = Shipped(
    "rapport_satisfaction.shipped",
    Work,
    [
        ShippedFile("surveys", ship_surveys),
        versions("trigger_rules", TRIGGER_RULES),
        versions("throttle_rules", THROTTLE_RULES),
        versions("follow_up_rules", FOLLOW_UP_RULES),
    ],
)
