"""Customers, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.subject import Holdings, Subject

from rapport_profiles.customers import web
from rapport_profiles.customers.domain import CUSTOMER_LIFE
from rapport_profiles.customers.store import customers
from rapport_profiles.customers.usecases import ask_to_forget

CUSTOMERS = Subject(
    "customers",
    routers=[web.router, web.identifiers],
    lives=[CUSTOMER_LIFE],
    holdings=Holdings(
        tables=[
            Owned(
                customers,
                customer="id",
                follows=False,
                sealed=("personal",),
                blanked={"personal": "NULL", "filled": "'{}'"},
                parts=[Part(history, "subject_id", sealed=("note", "salt"))],
            )
        ],
        people=customers,
        ask_to_forget=ask_to_forget,
    ),
)
