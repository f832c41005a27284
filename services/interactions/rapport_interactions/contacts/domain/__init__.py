"""The rules of contacts, without I/O.

- `interaction`   what a contact is: segments, handlers, transfers, outcome
- `fold`          all events of a call -> one interaction, whatever their order
- `steps`         the part of the fold that walks through step events
- `announcements` an interaction and what was announced before -> the facts to publish now
- `life`          the states, as published, and the contact as people act on it
"""
