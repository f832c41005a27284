"""Rules of interactions, without I/O.

- `judge`         is a pushed item an event that we can use, and if not, why
- `interaction`   what a contact is: segments, handlers, transfers, outcome
- `fold`          the set of a call's events -> one interaction, whatever their order
- `steps`         the part of it that walks through step events
- `announcements` interaction + what was announced before -> the facts to publish now
- `life`          the states, as published
- `figures`       the definitions of the numbers
"""
