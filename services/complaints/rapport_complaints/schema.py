"""The one catalogue of tables of Complaints; each subject adds its own in its `store`."""

from __future__ import annotations

from rapport_chassis.work import Work
from sqlalchemy import Column, DateTime, MetaData, text

metadata = MetaData()


def moment(name: str, *, nullable: bool = True) -> Column[object]:
    """A column for an instant, in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


async def next_number(work: Work, letter: str, year: int, sequence: str) -> str:
    """A new number, such as `I2026-000042`, out of a sequence of ours."""
    drawn = (await work.connection.execute(_NEXT, {"sequence": sequence})).scalar_one()
    return f"{letter}{year}-{drawn:06d}"


_NEXT = text("SELECT nextval(CAST(:sequence AS regclass))")
