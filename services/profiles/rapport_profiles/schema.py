"""The one catalogue of tables of Profiles; each subject adds its own in its `store`.

Personal data is in `personal`, `sealed` and `evidence` columns only, encrypted. `keyed_by` is the customer a row was first
about: their key seals it, also after a merge gave the row to another customer.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, Uuid

metadata = MetaData()


def customer_column() -> Column[object]:
    """`customer_id`, checked at commit: identifiers are claimed before the row of their customer is written."""
    return Column("customer_id", Uuid, ForeignKey("customers.id", deferrable=True, initially="DEFERRED"), nullable=False)
