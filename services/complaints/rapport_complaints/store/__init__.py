"""The only room that knows SQLAlchemy.

`work`: the unit of work with its stores; `tables`: what is kept of complaints and clocks; `chronicles`: aggregates
with a history. The sub-rooms keep what is theirs, their tables included.
"""
