"""The one catalogue of tables of Satisfaction; each subject adds its own in its `store`."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData

metadata = MetaData()


def moment(name: str, *, nullable: bool = True) -> Column[object]:
    """A column for an instant, in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
