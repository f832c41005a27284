"""The catalogue of tables of Interactions; each subject adds its own in its `store`."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
