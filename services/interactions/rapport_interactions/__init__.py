"""Interactions (客户互动): what happened at the touchpoints.

A folder for each subject, from the core outwards; in each the rooms `domain`, `usecases`, `store` and `web`, a thin room as
one file, and `subject.py`, which declares the subject.

- `contacts`   core: call events, the contact that they are folded into, what is published about it, and whose it is
- `quarantine` core: why an item cannot be used, and what people do with those that cannot
- `pushing`    how events arrive: over HTTP and from the topic
- `figures`    counting contacts

`app.py` lists the subjects; `schema.py` is the catalogue of tables; `periods.py` reads `from`, `to` and `tz`.
"""

ORDER = ("contacts", "quarantine", "figures | pushing")
"""Who may import whom: a subject those before it, never one after it or beside it. `make walls` makes walls of this."""
